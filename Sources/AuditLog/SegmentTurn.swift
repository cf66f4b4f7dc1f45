import Foundation
import JSON
import LogFiles
import LogProofs

/// Steps of going on in another file; tests end the process at each of them.
package enum TurningStep: String, CaseIterable, Sendable {
  /// The old file's last record is on disk and signed.
  case ended
  /// The draft of the new file is whole.
  case drafted
  /// The old file has its new name too.
  case renamed
  /// The new file is at the log's place.
  case inPlace
}

/// Ends a log's file and goes on in another, so that each proves that the other belongs to it: the last record of the
/// old one names the new one, and the first of the new one the last signed state of the old.
///
/// Whatever moment the process ends at, ``finishInterrupted(_:keyPath:)`` finds what is left to do in the file itself.
enum SegmentTurn {
  /// A session that goes on in the new file.
  struct Session {
    let name: String
    let header: SessionHeader
    let started: String
  }

  /// Ends the file that `writer` writes, and returns the writer of the next one.
  static func turn(
    _ writer: LogWriter, reason: String, at now: ClockReading, goingOn session: Session?,
    atStep: (TurningStep) -> Void = { _ in }
  ) throws(LogError) -> LogWriter {
    let next = LogWriter.newOrigin()
    let last = StampedRecord(
      session: LogUpkeep.session, stamp: now, record: .segmentEnd(next: next, reason: reason))
    try writer.write([last], signing: true)
    atStep(.ended)
    let end = Checkpoint(origin: writer.origin, size: writer.tree.size, root: writer.tree.root)
    try writer.close()
    let old = Old(path: writer.path, segment: writer.segment, end: end, next: next)
    try handOver(old, key: writer.key, at: now, session, atStep)
    return try LogWriter(path: writer.path, keyPath: writer.keyPath, lock: writer.lock)
  }

  /// Does what is left of a hand-over during which the process ended. The caller holds the writer's lock.
  static func finishInterrupted(_ path: String, keyPath: String) throws(LogError) {
    let newest = SegmentFiles.ended(path).last
    var source = path
    if LogDraft.isNeeded(path) {
      guard let newest else { return }
      // Where a file cannot have two names, the log is away for a moment; then its draft is there.
      guard LogDraft.size(path + ".new") > 0 else {
        throw .cannotOpen(
          path: path,
          reason:
            "its ended file \(newest.path) is there and the log itself is not; restore it, or move that away")
      }
      source = newest.path
    } else if let newest, SegmentFiles.isSame(path, newest.path), LogDraft.size(newest.path + "-wal") > 0 {
      source = newest.path
    }
    // What is wrong with the log itself is found and said when it is opened.
    guard let stored = try? StoredLog(path: source, use: .growing), let next = try? nextName(stored) else {
      return
    }
    do {
      let key = try LogWriter.currentKey(stored, keyPath: keyPath)
      let (tree, signed) = try LogWriter.resume(stored, key: key)
      guard signed == tree.size else {
        throw LogError.damaged(path: path, reason: "the record that ends the file is not signed")
      }
      let end = Checkpoint(origin: stored.origin, size: tree.size, root: tree.root)
      let segment = try LogWriter.beginning(stored).segment
      let old = Old(path: path, segment: segment, end: end, next: next)
      try handOver(old, key: key, at: LogClock.system.now(), nil)
    } catch { throw LogFile.opening(error, path) }
  }

  /// The name of the next file's log when this one was ended.
  private static func nextName(_ stored: StoredLog) throws -> String? {
    var next: String?
    guard let number = try stored.newestNumber() else { return nil }
    try stored.forEachRecord(from: number, limit: 1) { _, _, body in
      let record = body.flatMap { try? JSONParser.parse($0) }
      if record?["kind"]?.text == "segment_end" { next = record?["data"]?["next"]?.text }
      return false
    }
    return next
  }

  private struct Old {
    let path: String
    let segment: Int64
    let end: Checkpoint
    let next: String
  }

  private static func handOver(
    _ old: Old, key: NotePrivateKey, at now: ClockReading, _ session: Session?,
    _ atStep: (TurningStep) -> Void = { _ in }
  ) throws(LogError) {
    let path = old.path
    var records = [
      StampedRecord(
        session: LogUpkeep.session, stamp: now,
        record: .segmentStart(segment: old.segment + 1, previous: old.end, session: session?.name))
    ]
    if let session {
      let record = LogRecord.sessionContinued(session.header, started: session.started)
      records.append(StampedRecord(session: session.name, stamp: now, record: record))
    }
    try LogDraft.fill(path, origin: old.next, key: key, records: records)
    atStep(.drafted)
    try rename(path, to: SegmentFiles.path(of: path, old.segment))
    atStep(.renamed)
    try LogDraft.putInPlace(path)
    atStep(.inPlace)
  }

  /// Gives the ended file its own name. It keeps the old one until the new file takes that over, so that there is a log at
  /// the log's place at any moment.
  private static func rename(_ path: String, to kept: String) throws(LogError) {
    if !SegmentFiles.isSame(path, kept), !LogDraft.isNeeded(path) {
      guard access(kept, F_OK) != 0 else {
        throw .cannotOpen(path: path, reason: "\(kept) is there already; move it away")
      }
      if link(path, kept) != 0, Glibc.rename(path, kept) != 0 {
        throw .cannotOpen(path: path, reason: "\(kept): \(String(cString: strerror(errno)))")
      }
    }
    // Somebody who reads keeps the journal from being folded in; then it goes along.
    if LogDraft.size(path + "-wal") > 0, Glibc.rename(path + "-wal", kept + "-wal") != 0 {
      throw .cannotOpen(path: path, reason: "its journal: \(String(cString: strerror(errno)))")
    }
    for end in LogDraft.sideFiles { unlink(path + end) }
    SigningKeyFile.syncFolder(of: path)
  }
}
