import Foundation
import Testing

/// The ONNX project's own cases, run by `vigil-lab models` on the folder that `make onnx-cases` writes.
@Suite struct OnnxBackendTests {
  /// `VIGIL_ONNX_CASES`, or out/onnx-cases in the package.
  private static var folder: String {
    ProcessInfo.processInfo.environment["VIGIL_ONNX_CASES"]
      ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../../out/onnx-cases"
      )
      .standardizedFileURL.path
  }

  /// The program beside the test bundle.
  private static var program: URL {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    let candidates = [URL(fileURLWithPath: "/proc/self/exe"), URL(fileURLWithPath: bundle)]
      .map { $0.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("vigil-lab") }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[1]
  }

  private static var isReady: Bool {
    FileManager.default.fileExists(atPath: folder + "/done")
      && FileManager.default.isExecutableFile(atPath: program.path)
  }

  @Test(.enabled(if: isReady, "the backend cases are not there: make onnx-cases"))
  func noCaseFails() throws {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = ["models", "cases", Self.folder]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(bytes: pipe.fileHandleForReading.readDataToEndOfFile(), encoding: .utf8) ?? ""
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    let last = text.split(separator: "\n").last ?? ""
    print("onnx backend cases: \(last)")
    #expect(last.contains(" 0 failed of 2033"))
  }
}
