import Foundation
import GRDB
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
  public func firstKey() throws(LogError) -> String {
    try read { try String.fetchOne($0, sql: "SELECT first_key FROM log") ?? "" }
  }

  /// Number of records on disk.
  public func count() throws(LogError) -> Int64 {
    try read { try (Int64.fetchOne($0, sql: "SELECT max(number) FROM record") ?? -1) + 1 }
  }

  /// The tree at the newest checkpoint of at most `size` records, as stored with it; empty when there is none.
  ///
  /// Its root is the checkpoint's; whether the records still give it is not looked at.
  public func tree(atMost size: Int64) throws(LogError) -> CompactTree {
    try read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT size, note, peaks FROM checkpoint WHERE size <= ? ORDER BY size DESC",
        arguments: [size])
      guard let row else { return CompactTree() }
      let (data, count): (Data, Int64) = (row[2], row[0])
      let peaks = stride(from: 0, to: data.count, by: TreeHash.length)
        .compactMap { TreeHash(Array(data.dropFirst($0).prefix(TreeHash.length))) }
      guard let tree = CompactTree(size: UInt64(clamping: count), peaks: peaks),
        let note = try? SignedNote(text: row[1]),
        try Checkpoint(body: note.body) == Checkpoint(origin: origin, size: tree.size, root: tree.root)
      else {
        throw LogError.damaged(path: path, reason: "the checkpoint of \(count) records does not verify")
      }
      return tree
    }
  }

  /// What follows `place`, at most `limit` records of it. Only what is on disk is ever seen.
  public func slice(after place: LogPlace, limit: Int) throws(LogError) -> LogSlice {
    try read { db in
      var end = place
      let records = try Row.fetchAll(
        db, sql: "SELECT number, leaf, body FROM record WHERE number >= ? ORDER BY number LIMIT ?",
        arguments: [place.records, limit]
      ).map { row in
        StoredRecord(number: row[0], leaf: Array(row[1] as Data), body: row[2])
      }
      if let last = records.last { end.records = last.number + 1 }
      let checkpoints = try Row.fetchAll(
        db, sql: "SELECT size, note FROM checkpoint WHERE size > ? AND size <= ? ORDER BY size",
        arguments: [place.checkpoint, end.records]
      ).map { row in (size: row[0] as Int64, note: row[1] as String) }
      if let last = checkpoints.last { end.checkpoint = last.size }
      // A cosignature may come late, for a checkpoint sent long ago; one of a later checkpoint waits for it, and
      // those after it with it, so that the row alone says how far the copy has come.
      let cosigned = try Row.fetchAll(
        db, sql: "SELECT rowid, size, line FROM cosignature WHERE rowid > ? ORDER BY rowid LIMIT ?",
        arguments: [place.cosignature, limit]
      ).prefix { row in row[1] <= end.checkpoint }
      if let last = cosigned.last { end.cosignature = last[0] }
      return LogSlice(
        records: records, checkpoints: checkpoints,
        cosignatures: cosigned.map { (size: $0[1], line: $0[2]) }, end: end)
    }
  }
}
