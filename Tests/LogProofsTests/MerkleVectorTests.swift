import Foundation
import JSON
import LogProofs
import Testing

/// The proof vectors of transparency-dev/merkle, good and bad ones.
@Suite struct MerkleVectorTests {
  static let folder: String? = {
    let shared = ProcessInfo.processInfo.environment["VIGIL_SHARED"] ?? "../shared"
    let folder = shared + "/vectors/merkle"
    guard FileManager.default.fileExists(atPath: folder) else {
      print("skipped: no Merkle vectors in \(folder) (set VIGIL_SHARED)")
      return nil
    }
    return folder
  }()

  private func vectors(_ kind: String) throws -> [(path: String, value: JSONValue)] {
    let folder = try #require(Self.folder) + "/" + kind
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
    return try names.sorted().map { name in
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
      return (kind + "/" + name, try JSONParser.parse(Array(data)))
    }
  }

  /// A hash, or nil for bytes that are none. Some consistency vectors have words as roots; these are filled up.
  private func hash(_ value: JSONValue?, filling: Bool = false) -> TreeHash? {
    guard let data = (value?.text).flatMap({ Data(base64Encoded: $0) }), data.count <= TreeHash.length,
      filling || data.count == TreeHash.length
    else { return nil }
    return TreeHash(Array(data) + [UInt8](repeating: 0, count: TreeHash.length - data.count))
  }

  private func number(_ value: JSONValue?) throws -> UInt64 {
    // Some bad vectors have sizes beyond Int64; the parser keeps them as floating-point numbers.
    if let whole = value?.int { return UInt64(clamping: whole) }
    return UInt64(exactly: try #require(value?.double)) ?? .max
  }

  private func proof(_ vector: JSONValue) -> [TreeHash]? {
    let elements = vector["proof"]?.elements ?? []
    let hashes = elements.compactMap { hash($0) }
    return hashes.count == elements.count ? hashes : nil
  }

  @Test(.enabled(if: folder != nil)) func everyInclusionVectorHasItsStatedResult() throws {
    var counts = [true: 0, false: 0]
    for (path, vector) in try vectors("inclusion") {
      let isBad = vector["wantErr"] == .bool(true)
      var isRefused = true
      if let leaf = hash(vector["leafHash"]), let root = hash(vector["root"]), let proof = proof(vector) {
        isRefused =
          (try? MerkleProofs.checkInclusion(
            of: leaf, at: try number(vector["leafIdx"]), size: try number(vector["treeSize"]), root: root,
            proof: proof)) == nil
      }
      #expect(isRefused == isBad, "\(path)")
      counts[isBad, default: 0] += 1
    }
    print("inclusion vectors: \(counts[false] ?? 0) good, \(counts[true] ?? 0) bad, all as stated")
    #expect((counts[false] ?? 0) > 0 && (counts[true] ?? 0) > 50)
  }

  @Test(.enabled(if: folder != nil)) func everyConsistencyVectorHasItsStatedResult() throws {
    var counts = [true: 0, false: 0]
    for (path, vector) in try vectors("consistency") {
      let isBad = vector["wantErr"] == .bool(true)
      var isRefused = true
      if let first = hash(vector["root1"], filling: true), let second = hash(vector["root2"], filling: true),
        let proof = proof(vector)
      {
        isRefused =
          (try? MerkleProofs.checkConsistency(
            first: (try number(vector["size1"]), first), second: (try number(vector["size2"]), second),
            proof: proof)) == nil
      }
      #expect(isRefused == isBad, "\(path)")
      counts[isBad, default: 0] += 1
    }
    print("consistency vectors: \(counts[false] ?? 0) good, \(counts[true] ?? 0) bad, all as stated")
    #expect((counts[false] ?? 0) > 0 && (counts[true] ?? 0) > 50)
  }

  @Test func madeProofsAreAcceptedAndBitFlipsAreNot() throws {
    let leaves = (0..<33).map { TreeHash.leaf([UInt8($0)]) }
    for size in 1...33 {
      let some = leaves[..<size]
      let root = MerkleProofs.root(of: some)
      for index in 0..<size {
        let proof = MerkleProofs.inclusion(of: index, in: some)
        try MerkleProofs.checkInclusion(
          of: leaves[index], at: UInt64(index), size: UInt64(size), root: root, proof: proof)
        #expect(throws: ProofError.self) {
          try MerkleProofs.checkInclusion(
            of: .leaf([99]), at: UInt64(index), size: UInt64(size), root: root, proof: proof)
        }
      }
      for older in 1...size {
        let proof = MerkleProofs.consistency(from: older, in: some)
        let first = (size: UInt64(older), root: MerkleProofs.root(of: leaves[..<older]))
        try MerkleProofs.checkConsistency(first: first, second: (UInt64(size), root), proof: proof)
        #expect(throws: ProofError.self) {
          try MerkleProofs.checkConsistency(
            first: (first.size, .leaf([98])), second: (UInt64(size), root), proof: proof)
        }
      }
    }
  }
}
