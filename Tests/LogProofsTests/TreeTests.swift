import LogProofs
import Testing
import VigilTesting

/// The tree of RFC 6962 and 9162 with the roots that Certificate Transparency publishes for its eight test leaves.
@Suite struct TreeTests {
  private static let leaves: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F],
  ]
  private static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func rootsAreThePublishedOnes() {
    var tree = CompactTree()
    #expect(tree.root == .empty && tree.root.hex == Self.roots[0])
    for (count, leaf) in Self.leaves.enumerated() {
      tree.append(.leaf(leaf))
      #expect(tree.root.hex == Self.roots[count + 1] && tree.size == UInt64(count) + 1)
      #expect(tree.peaks.count == (count + 1).nonzeroBitCount)
      #expect(MerkleProofs.root(of: Self.leaves[...count].map { TreeHash.leaf($0) }[...]) == tree.root)
    }
  }

  /// RFC 6962's own proofs over these leaves.
  @Test func proofsAreThePublishedOnes() throws {
    let hashes = Self.leaves.map { TreeHash.leaf($0) }
    let inclusion = MerkleProofs.inclusion(of: 0, in: hashes[...]).map(\.hex)
    #expect(
      inclusion == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ])
    let consistency = MerkleProofs.consistency(from: 6, in: hashes[...]).map(\.hex)
    #expect(
      consistency == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
  }

  @Test func aTreeGoesOnFromItsPeaks() throws {
    let hashes = (0..<40).map { TreeHash.leaf([UInt8($0)]) }
    for size in 0...39 {
      var whole = CompactTree()
      for hash in hashes.prefix(size) { whole.append(hash) }
      var restored = try #require(CompactTree(size: whole.size, peaks: whole.peaks))
      whole.append(hashes[size])
      restored.append(hashes[size])
      #expect(restored == whole)
      #expect(CompactTree(size: UInt64(size) + 1, peaks: whole.peaks + [.empty]) == nil)
    }
    #expect(CompactTree(size: 1, peaks: []) == nil && CompactTree(size: 0, peaks: [.empty]) == nil)
  }

  /// A leaf can never be taken for a node: the prefixes differ (RFC 9162, 2.1.1).
  @Test func leavesAndNodesAreKeptApart() {
    let (left, right) = (TreeHash.leaf([1]), TreeHash.leaf([2]))
    #expect(TreeHash.node(left, right) != .leaf(left.bytes + right.bytes))
    #expect(TreeHash.node(left, right) != .node(right, left))
    #expect(
      TreeHash([UInt8](repeating: 0, count: 31)) == nil && TreeHash([UInt8](repeating: 0, count: 33)) == nil)
    #expect(TreeHash(left.bytes) == left)
  }

  // MARK: What is refused, and the reason

  private func inclusionFault(_ index: UInt64, _ size: UInt64, _ proof: [TreeHash]) -> ProofError? {
    do throws(ProofError) {
      try MerkleProofs.checkInclusion(of: .leaf([0]), at: index, size: size, root: .leaf([0]), proof: proof)
      return nil
    } catch { return error }
  }

  private func consistencyFault(_ first: UInt64, _ second: UInt64, _ proof: [TreeHash]) -> ProofError? {
    do throws(ProofError) {
      try MerkleProofs.checkConsistency(
        first: (first, .leaf([0])), second: (second, .leaf([0])), proof: proof)
      return nil
    } catch { return error }
  }

  @Test func inclusionOutsideTheTreeOrOfAnotherLengthIsRefused() {
    #expect(inclusionFault(0, 1, []) == nil)
    #expect(inclusionFault(0, 0, []) == .leafOutsideTree(leaf: 0, size: 0))
    #expect(inclusionFault(5, 5, []) == .leafOutsideTree(leaf: 5, size: 5))
    #expect(inclusionFault(0, 1, [.empty]) == .length(expected: 0, found: 1))
    #expect(inclusionFault(2, 3, []) == .length(expected: 1, found: 0))
    #expect(inclusionFault(0, 8, [.empty, .empty]) == .length(expected: 3, found: 2))
    #expect(inclusionFault(0, .max, []) == .length(expected: 64, found: 0))
    #expect(inclusionFault(0, 2, [.empty]) == .root("given"))
  }

  @Test func consistencyOfSizesThatCannotBeIsRefused() {
    #expect(consistencyFault(3, 3, []) == nil)
    #expect(consistencyFault(0, 3, []) == .sizes(first: 0, second: 3))
    #expect(consistencyFault(4, 3, []) == .sizes(first: 4, second: 3))
    #expect(consistencyFault(3, 3, [.empty]) == .length(expected: 0, found: 1))
    #expect(consistencyFault(1 << 63, .max, []) == .length(expected: 1, found: 0))
    #expect(consistencyFault(3, 4, []) == .length(expected: 3, found: 0))
  }

  /// Which of the two roots is wrong is said.
  @Test func theWrongRootIsNamed() throws {
    let hashes = (0..<7).map { TreeHash.leaf([UInt8($0)]) }
    let proof = MerkleProofs.consistency(from: 3, in: hashes[...])
    let (old, new) = (MerkleProofs.root(of: hashes[..<3]), MerkleProofs.root(of: hashes[...]))
    #expect(throws: ProofError.root("first")) {
      try MerkleProofs.checkConsistency(first: (3, new), second: (7, new), proof: proof)
    }
    #expect(throws: ProofError.root("second")) {
      try MerkleProofs.checkConsistency(first: (3, old), second: (7, old), proof: proof)
    }
    #expect(throws: ProofError.root("second")) {
      try MerkleProofs.checkConsistency(first: (3, old), second: (3, new), proof: [])
    }
    #expect("\(ProofError.root("first"))" == "the proof does not lead to the first root")
    #expect("\(ProofError.leafOutsideTree(leaf: 5, size: 5))" == "record 5 is not in a tree of 5 records")
    #expect("\(ProofError.sizes(first: 4, second: 3))" == "a tree of 4 records cannot be an older one of 3")
    #expect("\(ProofError.length(expected: 1, found: 2))" == "the proof has 2 hashes, expected 1")
  }

  /// A proof with any one hash exchanged, left out or put in proves nothing.
  @Test func everyHashOfAProofCounts() throws {
    var random = SeededNumbers(6962)
    let hashes = (0..<50).map { TreeHash.leaf([UInt8($0)]) }
    for _ in 0..<200 {
      let size = Int.random(in: 2...50, using: &random)
      let index = Int.random(in: 0..<size, using: &random)
      let root = MerkleProofs.root(of: hashes[..<size])
      let proof = MerkleProofs.inclusion(of: index, in: hashes[..<size])
      let place = Int.random(in: 0..<proof.count, using: &random)
      var (changed, shorter) = (proof, proof)
      changed[place] = .leaf([200])
      shorter.remove(at: place)
      for wrong in [changed, shorter, proof + [.empty]] {
        #expect(throws: ProofError.self) {
          try MerkleProofs.checkInclusion(
            of: hashes[index], at: UInt64(index), size: UInt64(size), root: root, proof: wrong)
        }
      }
      let older = Int.random(in: 1..<size, using: &random)
      let link = MerkleProofs.consistency(from: older, in: hashes[..<size])
      guard !link.isEmpty else { continue }
      var bent = link
      bent[Int.random(in: 0..<link.count, using: &random)] = .leaf([201])
      #expect(throws: ProofError.self) {
        try MerkleProofs.checkConsistency(
          first: (UInt64(older), MerkleProofs.root(of: hashes[..<older])), second: (UInt64(size), root),
          proof: bent)
      }
    }
  }

  @Test func hexadecimalIsExact() {
    #expect(Hexadecimal.text([0, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
    #expect(Hexadecimal.bytes("000fA0ff") == [0, 0x0F, 0xA0, 0xFF] && Hexadecimal.bytes("") == [])
    for text in ["0", "0g", " 00", "0x00", "００"] { #expect(Hexadecimal.bytes(text) == nil, "\(text)") }
  }
}
