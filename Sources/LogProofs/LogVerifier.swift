import Foundation
import JSON

/// Checks a log record by record against its signed checkpoints; needs memory for the tree's edge only.
///
/// Feed every record in order of its number, then ``finish()``. What it trusts is the public key it is given and
/// the keys that rotation records under that key introduce.
public struct LogVerifier {
  /// A checkpoint from outside: one seen, kept or witnessed elsewhere.
  public struct Outside: Sendable {
    let checkpoint: Checkpoint
    let isSigned: Bool
  }

  /// What is not known of a log without a checkpoint from elsewhere.
  public static let unknownEnd =
    "whether records are missing at the end: give a checkpoint kept elsewhere (--checkpoint)"

  private static let envelope: Set<String> = ["kind", "session", "monotonic_us", "record"]
  /// Kinds whose content the check itself needs.
  private static let telling: Set<String> = [
    "key_rotation", "snapshot", "erasure", "segment_start", "segment_end", "segment_removed",
  ]
  /// Kinds that stand between sessions, under a name of their own.
  private static let upkeep: Set<String> = [
    "key_rotation", "erasure", "segment_start", "segment_end", "segment_removed",
  ]
  /// More faults than this are not listed.
  private static let mostFindings = 1000

  private let origin: String
  private var trusted: [NotePublicKey]
  private let witnesses: [NotePublicKey]
  private var checkpoints: ArraySlice<(size: UInt64, note: [UInt8]?)>
  private var cosignatures: [UInt64: [SignedNote.Signature]]
  private var outside: ArraySlice<Outside>
  private var tree = CompactTree()
  private var report = VerificationReport()
  private var isTreeUsable = true
  private var changedSinceCheckpoint: [UInt64] = []
  private var lastGoodSize: UInt64 = 0
  private var untrusted: [(size: UInt64, signers: String)] = []
  private var hasTrustedCheckpoint = false
  private let isUnsigned: Bool
  private var session = ""
  private var sessionIsOpen = false
  private var monotonic: Int64 = .min
  // What takes something away counts from the checkpoint that signs it.
  private var pendingRotations: [NotePublicKey] = []
  private var pendingErasures: [SegmentLinks.Erasure] = []
  private var pendingRemovals: [SegmentLinks.Removal] = []
  private var snapshotHashes: [Int64: (record: UInt64, sha256: String)] = [:]
  private var erasures: Set<Int64> = []
  private var links = SegmentLinks()
  private var continued: String?

  /// Prepares to check a log.
  /// - Parameters:
  ///   - origin: the name the log gives itself.
  ///   - keys: the public key trusted, and those that it introduced elsewhere.
  ///   - checkpoints: those stored in the log, in any order; the note's exact bytes, nil when it is no text.
  ///   - cosignatures: signature lines kept beside the checkpoints of a size. A wrong one breaks nothing.
  ///   - outside: signed checkpoints from elsewhere.
  ///   - witnesses: public keys of witnesses trusted.
  public init(
    origin: String, keys: [NotePublicKey], checkpoints: [(size: Int64, note: [UInt8]?)],
    cosignatures: [UInt64: [SignedNote.Signature]] = [:], outside: [SignedNote], witnesses: [NotePublicKey]
  ) {
    (self.origin, trusted, self.witnesses) = (origin, keys, witnesses)
    self.cosignatures = cosignatures
    for one in checkpoints where one.size < 0 {
      report.findings.append(
        .init(.checkpoint, record: nil, "a checkpoint is of \(one.size) records: there is no such log"))
    }
    self.checkpoints =
      checkpoints.filter { $0.size >= 0 }.map { (UInt64($0.size), $0.note) }.sorted { $0.0 < $1.0 }[...]
    isUnsigned = checkpoints.isEmpty
    var given: [Outside] = []
    for note in outside {
      guard let checkpoint = try? Checkpoint(body: note.body) else {
        report.findings.append(.init(.checkpoint, record: nil, "the outside checkpoint is malformed"))
        continue
      }
      given.append(Outside(checkpoint: checkpoint, isSigned: keys.contains { note.isSigned(by: $0) }))
      if !checkpoint.origin.utf8.elementsEqual(origin.utf8) {
        report.findings.append(
          .init(.diverged, record: nil, "the outside checkpoint is of the log \(checkpoint.origin)"))
      }
    }
    self.outside = given.sorted { $0.checkpoint.size < $1.checkpoint.size }[...]
    report.origin = origin
    if given.isEmpty {
      report.unchecked.append(Self.unknownEnd)
    }
  }

