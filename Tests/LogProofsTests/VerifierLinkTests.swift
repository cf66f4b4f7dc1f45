import JSON
import LogProofs
import Testing
import VigilTesting

/// What a log says of keys, pictures, sessions and other files, and what the verifier believes of it.
@Suite struct VerifierLinkTests {
  private func log() throws -> MadeLog { try #require(MadeLog()) }

  // MARK: Outside checkpoints and witnesses

  @Test func anOutsideCheckpointIsHeldAgainstTheTree() throws {
    var log = try log()
    log.session(middle: 4)
    log.sign()
    let good = log.verify(outside: [log.signed(3), log.signed(6)])
    #expect(good.isGood && !good.unchecked.contains(LogVerifier.unknownEnd), "\(good.lines)")
    var longer = log
    longer.append("session_start", session: "s2")
    let cut = log.verify(outside: [longer.signed()])
    #expect(cut.findings.map(\.kind) == [.truncated] && cut.firstBadRecord == 6)
    #expect(cut.findings[0].text.contains("covers 7 records (cut off or rolled back)"))
    // Another history of the same length, from where both are known to agree.
    var other = try #require(MadeLog())
    other.key = log.key
    other.session(middle: 2)
    let differs = log.verify(outside: [other.signed(4)])
    #expect(differs.findings.map(\.kind) == [.diverged] && differs.findings[0].record == 0)
    #expect(differs.findings[0].last == 3)
  }

  @Test func anOutsideCheckpointOfAnotherLogOrKeyIsTold() throws {
    var log = try log()
    log.session()
    log.sign()
    let stranger = try #require(NotePrivateKey(name: "stranger"))
    let unsigned = log.verify(outside: [log.signed(by: stranger)])
    #expect(unsigned.isGood)
    #expect(unsigned.unchecked.contains("the outside checkpoint's signature: it is not by the given key"))
    var named = log
    named.origin = "vigil.log/b"
    let report = log.verify(outside: [named.signed()])
    #expect(report.findings.contains { $0.kind == .diverged && $0.text.contains("of the log vigil.log/b") })
    let broken = log.verify(outside: [SignedNote(body: "no checkpoint\n")])
    #expect(broken.findings.map(\.kind) == [.checkpoint])
    var empty = SignedNote(body: Checkpoint(origin: log.origin, size: 0, root: .leaf([1])).body)
    _ = empty.sign(with: log.key)
    #expect(log.verify(outside: [empty]).findings.map(\.kind) == [.diverged])
  }

  @Test func witnessesAreCountedAndAWrongOneBreaksNothing() throws {
    var log = try log()
    log.session()
    log.sign()
    let witness = try #require(NotePrivateKey(name: "witness", algorithm: .cosignature))
    var note = SignedNote(body: log.checkpoint().body)
    _ = note.cosign(with: witness, time: 5)
    log.cosignatures = [(4, try #require(note.signatures.first).line)]
    #expect(log.verify(witnesses: [witness.publicKey]).cosignatures == 1)
    #expect(log.verify().cosignatures == 0)
    var other = SignedNote(body: log.checkpoint(3).body)
    _ = other.cosign(with: witness, time: 5)
    log.cosignatures = [(4, try #require(other.signatures.first).line)]
    let report = log.verify(witnesses: [witness.publicKey])
    #expect(report.isGood && report.cosignatures == 0)
  }

  // MARK: Keys

  /// A new key counts from the checkpoint that signs its record, and not before.
  @Test func aRotationCountsOnceItIsSigned() throws {
    var log = try log()
    let next = try #require(NotePrivateKey(name: "vigil.log/made"))
    log.session()
    log.append("key_rotation", session: "upkeep", data: .object(["new": .string("\(next.publicKey)")]))
    log.sign()
    log.session("s2")
    log.sign(by: next)
    let report = log.verify()
    #expect(report.isGood && report.keys == [log.key.publicKey, next.publicKey], "\(report.lines)")
    // Signed by the new key alone, the record that introduces it introduces nothing.
    log.checkpoints = []
    log.sign(by: next)
    #expect(log.verify().keys == [log.key.publicKey] && !log.verify().isGood)
  }

  // MARK: Pictures

  @Test func picturesAreWhatTheirRecordsSay() throws {
    var log = try log()
    log.append("session_start")
    for number in 1...4 {
      log.append(
        "snapshot", data: .object(["number": .integer(Int64(number)), "sha256": .string("h\(number)")]))
    }
    log.append("erasure", session: "upkeep", data: .object(["snapshot": 2]))
    log.sign()
    let report = log.verify(hashes: [(1, "h1"), (2, nil), (3, "other"), (9, "h9")])
    #expect(report.snapshots == 1 && report.erased == 1)
    let texts = report.findings.map(\.text)
    #expect(texts.contains("snapshot 3 is not the picture that was recorded"))
    #expect(texts.contains("snapshot 9 is in the file, and no record tells of it"))
    #expect(texts.contains("snapshot 4 is missing from the file") && texts.count == 3)
    // Without a record of its erasure a missing picture is a fault that a later file may excuse.
    let gone = log.verify(hashes: [(1, nil), (2, nil), (3, "h3"), (4, "h4")])
    #expect(gone.findings.count == 1 && gone.findings[0].erasedPicture == 1)
    #expect(gone.findings[0].text.contains("no record tells of its erasure"))
    // An erasure that is not signed yet excuses nothing.
    log.checkpoints = []
    log.sign(by: log.key)
    log.append("erasure", session: "upkeep", data: .object(["snapshot": 1]))
    #expect(log.verify(hashes: [(1, nil), (2, nil), (3, "h3"), (4, "h4")]).erased == 1)
  }

  // MARK: Order of records

  private func orderFaults(_ build: (inout MadeLog) -> Void) throws -> [UInt64?] {
    var log = try log()
    build(&log)
    log.sign()
    let report = log.verify()
    #expect(report.findings.allSatisfy { $0.kind == .order }, "\(report.lines)")
    return report.findings.map(\.record)
  }

  @Test func sessionsBeginAndEndInOrder() throws {
    #expect(try orderFaults { $0.append("summary") } == [0])
    #expect(
      try orderFaults {
        $0.session()
        $0.append("summary")
      } == [4])
    #expect(
      try orderFaults {
        $0.append("session_start")
        $0.append("summary", seconds: -5)
      } == [1])
    // Upkeep stands between sessions under a name of its own, and has no clock to keep.
    #expect(
      try orderFaults {
        $0.session()
        $0.append("erasure", session: "upkeep", seconds: 90)
        $0.append("erasure", session: "upkeep", seconds: 1)
        $0.session("s2")
      } == [])
    // Each session has a clock of its own.
    #expect(
      try orderFaults {
        $0.append("session_start", seconds: 100)
        $0.append("session_start", session: "s2", seconds: 1)
      } == [])
  }

  // MARK: Links to other files

  @Test func aFileThatGoesOnSaysWhere() throws {
    var first = try log()
    first.append("session_start")
    first.append("segment_end", session: "upkeep", data: .object(["next": "vigil.log/made#2"]))
    first.sign()
    #expect(first.verify().isGood && first.verify().links.next == "vigil.log/made#2")
    first.append("session_start", session: "s2")
    first.sign()
    #expect(first.verify().findings.map(\.kind) == [.order])

    var second = try #require(MadeLog(origin: "vigil.log/made#2"))
    let end = first.checkpoint(2)
    second.append(
      "segment_start", session: "upkeep",
      data: .object(["segment": 2, "previous": end.json, "session": "s1"]))
    second.append("session_continued")
    second.append("session_end")
    second.sign()
    let report = second.verify()
    #expect(report.isGood, "\(report.lines)")
    #expect(report.links.segment == 2 && report.links.previous == end && report.links.isContinued)
    #expect(report.sessions == 1 && report.finishedSessions == 1)
  }

  @Test func aBeginningThatCannotBeIsNamed() throws {
    let end = Checkpoint(origin: "o", size: 3, root: .leaf([1]))
    func begun(_ data: [String: JSONValue], at place: Int = 0) throws -> [LogFinding.Kind] {
      var log = try log()
      for _ in 0..<place { log.append("session_start") }
      log.append("segment_start", session: "upkeep", data: .object(data))
      log.sign()
      return log.verify().findings.map(\.kind)
    }
    #expect(try begun(["segment": 2, "previous": end.json]) == [])
    #expect(try begun(["segment": 1, "previous": end.json]) == [.order])
    // Places are counted and listed: one that cannot be is not believed.
    #expect(try begun(["segment": .integer(SegmentLinks.last), "previous": end.json]) == [])
    for place in [SegmentLinks.last + 1, .max, 0, -1, .min] {
      #expect(try begun(["segment": .integer(place), "previous": end.json]) == [.order], "\(place)")
    }
    #expect(try begun(["segment": 2]) == [.order])
    #expect(
      try begun(["segment": 2, "previous": .object(["origin": "o", "size": -1, "root": "x"])]) == [.order])
    #expect(try begun(["segment": 2, "previous": end.json], at: 1) == [.order])
    // A session goes on only where the file before said so.
    var other = try log()
    other.append(
      "segment_start", session: "upkeep",
      data: .object(["segment": 2, "previous": end.json, "session": "s1"]))
    other.append("session_continued", session: "s9")
    other.sign()
    #expect(other.verify().findings.map(\.kind) == [.order])
  }

  @Test func removalsAndErasuresElsewhereCountOnceSigned() throws {
    let end = Checkpoint(origin: "o", size: 3, root: .leaf([1]))
    var log = try log()
    log.append("segment_removed", session: "upkeep", data: .object(["segment": 1, "last": end.json]))
    log.append("erasure", session: "upkeep", data: .object(["snapshot": 5, "segment": 1]))
    log.sign()
    log.append("segment_removed", session: "upkeep", data: .object(["segment": 2, "last": end.json]))
    let links = log.verify().links
    #expect(
      links.removals == [.init(segment: 1, end: end)] && links.erasures == [.init(segment: 1, picture: 5)])
  }
}
