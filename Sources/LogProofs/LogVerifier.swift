import Foundation

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

  private static let envelope: Set<String> = ["kind", "session", "monotonic_us", "record"]
  /// Kinds whose content the check itself needs.
  private static let telling: Set<String> = ["key_rotation", "snapshot", "erasure"]

  private let origin: String
  private var trusted: [NotePublicKey]
  private let witnesses: [NotePublicKey]
  private var checkpoints: ArraySlice<(size: UInt64, note: String)>
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
  private var pendingRotations: [NotePublicKey] = []
  private var snapshotHashes: [Int64: (record: UInt64, sha256: String)] = [:]
  private var erasures: Set<Int64> = []

  /// Prepares to check a log.
  /// - Parameters:
  ///   - origin: the name the log gives itself.
  ///   - key: the public key trusted.
  ///   - checkpoints: those stored in the log, each with cosignature lines added, in any order.
  ///   - outside: signed checkpoints from elsewhere.
  ///   - witnesses: public keys of witnesses trusted.
  public init(
    origin: String, key: NotePublicKey, checkpoints: [(size: UInt64, note: String)], outside: [SignedNote],
    witnesses: [NotePublicKey]
  ) {
    (self.origin, trusted, self.witnesses) = (origin, [key], witnesses)
    self.checkpoints = checkpoints.sorted { $0.size < $1.size }[...]
    isUnsigned = checkpoints.isEmpty
    var given: [Outside] = []
    for note in outside {
      guard let checkpoint = try? Checkpoint(body: note.body) else {
        report.findings.append(.init(.checkpoint, record: nil, "the outside checkpoint is malformed"))
        continue
      }
      given.append(Outside(checkpoint: checkpoint, isSigned: note.isSigned(by: key)))
      if checkpoint.origin != origin {
        report.findings.append(
          .init(.diverged, record: nil, "the outside checkpoint is of the log \(checkpoint.origin)"))
      }
    }
    self.outside = given.sorted { $0.checkpoint.size < $1.checkpoint.size }[...]
    report.origin = origin
    if given.isEmpty {
      report.unchecked.append(
        "whether records are missing at the end: give a checkpoint kept elsewhere (--checkpoint)")
    }
  }

  /// Takes the next record: its number, the leaf hash stored beside it, and its bytes.
  public mutating func add(number: Int64, leaf stored: [UInt8], body: [UInt8]) {
    if tree.size == 0, isTreeUsable { checkReached() }
    let expected = report.records
    let place = UInt64(clamping: number)
    if place != expected {
      if isTreeUsable {
        let last = place > expected + 1 ? " to \(place - 1)" : ""
        find(
          .missing, expected,
          place > expected ? "missing\(last.isEmpty ? "" : last)" : "number \(number) comes again")
      }
      isTreeUsable = false
      report.records = place
    }
    report.records += 1
    let leaf = TreeHash.leaf(body)
    if leaf.bytes != stored {
      find(.changed, place, "its content does not match the hash stored with it: it was changed")
      changedSinceCheckpoint.append(place)
    }
    // A record whose content alone was changed keeps its old hash; going on with that shows whether the rest holds.
    tree.append(TreeHash(stored) ?? leaf)
    readContent(body, place)
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
        "records \(lastGoodSize) to \(report.records - 1): no checkpoint covers them yet (the session runs, or was cut off)"
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
      find(.snapshot, known.record, "snapshot \(number) is gone, and no record tells of its erasure")
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

  private mutating func find(_ kind: LogFinding.Kind, _ record: UInt64?, _ text: String) {
    if report.findings.count < 1000 { report.findings.append(LogFinding(kind, record: record, text)) }
  }

  private mutating func checkReached() {
    while let next = checkpoints.first, next.size <= tree.size {
      checkpoints.removeFirst()
      check(next.note, size: next.size)
    }
    while let given = outside.first, given.checkpoint.size <= tree.size {
      outside.removeFirst()
      if given.checkpoint.root != tree.root {
        find(
          .diverged, lastGoodSize,
          "from here to \(given.checkpoint.size - 1) the records are not those of the outside checkpoint")
      } else if !given.isSigned {
        report.unchecked.append("the outside checkpoint's signature: it is not by the given key")
      }
    }
  }

  private mutating func check(_ text: String, size: UInt64) {
    guard let note = try? SignedNote(text: text), let checkpoint = try? Checkpoint(body: note.body),
      checkpoint.size == size, checkpoint.origin == origin
    else { return find(.checkpoint, nil, "the checkpoint of \(size) records is malformed or of another log") }
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
    guard checkpoint.root == tree.root else {
      let range = size - lastGoodSize == 1 ? "" : " (or one up to \(size - 1))"
      find(
        .root, changedSinceCheckpoint.first ?? lastGoodSize,
        "changed, inserted or swapped\(range): the tree differs from the signed checkpoint of \(size) records"
      )
      isTreeUsable = false
      report.unchecked.append("records from \(size) on against later checkpoints")
      return
    }
    guard isTrusted else { return }
    hasTrustedCheckpoint = true
    trusted += pendingRotations
    pendingRotations = []
    report.checkpoints += 1
    (report.newest, lastGoodSize) = (checkpoint, size)
    changedSinceCheckpoint = []
    for witness in witnesses where note.isSigned(by: witness) { report.cosignatures += 1 }
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
      if let number = record["data"]?["snapshot"]?.int { erasures.insert(number) }
    default: break
    }
  }

  private mutating func follow(_ kind: String, of name: String, time: Int64, _ place: UInt64) {
    if name != session {
      // Work between sessions (rotation, erasure) stands under a name of its own and opens none.
      if kind == "session_start" { report.sessions += 1 }
      if kind != "session_start", !["key_rotation", "erasure"].contains(kind) {
        find(.order, place, "the session \(name) begins without its first record")
      }
      (session, sessionIsOpen, monotonic) = (name, true, time)
    } else if !sessionIsOpen {
      find(.order, place, "it stands after the last record of its session")
    } else if time < monotonic {
      find(.order, place, "its time is before that of the record before it")
    }
    monotonic = max(monotonic, time)
    if kind == "session_end" {
      report.finishedSessions += 1
      sessionIsOpen = false
    }
  }
}