  /// Takes the next record: its number, the leaf hash stored beside it, and its bytes; nil for what is of another type.
  /// The numbers must rise.
  public mutating func add(number: Int64, leaf stored: [UInt8]?, body: [UInt8]?) {
    if tree.size == 0, isTreeUsable { checkReached() }
    guard number >= 0 else {
      return find(.moved, nil, "there is a record numbered \(number): no log has such a place")
    }
    let expected = report.records
    let place = UInt64(number)
    if place != expected {
      if isTreeUsable {
        if place > expected {
          find(.missing, expected, to: place - 1, "missing")
        } else {
          find(.missing, expected, "number \(number) comes again")
        }
      }
      isTreeUsable = false
      report.records = place
    }
    report.records += 1
    let leaf = TreeHash.leaf(body ?? [])
    if body == nil {
      find(.changed, place, "its content is no text: it was changed")
      changedSinceCheckpoint.append(place)
    } else if leaf.bytes != stored {
      find(.changed, place, "its content does not match the hash stored with it: it was changed")
      changedSinceCheckpoint.append(place)
    }
    // A record whose content alone was changed keeps its old hash; going on with that shows whether the rest holds.
    tree.append(stored.flatMap { TreeHash($0) } ?? leaf)
    if let body { readContent(body, place) }
    if isTreeUsable { checkReached() }
  }

  /// Ends the check: what the checkpoints after the last record say, and what could not be checked.
  public mutating func finish() -> VerificationReport {
    if tree.size == 0, isTreeUsable { checkReached() }
    if let first = checkpoints.first, isTreeUsable {
      find(
        .truncated, report.records,
        "missing: the log ends here, and its own checkpoint covers \(first.size) records")
    }
    for given in outside where given.checkpoint.size > report.records {
      find(
        .truncated, report.records,
        "missing: the log ends here, and the outside checkpoint covers \(given.checkpoint.size) records"
          + " (cut off or rolled back)")
    }
    if !isTreeUsable {
      report.unchecked.append("checkpoints after the first missing record: the tree cannot be made")
    }
    checkWhetherSigned()
    if report.records > lastGoodSize, isTreeUsable, lastGoodSize > 0 {
      report.unchecked.append(
        "\(LogFinding.span(lastGoodSize, report.records - 1)): no checkpoint covers them yet"
          + " (the session runs, or was cut off)"
      )
    }
    for one in untrusted {
      if one.size <= lastGoodSize {
        report.unchecked.append(
          "the signature of the checkpoint of \(one.size) records by \(one.signers): a later good one covers it"
        )
      } else {
        find(
          .signature, nil,
          "the checkpoint of \(one.size) records is signed by \(one.signers), not by \(trusted[0].label)")
      }
    }
    if witnesses.isEmpty { report.unchecked.append("witnesses: none given (--witness)") }
    report.findings.sort { ($0.record ?? .max) < ($1.record ?? .max) }
    if isTreeUsable { links.end = Checkpoint(origin: origin, size: tree.size, root: tree.root) }
    (report.links, report.keys) = (links, trusted)
    return report
  }

  /// Takes a kept picture: its number and the hash of its encrypted bytes, nil when erased. After all records.
  public mutating func addSnapshot(number: Int64, sha256: String?) {
    guard let known = snapshotHashes.removeValue(forKey: number) else {
      find(.snapshot, nil, "snapshot \(number) is in the file, and no record tells of it")
      return
    }
    switch sha256 {
    case .some(known.sha256): report.snapshots += 1
    case .some: find(.snapshot, known.record, "snapshot \(number) is not the picture that was recorded")
    case .none where erasures.contains(number): report.erased += 1
    case .none:
      var finding = LogFinding(
        .snapshot, record: known.record, "snapshot \(number) is gone, and no record tells of its erasure")
      finding.erasedPicture = number
      report.findings.append(finding)
    }
  }

