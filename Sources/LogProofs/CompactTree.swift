/// A Merkle tree that only grows and keeps nothing but the roots of its complete subtrees.
///
/// Appending costs one leaf hash and, on average, one node hash; the state is at most 64 hashes.
/// The tree is the one of RFC 9162, section 2.1.
public struct CompactTree: Sendable, Equatable {
  /// Number of leaves.
  public private(set) var size: UInt64 = 0
  /// Roots of the complete subtrees, largest (leftmost) first; one for each set bit of `size`.
  public private(set) var peaks: [TreeHash] = []

  /// An empty tree.
  public init() {}

  /// A tree of `size` leaves from its stored peaks; nil when their number does not fit the size.
  public init?(size: UInt64, peaks: [TreeHash]) {
    guard peaks.count == size.nonzeroBitCount else { return nil }
    (self.size, self.peaks) = (size, peaks)
  }

  /// Adds a leaf at the end.
  public mutating func append(_ leaf: TreeHash) {
    var node = leaf
    var rest = size
    while rest & 1 == 1, let left = peaks.popLast() {
      node = .node(left, node)
      rest >>= 1
    }
    peaks.append(node)
    size += 1
  }

  /// The root over all leaves; ``TreeHash/empty`` when there are none.
  public var root: TreeHash {
    guard var node = peaks.last else { return .empty }
    for peak in peaks.dropLast().reversed() { node = .node(peak, node) }
    return node
  }
}
