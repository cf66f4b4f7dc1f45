import LogFiles
public import LogProofs

/// A record exactly as it is stored.
public struct StoredRecord: Sendable, Equatable {
  /// Its place in the log, from 0.
  public let number: Int64
  /// The 32 bytes of its leaf hash.
  public let leaf: [UInt8]
  /// Its canonical text.
  public let body: String

  /// A record with its hash.
  public init(number: Int64, leaf: [UInt8], body: String) {
    (self.number, self.leaf, self.body) = (number, leaf, body)
  }
}

/// How far a copy of a log has come.
public struct LogPlace: Sendable, Equatable {
  /// Records that it has.
  public var records: Int64
  /// Size of the newest checkpoint that it has; -1: not even that of no records.
  public var checkpoint: Int64
  /// Row of the newest cosignature that it has; 0: none.
  public var cosignature: Int64

  /// A place in a log.
  public init(records: Int64 = 0, checkpoint: Int64 = -1, cosignature: Int64 = 0) {
    (self.records, self.checkpoint, self.cosignature) = (records, checkpoint, cosignature)
  }
}

/// What of a log follows a place: read at one moment, so that it fits together.
public struct LogSlice: Sendable {
  /// The next records.
  public let records: [StoredRecord]
  /// Signed checkpoints of trees up to the last of `records`, smallest first.
  public let checkpoints: [(size: Int64, note: String)]
  /// Cosignatures of checkpoints up to there.
  public let cosignatures: [(size: Int64, line: String)]
  /// The place after this slice.
  public let end: LogPlace
}

extension LogReader {
  /// The public key that the log began with, as text.
  public func firstKey() throws(LogError) -> String { stored.firstKey }

  /// Number of records on disk.
  public func count() throws(LogError) -> Int64 {
    let newest = try read { (log) throws(StoredLogError) in try log.newestNumber() } ?? -1
    guard newest < .max else { throw Self.noPlace(newest, path) }
    return newest + 1
  }

  /// The tree at the newest checkpoint of at most `size` records, as stored with it; empty when there is none.
  ///
  /// Its root is the checkpoint's; whether the records still give it is not looked at.
  public func tree(atMost size: Int64) throws(LogError) -> CompactTree {
    guard let found = try read({ (log) throws(StoredLogError) in try log.checkpoint(upTo: size) }) else {
      return CompactTree()
    }
    guard let tree = CompactTree(size: UInt64(clamping: found.size), stored: found.peaks),
      let note = try? SignedNote(text: found.note), let signed = try? Checkpoint(body: note.body),
      signed == Checkpoint(origin: origin, size: tree.size, root: tree.root)
    else {
      throw .damaged(path: path, reason: "the checkpoint of \(found.size) records does not verify")
    }
    return tree
  }

  /// What follows `place`, at most `limit` records of it. Only what is on disk is ever seen.
  public func slice(after place: LogPlace, limit: Int) throws(LogError) -> LogSlice {
    var end = place
    var records: [StoredRecord] = []
    var bad: Int64?
    let limit = Int64(clamping: limit)
    try read { (log) throws(StoredLogError) in
      try log.forEachRecord(from: place.records, limit: limit) { number, leaf, body in
        guard let leaf, let text = body.flatMap({ String(validating: $0, as: UTF8.self) }) else {
          bad = number
          return false
        }
        records.append(StoredRecord(number: number, leaf: leaf, body: text))
        return true
      }
    }
    if let bad { throw .damaged(path: path, reason: "record \(bad) is none") }
    if let last = records.last {
      guard last.number < .max else { throw Self.noPlace(last.number, path) }
      end.records = last.number + 1
    }
    let checkpoints = try read { (log) throws(StoredLogError) in
      try log.checkpoints(after: place.checkpoint, upTo: end.records)
    }
    if let last = checkpoints.last { end.checkpoint = last.size }
    let cosignatures = try cosignatures(after: place.cosignature, limit: limit, upTo: end.checkpoint)
    if let last = cosignatures.last { end.cosignature = last.row }
    return LogSlice(
      records: records, checkpoints: checkpoints, cosignatures: cosignatures.map { ($0.size, $0.line) },
      end: end)
  }

  private static func noPlace(_ number: Int64, _ path: String) -> LogError {
    .damaged(path: path, reason: "there is a record numbered \(number): no log has such a place")
  }

  /// A cosignature may come late, for a checkpoint sent long ago; one of a later checkpoint waits for it, and those
  /// after it with it, so that the row alone says how far the copy has come. One of no checkpoint at all is passed over.
  private func cosignatures(
    after row: Int64, limit: Int64, upTo size: Int64
  ) throws(LogError) -> [(row: Int64, size: Int64, line: String)] {
    try read { (log) throws(StoredLogError) in
      var found: [(row: Int64, size: Int64, line: String)] = []
      for one in try log.cosignatures(after: row, limit: limit) {
        guard try !log.checkpoints(after: one.size - 1, upTo: one.size).isEmpty else { continue }
        guard one.size <= size else { break }
        found.append(one)
      }
      return found
    }
  }
}

extension CompactTree {
  /// A tree from its peaks as they are stored with a checkpoint, one after the other; nil when they do not fit the size.
  init?(size: UInt64, stored: [UInt8]) {
    guard stored.count.isMultiple(of: TreeHash.length) else { return nil }
    let peaks = stride(from: 0, to: stored.count, by: TreeHash.length)
      .compactMap { TreeHash(Array(stored[$0..<($0 + TreeHash.length)])) }
    self.init(size: size, peaks: peaks)
  }
}