  /// All pictures were taken; those left have no row at all.
  public mutating func finishSnapshots() {
    for (number, known) in snapshotHashes.sorted(by: { $0.key < $1.key }) {
      find(.snapshot, known.record, "snapshot \(number) is missing from the file")
    }
  }

  private mutating func checkWhetherSigned() {
    if report.records == 0, isUnsigned {
      find(
        .checkpoint, nil,
        "the log is empty and unsigned, so it proves nothing: a writer before version 2 was killed over its first"
          + " record (the next session mends it), or everything was taken out")
    } else if !hasTrustedCheckpoint {
      find(
        .signature, nil, "no checkpoint is signed by \(trusted[0].label): made with another key, or unsigned")
    } else if report.records > 0, lastGoodSize == 0, isTreeUsable {
      // The first record is written with a checkpoint in the same transaction.
      find(.checkpoint, 0, "only the empty log is signed: the checkpoints of its records were taken out")
    }
  }

  private mutating func find(
    _ kind: LogFinding.Kind, _ record: UInt64?, to last: UInt64? = nil, _ text: String
  ) {
    if report.findings.count < Self.mostFindings {
      report.findings.append(LogFinding(kind, record: record, to: last, text))
    }
  }

  private mutating func checkReached() {
    while let next = checkpoints.first, next.size <= tree.size {
      checkpoints.removeFirst()
      check(next.note, size: next.size)
    }
    while let given = outside.first, given.checkpoint.size <= tree.size {
      outside.removeFirst()
      if given.checkpoint.root != tree.root {
        let size = given.checkpoint.size
        if size == 0 {
          find(
            .diverged, nil, "the outside checkpoint is of no records and has another root than an empty log")
        } else {
          find(
            .diverged, min(lastGoodSize, size - 1), to: size - 1,
            "not as in the outside checkpoint of \(size) records")
        }
      } else if !given.isSigned {
        report.unchecked.append("the outside checkpoint's signature: it is not by the given key")
      }
    }
  }

  private mutating func check(_ bytes: [UInt8]?, size: UInt64) {
    guard let bytes, let note = try? SignedNote(bytes: bytes),
      let checkpoint = try? Checkpoint(body: note.body),
      checkpoint.size == size, checkpoint.origin.utf8.elementsEqual(origin.utf8)
    else { return find(.checkpoint, nil, "the checkpoint of \(size) records is malformed or of another log") }
    let isTrusted = isSigned(note, size)
    guard checkpoint.root == tree.root else { return reportRoot(size) }
    guard isTrusted else { return }
    hasTrustedCheckpoint = true
    trusted += pendingRotations
    erasures.formUnion(pendingErasures.filter { $0.segment == nil }.map(\.picture))
    links.erasures += pendingErasures.filter { $0.segment != nil }
    links.removals += pendingRemovals
    (pendingRotations, pendingErasures, pendingRemovals) = ([], [], [])
    report.checkpoints += 1
    (report.newest, lastGoodSize) = (checkpoint, size)
    changedSinceCheckpoint = []
    var cosigned = note
    for line in cosignatures.removeValue(forKey: size) ?? [] { cosigned.add(line) }
    for witness in witnesses where cosigned.isSigned(by: witness) { report.cosignatures += 1 }
  }

  private mutating func isSigned(_ note: SignedNote, _ size: UInt64) -> Bool {
    var isTrusted = false
    for key in trusted {
      do {
        try note.check(key)
        isTrusted = true
      } catch .badSignature {
        find(.signature, nil, "the checkpoint of \(size) records has a wrong signature by \(key.label)")
      } catch {}
    }
    if !isTrusted {
      let names = note.signatures.map { "\($0.name)+\(Hexadecimal.text($0.keyID))" }.joined(separator: ", ")
      untrusted.append((size, names))
    }
    return isTrusted
  }

