public import LogProofs

/// Checks a log that spans several files: each by itself, and that each belongs to the one before.
public enum LogChain {
  /// The work of one check, the files open.
  private struct Link {
    let log: StoredLog
    /// The file's place by its name; nil for the one being written.
    let named: Int64?
    var report = VerificationReport()
  }

  /// Checks the log at `path` with all its ended files, or only the one file when `path` is an ended one.
  /// The parameters are those of ``StoredLog/verify(keys:outside:witnesses:record:picture:)``.
  public static func verify(
    path: String, key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = [],
    use: StoredLog.Use = .settled,
    picture: (StoredLog, Int64, [UInt8]) -> Void = { _, _, _ in }
  ) throws(StoredLogError) -> VerificationReport {
    try verify(
      try open(path, use), key: key, outside: outside, witnesses: witnesses, picture: picture)
  }

  /// All files of the log at `path`, oldest first.
  public static func open(_ path: String, _ use: StoredLog.Use) throws(StoredLogError) -> [StoredLog] {
    // A log that goes on in another file at this very moment is looked at again.
    for _ in 0..<3 {
      let files = SegmentFiles.ended(path)
      var logs: [StoredLog] = []
      for file in files { logs.append(try StoredLog(path: file.path, use: .settled)) }
      logs.append(try StoredLog(path: path, use: use))
      if SegmentFiles.ended(path) == files { return logs }
    }
    throw .unreadable(path: path, reason: "its files change faster than they can be read")
  }

  /// Checks files that are open, oldest first.
  public static func verify(
    _ logs: [StoredLog], key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = [],
    picture: (StoredLog, Int64, [UInt8]) -> Void = { _, _, _ in }
  ) throws(StoredLogError) -> VerificationReport {
    var links: [Link] = []
    var keys = [key]
    let notes = outside.map { note in (note, origin: (try? Checkpoint(body: note.body))?.origin) }
    for (place, log) in logs.enumerated() {
      // A checkpoint is for the file it names; one that names none is for the newest, which says so.
      let own = notes.filter { note in
        note.origin.map { $0.utf8.elementsEqual(log.origin.utf8) } ?? false
          || place == logs.count - 1
            && !logs.contains { other in note.origin.map { $0.utf8.elementsEqual(other.origin.utf8) } ?? false
            }
      }
      let report = try log.verify(
        keys: keys, outside: own.map(\.0), witnesses: witnesses,
        picture: { picture(log, $0, $1) })
      for key in report.keys where !keys.contains(key) { keys.append(key) }
      let named = place < logs.count - 1 ? number(of: log.path) : nil
      links.append(Link(log: log, named: named, report: report))
    }
    if links.count == 1, links[0].report.links.previous == nil, links[0].report.links.next == nil {
      return links[0].report
    }
    return joined(links)
  }

  /// The number in the name of an ended file.
  private static func number(of path: String) -> Int64? {
    guard let point = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let digits = path.utf8[path.utf8.index(after: point)...]
    guard digits.count >= 6, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(String(decoding: digits, as: UTF8.self))
  }

  // MARK: Joining

