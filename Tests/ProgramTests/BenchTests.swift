import Foundation
import Testing

/// `vigil bench --networks`.
@Suite struct BenchTests {
  /// Every network that is fetched can be measured: a line with its name, and none that says why not.
  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func everyFetchedNetworkHasItsLine() throws {
    let folder = Prerequisites.portrait.deletingLastPathComponent()
    let networks = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { ["tflite", "onnx"].contains($0.pathExtension) }
      .map { $0.deletingPathExtension().lastPathComponent }
    let run = try ProgramRun(["bench", "--networks", "--runs", "1", "--models", folder.path])
    #expect(run.status == 0, "\(run.errors)")
    let measured = run.output.split(separator: "\n").dropFirst(2).compactMap { $0.split(separator: " ").last }
    #expect(measured.map(String.init).sorted() == networks.sorted(), "\(run.output)")
  }
}