  /// The tree is not the one that was signed: says which record when its own hash tells, else between which it lies.
  private mutating func reportRoot(_ size: UInt64) {
    let text = "changed, inserted or swapped: the tree differs from the signed checkpoint of \(size) records"
    if let changed = changedSinceCheckpoint.first {
      find(.root, changed, text)
    } else if size > lastGoodSize {
      find(.root, lastGoodSize, to: size - 1, text)
    } else {
      find(.root, nil, "the checkpoint of \(size) records has another root than the records before it")
    }
    isTreeUsable = false
    report.unchecked.append("records from \(size) on against later checkpoints")
  }

  private mutating func readContent(_ body: [UInt8], _ place: UInt64) {
    // Of most records only the envelope matters, and a million of them are many.
    guard var record = try? JSONParser.members(Self.envelope, of: body), let kind = record["kind"]?.text,
      let name = record["session"]?.text, let time = record["monotonic_us"]?.int
    else { return find(.changed, place, "it is not a record at all") }
    if record["record"]?.int != Int64(clamping: place) {
      let written = record["record"]?.int.map { "\($0)" } ?? "none"
      find(.moved, place, "it was written as number \(written): moved, swapped or inserted")
    }
    follow(kind, of: name, time: time, place)
    guard Self.telling.contains(kind) else { return }
    do { record = try JSONParser.parse(body) } catch {
      return find(.changed, place, "it is not a record at all")
    }
    switch kind {
    case "key_rotation":
      if let text = record["data"]?["new"]?.text, let key = try? NotePublicKey(text: text) {
        pendingRotations.append(key)
      }
    case "snapshot":
      if let number = record["data"]?["number"]?.int, let hash = record["data"]?["sha256"]?.text {
        snapshotHashes[number] = (place, hash)
      }
    case "erasure":
      if let number = record["data"]?["snapshot"]?.int {
        pendingErasures.append(.init(segment: record["data"]?["segment"]?.int, picture: number))
      }
    default: readLink(kind, record["data"] ?? .null, place)
    }
  }

  private mutating func readLink(_ kind: String, _ data: JSONValue, _ place: UInt64) {
    switch kind {
    case "segment_start":
      let segment = data["segment"]?.int ?? 0
      guard place == 0, (2...SegmentLinks.last).contains(segment),
        let previous = SegmentLinks.checkpoint(data["previous"])
      else {
        return find(.order, place, "it cannot begin a file here")
      }
      (links.segment, links.previous, continued) = (segment, previous, data["session"]?.text)
    case "segment_end": links.next = data["next"]?.text
    case "segment_removed":
      if let segment = data["segment"]?.int, (1...SegmentLinks.last).contains(segment),
        let end = SegmentLinks.checkpoint(data["last"])
      {
        pendingRemovals.append(SegmentLinks.Removal(segment: segment, end: end))
      }
    default: break
    }
  }

  private mutating func follow(_ kind: String, of name: String, time: Int64, _ place: UInt64) {
    if links.next != nil { find(.order, place, "it stands after the record that ends this file") }
    if !name.utf8.elementsEqual(session.utf8) {
      if kind == "session_start" { report.sessions += 1 }
      let goesOn = kind == "session_continued" && place == 1 && name == continued
      if goesOn { (report.sessions, links.isContinued) = (report.sessions + 1, true) }
      if kind != "session_start", !goesOn, !Self.upkeep.contains(kind) {
        find(.order, place, "the session \(name) begins without its first record")
      }
      (session, sessionIsOpen, monotonic) = (name, true, time)
    } else if !sessionIsOpen {
      find(.order, place, "it stands after the last record of its session")
    } else if time < monotonic, !Self.upkeep.contains(kind) {
      find(.order, place, "its time is before that of the record before it")
    }
    monotonic = max(monotonic, time)
    if kind == "session_end" {
      report.finishedSessions += 1
      sessionIsOpen = false
    }
  }
}