  private static func joined(_ links: [Link]) -> VerificationReport {
    var links = links
    if links.count == 1, number(of: links[0].log.path) != nil {
      // One ended file, looked at for itself.
      excuseErasures(&links[0].report) { _ in true }
      if links[0].report.erased > 0 {
        links[0].report.unchecked.append(
          "whether pictures were erased on purpose: a later file may have the records")
      }
      links[0].report.unchecked.append(
        "the files before and after this one: give the log itself to check all")
      return sum(links, [], [])
    }
    let removals = links.flatMap(\.report.links.removals)
    var findings: [LogFinding] = []
    var removed: [Int64] = []
    func find(_ kind: LogFinding.Kind, _ place: Int, _ text: String) {
      var finding = LogFinding(kind, record: nil, text)
      finding.segment = links[place].report.links.segment
      findings.append(finding)
    }
    for place in links.indices {
      let here = links[place].report.links
      if let named = links[place].named, named != here.segment {
        find(.moved, place, "\(links[place].log.path) is not the file of that number")
      }
      let before = place > 0 ? links[place - 1].report.links : nil
      let expected = (before?.segment ?? 0) + 1
      if here.segment == expected {
        guard let before else { continue }
        if here.previous != before.end || before.next.map({ !same($0, here) }) ?? true {
          find(.diverged, place, "it does not go on where the file before it ends")
        }
      } else if here.segment > expected,
        // Files go oldest first, so the record of the last one taken away stands for those before it.
        removals.contains(where: { $0.segment == here.segment - 1 && $0.end == here.previous })
      {
        removed += Array(expected..<here.segment)
      } else if here.segment > expected {
        let names =
          here.segment - 1 > expected ? "files \(expected) to \(here.segment - 1) are" : "file \(expected) is"
        find(
          .missing, place, "\(names) missing before it, and no signed record says that this was on purpose")
      } else {
        find(.moved, place, "it cannot come after file \(before?.segment ?? 0)")
      }
    }
    func same(_ next: String, _ here: SegmentLinks) -> Bool {
      here.end.map { $0.origin.utf8.elementsEqual(next.utf8) } ?? true
    }
    if let next = links.last?.report.links.next {
      find(.truncated, links.count - 1, "it was ended, and the file after it, \(next), is missing")
    }
    let erased = Set(links.flatMap(\.report.links.erasures))
    for place in links.indices {
      let segment = links[place].report.links.segment
      excuseErasures(&links[place].report) { erased.contains(.init(segment: segment, picture: $0)) }
    }
    vouch(&links)
    return sum(links, findings, removed)
  }

  /// Pictures that are gone from an ended file, with a record of it in a later one.
  private static func excuseErasures(_ report: inout VerificationReport, _ isOnRecord: (Int64) -> Bool) {
    let before = report.findings.count
    report.findings.removeAll { $0.erasedPicture.map(isOnRecord) ?? false }
    report.erased += before - report.findings.count
  }

  /// A file signed by a key before the one given is vouched for by the good file after it, which names its last state.
  private static func vouch(_ links: inout [Link]) {
    for place in links.indices.dropLast().reversed() {
      let (here, after) = (links[place].report, links[place + 1].report)
      guard after.isGood, !here.isGood, here.findings.allSatisfy({ $0.kind == .signature }),
        let end = here.links.end, after.links.previous == end
      else { continue }
      links[place].report.findings = []
      links[place].report.unchecked.append(
        "the signatures in file \(here.links.segment), by another key: the file after it names its last state"
      )
    }
  }

  private static func sum(
    _ links: [Link], _ findings: [LogFinding], _ removed: [Int64]
  ) -> VerificationReport {
    var whole = links.last?.report ?? VerificationReport()
    whole.findings = []
    whole.unchecked = []
    whole.files = links.count
    whole.removed = removed
    whole.records = 0
    (whole.sessions, whole.finishedSessions, whole.checkpoints) = (0, 0, 0)
    (whole.cosignatures, whole.snapshots, whole.erased) = (0, 0, 0)
    for (place, link) in links.enumerated() {
      let report = link.report
      // A record of a changed file may have any number.
      let (records, isBeyond) = whole.records.addingReportingOverflow(report.records)
      whole.records = isBeyond ? .max : records
      whole.sessions += report.sessions - (report.links.isContinued && place > 0 ? 1 : 0)
      whole.finishedSessions += report.finishedSessions
      whole.checkpoints += report.checkpoints
      whole.cosignatures += report.cosignatures
      whole.snapshots += report.snapshots
      whole.erased += report.erased
      whole.findings += report.findings.map { finding in
        var finding = finding
        finding.segment = report.links.segment
        return finding
      }
      // The file after it says where this one ends.
      let isLast = place == links.count - 1
      for line in report.unchecked where isLast || line != LogVerifier.unknownEnd {
        if !whole.unchecked.contains(line) { whole.unchecked.append(line) }
      }
    }
    whole.findings += findings
    whole.findings.sort { ($0.segment ?? 0, $0.record ?? .max) < ($1.segment ?? 0, $1.record ?? .max) }
    return whole
  }
}
