import Foundation
import Testing
import VigilTesting

@Suite(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
struct CropTests {
  /// The crops that the networks saw lie in the folder, each where the table says.
  @Test func analyzeWritesWhatTheNetworksSaw() throws {
    let folder = try TemporaryFolder()
    let networks = folder.url.appendingPathComponent("networks")
    try TinyNetworks.install("tiny", in: networks)
    let out = folder.url.appendingPathComponent("crops")
    let run = try ProgramRun([
      "analyze", "--networks", networks.path, "--crops", out.path, Prerequisites.portrait.path,
    ])
    #expect(run.status == 0, "\(run.errors)")
    let pixels = try Data(contentsOf: out.appendingPathComponent("tiny.rgb"))
    let rows = try String(contentsOf: out.appendingPathComponent("tiny.tsv"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
    #expect(!rows.isEmpty && pixels.count == rows.count * TinyNetworks.side * TinyNetworks.side * 3)
    #expect(rows.allSatisfy { $0.count == 4 + 136 && $0[0] == Prerequisites.portrait.path })
    // The nose's tip lies in the middle of a crop about the face's box.
    let nose = rows.first.map { $0[4 + 60..<4 + 62].compactMap { Double($0) } } ?? []
    #expect(nose.count == 2 && nose.allSatisfy { (8.0...24).contains($0) }, "\(nose)")
  }

  @Test func withoutNetworksThereIsNothingToWriteAndThatIsSaid() throws {
    let folder = try TemporaryFolder()
    let run = try ProgramRun([
      "analyze", "--networks", folder.url.path, "--crops", folder.url.path + "/c", "x.mp4",
    ])
    #expect(run.status == 64 && run.errors.contains("no scoring network"))
    let missing = try ProgramRun(["analyze", "--networks", "/nonexistent/n", "x.mp4"])
    #expect(missing.status == 64 && missing.errors.contains("/nonexistent/n"))
  }
}
