import Crypto
import FaceScoring
import Foundation
import Testing

@Suite struct LoadingTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("scoring-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("a"), withIntermediateDirectories: true)
  }

  private func install(_ manifest: Data, network: Data?) throws {
    let place = folder.appendingPathComponent("a")
    try manifest.write(to: place.appendingPathComponent("manifest.json"))
    try network?.write(to: place.appendingPathComponent("net.onnx"))
  }

  private func problem() -> String {
    let set = ScorerSet(folder: folder)
    #expect(set.scorers.isEmpty && set.problems.count == 1)
    return set.problems.first?.description ?? "none"
  }

  @Test func emptyOrMissingFolderMeansNoNetwork() {
    defer { try? FileManager.default.removeItem(at: folder) }
    for place in [folder, folder.appendingPathComponent("nowhere")] {
      let set = ScorerSet(folder: place)
      #expect(set.scorers.isEmpty && set.problems.isEmpty)
      #expect(set.first(for: .forgery) == nil && set.first(for: .spoof) == nil)
    }
  }

  @Test func wrongHashIsSaidWithBothHashes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try install(ManifestFile.object(), network: Data("weights".utf8))
    let found = SHA256.hash(data: Data("weights".utf8)).map { String(format: "%02x", $0) }.joined()
    #expect(problem().contains(found) && problem().contains(String(repeating: "0", count: 64)))
  }

  @Test func missingNetworkAndBrokenManifestAreNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try install(ManifestFile.object(), network: nil)
    #expect(problem().contains("net.onnx"))
    try install(Data("{}".utf8), network: nil)
    #expect(problem().contains("manifest.json: field schema"))
  }

  @Test func rightHashOfBytesThatAreNoNetworkIsRefusedByTheEngine() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = Data("weights".utf8)
    let hash = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    try install(ManifestFile.object { $0["sha256"] = hash }, network: bytes)
    #expect(problem().contains("net.onnx"))
  }
}
