public import AuditLog
import LogProofs

/// Sends a log's records and checkpoints to a PostgreSQL server, each exactly once.
///
/// The server itself keeps how far the copy has come, in the transaction that adds the records. Whoever dies, and
/// whenever, the next attempt asks the server and goes on there: what was committed is not sent again, what was not is.
/// Before anything is sent the local tree is compared with the root that the server has, and each record with its
/// hash and the checkpoints after it, so that a log that was changed or rolled back is noticed instead of shipped.
/// Pictures kept as evidence are not sent.
public final class LogShipper {
  private let target: String
  private let reader: LogReader
  private let batch: Int
  private var store: ShippedStore?
  /// The tree over the local records up to `place`.
  private var tree = CompactTree()
  private var place = LogPlace()
  /// The tree that the transaction under way would lead to; its outcome is unknown when the connection broke.
  private var hoped = CompactTree()
  /// Most records that the server has acknowledged; a copy does not shrink.
  private var acknowledged: Int64 = 0
  /// How often in a row the copy was elsewhere than the server had said.
  private var surprises = 0

  /// A shipper of the log that `reader` reads to `target`, a connection string or URI of libpq.
  public init(_ reader: LogReader, to target: String, batch: Int = 1000) {
    (self.reader, self.target, self.batch) = (reader, target, max(1, batch))
  }

  /// Sends everything that is on disk by now; returns how many records the copy has. After an error it may be
  /// called again, and goes on where the copy stands.
  public func ship() throws(ShipError) -> Int64 {
    do throws(ShipError) {
      if store == nil { try connect() }
      while try shipSlice() {}
      return place.records
    } catch {
      store = nil
      throw error
    }
  }

  /// One transaction; false when there was nothing to send.
  private func shipSlice() throws(ShipError) -> Bool {
    guard let store else { return false }
    let slice = try local { () throws(LogError) in try reader.slice(after: place, limit: batch) }
    guard slice.end != place else { return false }
    hoped = try grown(tree, by: slice)
    if let end = try store.add(slice, of: reader.origin, after: place, root: hoped.root) {
      (tree, place, surprises) = (hoped, end, 0)
      acknowledged = max(acknowledged, end.records)
    } else {
      // Another shipper of the same log was here; go on where it left the copy.
      surprises += 1
      guard surprises < 1000 else { throw .refused("the copy is never where it says") }
      try resume(store)
    }
    return true
  }

  private func connect() throws(ShipError) {
    let store = try ShippedStore(PostgresConnection(target))
    try resume(store)
    self.store = store
  }

  /// Finds where the copy stands and whether it is the beginning of this log.
  private func resume(_ store: ShippedStore) throws(ShipError) {
    let origin = reader.origin
    if (try store.place(origin)?.place.records ?? 0) == 0 {
      try store.begin(origin, firstKey: local { () throws(LogError) in try reader.firstKey() })
    }
    guard let known = try store.place(origin) else { throw .refused("the copy of \(origin) vanished") }
    let size = known.place.records
    guard size >= acknowledged else {
      throw .diverged("the server had \(acknowledged) records of it, and now says \(size)")
    }
    if UInt64(clamping: size) == hoped.size {
      tree = hoped
    } else if UInt64(clamping: size) != tree.size {
      tree = try localTree(size)
    }
    guard tree.root.bytes == known.root else {
      throw .diverged("its first \(size) records are not those that the server has")
    }
    (place, hoped) = (known.place, tree)
  }

  /// The tree over the first `size` local records: from the newest checkpoint before, so that a shipper that is
  /// started again is soon at work. Whether older records are whole is the business of `vigil log verify`.
  private func localTree(_ size: Int64) throws(ShipError) -> CompactTree {
    var tree = try local { () throws(LogError) in try reader.tree(atMost: size) }
    let count = Int64(clamping: tree.size)
    var start = LogPlace(records: count, checkpoint: count)
    while start.records < size {
      let limit = min(5000, Int(size - start.records))
      let slice = try local { () throws(LogError) in try reader.slice(after: start, limit: limit) }
      guard !slice.records.isEmpty else {
        throw .diverged("it has \(start.records) records, and the server has \(size): cut off or rolled back")
      }
      tree = try grown(tree, by: slice)
      start = slice.end
    }
    return tree
  }

  /// The tree with a slice's records; what contradicts itself is not sent.
  private func grown(_ tree: CompactTree, by slice: LogSlice) throws(ShipError) -> CompactTree {
    var tree = tree
    var checkpoints = slice.checkpoints[...]
    func check() throws(ShipError) {
      while let next = checkpoints.first, UInt64(clamping: next.size) <= tree.size {
        checkpoints.removeFirst()
        guard let note = try? SignedNote(text: next.note), let signed = try? Checkpoint(body: note.body),
          signed == Checkpoint(origin: reader.origin, size: tree.size, root: tree.root)
        else {
          throw .diverged("its records are not those of its own checkpoint of \(next.size) records")
        }
      }
    }
    try check()
    for record in slice.records {
      let leaf = TreeHash.leaf(Array(record.body.utf8))
      guard UInt64(clamping: record.number) == tree.size, leaf.bytes == record.leaf else {
        throw .diverged("record \(tree.size) is missing or was changed")
      }
      tree.append(leaf)
      try check()
    }
    return tree
  }

  private func local<Value>(_ body: () throws(LogError) -> Value) throws(ShipError) -> Value {
    do throws(LogError) { return try body() } catch { throw .log(error) }
  }
}
