import Foundation
import JSON
import LogFiles
import LogProofs

/// Takes ended files away, oldest first, each after it was verified and with a signed record that says what it was.
enum SegmentRetention {
  /// Applies a rule; what was taken away. `byHand`: an operator asked for it.
  static func apply(
    _ rule: SegmentRule, _ writer: LogWriter, at now: ClockReading, session: String, byHand: Bool = false
  ) throws(LogError) -> [SegmentRemoval] {
    guard rule.keepDays != nil || rule.keepBytes != nil else { return [] }
    var removed: [SegmentRemoval] = []
    var files = SegmentFiles.ended(writer.path)
    var total = files.reduce(writer.bytes) { $0 + bytes($1.path) }
    while let file = files.first {
      let isOver = rule.keepBytes.map { total > $0 } ?? false
      guard let end = try examine(file, writer, limit: rule.keepDays.map { now.text(daysBefore: $0) }, isOver)
      else { break }
      var removal = end
      removal.archive = rule.archive.map { "\($0)/\(URL(fileURLWithPath: file.path).lastPathComponent)" }
      if byHand { removal.reason = "operator" }
      let record = StampedRecord(session: session, stamp: now, record: .segmentRemoved(removal))
      try checkArchive(removal, writer)
      try writer.write([record], signing: true)
      let size = bytes(file.path)
      try takeAway(file.path, to: removal.archive, writer)
      total -= size
      removed.append(removal)
      files.removeFirst()
    }
    return removed
  }

  /// What the file is, when it is to go. Its times count only after it was verified.
  private static func examine(
    _ file: SegmentFiles.File, _ writer: LogWriter, limit: String?, _ isOver: Bool
  ) throws(LogError) -> SegmentRemoval? {
    do throws(StoredLogError) {
      let stored = try StoredLog(path: file.path)
      let newest = try stored.newestNumber() ?? 0
      var wall = ""
      try stored.forEachRecord(from: newest, limit: 1) { _, _, body in
        wall = text(body)
        return false
      }
      let isOld = limit.map { !$0.utf8.lexicographicallyPrecedes(wall.utf8) } ?? false
      guard isOld || isOver else { return nil }
      var span = (from: "", to: "")
      let report = try writer.trusted(stored) { record in
        if record.number == 0 { span.from = text(record.body) }
        if record.number == newest { span.to = text(record.body) }
      }
      let isGood = report.findings.allSatisfy { $0.erasedPicture != nil }
      guard isGood, let last = report.links.end, report.links.segment == file.number, span.to == wall else {
        let reason = report.findings.first.map { "\($0)" } ?? "it is not file \(file.number ?? 0) of this log"
        throw .tampered(path: file.path, reason: "it is not taken away: \(reason)")
      }
      return SegmentRemoval(
        segment: report.links.segment, last: last, span: span, reason: isOld ? "age" : "size", archive: nil)
    } catch { throw LogError(error) }
  }

  private static func text(_ body: [UInt8]?) -> String {
    body.flatMap { try? JSONParser.members(["wall"], of: $0) }?["wall"]?.text ?? ""
  }

  private static func checkArchive(_ removal: SegmentRemoval, _ writer: LogWriter) throws(LogError) {
    guard let archive = removal.archive else { return }
    let folder = URL(fileURLWithPath: archive).deletingLastPathComponent().path
    guard access(folder, W_OK | X_OK) == 0 else {
      let reason = String(cString: strerror(errno))
      throw .cannotOpen(path: writer.path, reason: "ended files cannot be moved to \(folder): \(reason)")
    }
    guard access(archive, F_OK) != 0 else {
      throw .cannotOpen(path: writer.path, reason: "\(archive) is there already; it is not replaced")
    }
  }

  private static func takeAway(
    _ path: String, to archive: String?, _ writer: LogWriter
  ) throws(LogError) {
    for end in ["-wal", ""] where access(path + end, F_OK) == 0 {
      do {
        if let archive {
          try FileManager.default.moveItem(atPath: path + end, toPath: archive + end)
        } else {
          try FileManager.default.removeItem(atPath: path + end)
        }
      } catch {
        throw .writeFailed(
          path: path + end, committed: writer.size,
          reason: "it cannot be taken away: \(error.localizedDescription)")
      }
    }
    unlink(path + "-shm")
    if let archive { SigningKeyFile.syncFolder(of: archive) }
    SigningKeyFile.syncFolder(of: path)
  }

  private static func bytes(_ path: String) -> Int { LogDraft.size(path) + LogDraft.size(path + "-wal") }
}
