/// Why a proof was refused.
public enum ProofError: Error, Equatable, CustomStringConvertible {
  /// The leaf's position is not below the tree's size.
  case leafOutsideTree(leaf: UInt64, size: UInt64)
  /// The first tree is larger than the second, or empty (an empty tree proves nothing).
  case sizes(first: UInt64, second: UInt64)
  /// The proof has too many or too few hashes.
  case length(expected: Int, found: Int)
  /// The root computed from the proof is not the one claimed; says which.
  case root(String)

  /// The reason in one line.
  public var description: String {
    switch self {
    case .leafOutsideTree(let leaf, let size): "record \(leaf) is not in a tree of \(size) records"
    case .sizes(let first, let second): "a tree of \(first) records cannot be an older one of \(second)"
    case .length(let expected, let found): "the proof has \(found) hashes, expected \(expected)"
    case .root(let which): "the proof does not lead to the \(which) root"
    }
  }
}

/// Checks and makes Merkle proofs (RFC 9162, sections 2.1.3 and 2.1.4).
public enum MerkleProofs {
  /// Checks that `leaf` is the record at position `index` (from 0) of the tree with this size and root.
  public static func checkInclusion(
    of leaf: TreeHash, at index: UInt64, size: UInt64, root: TreeHash, proof: [TreeHash]
  ) throws(ProofError) {
    guard index < size else { throw .leafOutsideTree(leaf: index, size: size) }
    let (inner, border) = shape(index: index, size: size)
    guard proof.count == inner + border else {
      throw .length(expected: inner + border, found: proof.count)
    }
    var node = chainInner(leaf, proof[..<inner], index: index)
    node = proof[inner...].reduce(node) { .node($1, $0) }
    guard node == root else { throw .root("given") }
  }

  /// Checks that the tree of size `first` is the beginning of the tree of size `second`.
  public static func checkConsistency(
    first: (size: UInt64, root: TreeHash), second: (size: UInt64, root: TreeHash), proof: [TreeHash]
  ) throws(ProofError) {
    guard first.size > 0, first.size <= second.size else {
      throw .sizes(first: first.size, second: second.size)
    }
    if first.size == second.size {
      guard proof.isEmpty else { throw .length(expected: 0, found: proof.count) }
      guard first.root == second.root else { throw .root("second") }
      return
    }
    let shift = first.size.trailingZeroBitCount
    let (whole, border) = shape(index: first.size - 1, size: second.size)
    let inner = whole - shift
    // A complete older tree is itself the starting node; otherwise the proof brings it.
    let isComplete = first.size == 1 << UInt64(shift)
    let start = isComplete ? 0 : 1
    guard proof.count == start + inner + border else {
      throw .length(expected: start + inner + border, found: proof.count)
    }
    let seed = isComplete ? first.root : proof[0]
    let rest = proof[start...]
    let path = (first.size - 1) >> UInt64(shift)
    let innerProof = rest.prefix(inner)
    let borderProof = rest.dropFirst(inner)

    var older = seed
    for (level, hash) in innerProof.enumerated() where (path >> UInt64(level)) & 1 == 1 {
      older = .node(hash, older)
    }
    older = borderProof.reduce(older) { .node($1, $0) }
    guard older == first.root else { throw .root("first") }

    let newer = borderProof.reduce(chainInner(seed, innerProof, index: path)) { .node($1, $0) }
    guard newer == second.root else { throw .root("second") }
  }

  /// The proof that the leaf at `index` is in the tree over all of `leaves`.
  public static func inclusion(of index: Int, in leaves: ArraySlice<TreeHash>) -> [TreeHash] {
    guard leaves.count > 1 else { return [] }
    let split = largestPowerOfTwo(below: leaves.count)
    let middle = leaves.startIndex + split
    if index < split {
      return inclusion(of: index, in: leaves[..<middle]) + [root(of: leaves[middle...])]
    }
    return inclusion(of: index - split, in: leaves[middle...]) + [root(of: leaves[..<middle])]
  }

  /// The proof that the tree over the first `size` leaves is the beginning of the tree over all of `leaves`.
  public static func consistency(from size: Int, in leaves: ArraySlice<TreeHash>) -> [TreeHash] {
    guard size > 0, size < leaves.count else { return [] }
    return subproof(size, leaves, isWhole: true)
  }

  /// The root over the leaves.
  public static func root(of leaves: ArraySlice<TreeHash>) -> TreeHash {
    var tree = CompactTree()
    for leaf in leaves { tree.append(leaf) }
    return tree.root
  }

  private static func subproof(_ size: Int, _ leaves: ArraySlice<TreeHash>, isWhole: Bool) -> [TreeHash] {
    if size == leaves.count { return isWhole ? [] : [root(of: leaves)] }
    let split = largestPowerOfTwo(below: leaves.count)
    let middle = leaves.startIndex + split
    if size <= split {
      return subproof(size, leaves[..<middle], isWhole: isWhole) + [root(of: leaves[middle...])]
    }
    return subproof(size - split, leaves[middle...], isWhole: false) + [root(of: leaves[..<middle])]
  }

  /// How many proof hashes lie inside the last complete subtree that holds `index`, and how many left of it.
  private static func shape(index: UInt64, size: UInt64) -> (inner: Int, border: Int) {
    let inner = 64 - (index ^ (size - 1)).leadingZeroBitCount
    return (inner, inner == 64 ? 0 : (index >> UInt64(inner)).nonzeroBitCount)
  }

  private static func chainInner(_ seed: TreeHash, _ proof: ArraySlice<TreeHash>, index: UInt64) -> TreeHash {
    var node = seed
    for (level, hash) in proof.enumerated() {
      node = (index >> UInt64(level)) & 1 == 0 ? .node(node, hash) : .node(hash, node)
    }
    return node
  }

  private static func largestPowerOfTwo(below count: Int) -> Int {
    1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}
