import JSON
import LogProofs
import Testing
import VigilTesting

/// What the verifier says of records, right and wrong, without any file.
@Suite struct VerifierTests {
  private func log() throws -> MadeLog { try #require(MadeLog()) }

  private func signedSession() throws -> MadeLog {
    var log = try log()
    log.session()
    log.sign()
    return log
  }

  @Test func aSignedSessionIsGood() throws {
    let log = try signedSession()
    let report = log.verify()
    #expect(report.isGood, "\(report.lines)")
    #expect(
      report.records == 4 && report.sessions == 1 && report.finishedSessions == 1 && report.checkpoints == 1)
    #expect(report.newest == log.checkpoint() && report.links.end == log.checkpoint())
    #expect(report.keys == [log.key.publicKey] && report.firstBadRecord == nil)
    #expect(report.unchecked == [LogVerifier.unknownEnd, "witnesses: none given (--witness)"])
    #expect(
      report.lines == [
        "log vigil.log/made: 4 records, 1 sessions (1 ended in order)",
        "checked: 1 signed checkpoints, 0 cosignatures, 0 snapshots (and 0 erased on record)",
        "not checked: \(LogVerifier.unknownEnd)", "not checked: witnesses: none given (--witness)",
        "newest checkpoint: 4 records, root \(log.checkpoint().root.hex)",
        "verified: every signed record is as it was written",
      ])
  }

  @Test func recordsAfterTheLastCheckpointAreNamedAsUnchecked() throws {
    var log = try signedSession()
    log.append("session_start", session: "s2")
    log.append("summary", session: "s2")
    let report = log.verify()
    #expect(report.isGood && report.sessions == 2 && report.finishedSessions == 1)
    #expect(report.unchecked.contains { $0.hasPrefix("records 4 to 5: no checkpoint covers them yet") })
  }

  // MARK: Nothing signed

  @Test func anEmptyLogProvesNothingUnlessItIsSigned() throws {
    var log = try log()
    #expect(log.verify().findings.map(\.kind) == [.checkpoint])
    log.sign()
    #expect(log.verify().isGood)
    // Signed empty, and then records without a checkpoint: theirs were taken out.
    log.session()
    #expect(log.verify().findings.map(\.kind) == [.checkpoint])
    #expect(log.verify().firstBadRecord == 0)
  }

  @Test func recordsWithoutACheckpointAreUnsigned() throws {
    var log = try log()
    log.session()
    let report = log.verify()
    #expect(report.findings.map(\.kind) == [.signature])
    #expect(report.findings[0].text.contains(log.key.publicKey.label))
  }

  @Test func anUnknownKeyIsNoSignature() throws {
    var log = try log()
    log.session()
    let stranger = try #require(NotePrivateKey(name: "stranger"))
    log.sign(by: stranger)
    let report = log.verify()
    #expect(
      report.findings.allSatisfy { $0.kind == .signature } && report.findings.count == 2, "\(report.lines)")
    #expect(report.findings.contains { $0.text.contains(stranger.publicKey.label) })
    // Covered by a later good checkpoint it is only worth a remark.
    log.append("session_start", session: "s2")
    log.sign()
    let covered = log.verify()
    #expect(covered.isGood && covered.unchecked.contains { $0.contains("a later good one covers it") })
  }

  // MARK: Changed records

  @Test func aChangedBodyAChangedHashAndBothAreTold() throws {
    let good = try signedSession()
    var changed = good
    changed.rows[2].body = changed.rows[1].body
    var report = changed.verify()
    #expect(report.findings.contains { $0.kind == .changed && $0.record == 2 })
    changed = good
    changed.rows[2].leaf = changed.rows[1].leaf
    report = changed.verify()
    #expect(
      report.findings.prefix(2).map(\.kind) == [.changed, .root]
        && report.findings.prefix(2).allSatisfy { $0.record == 2 })
    #expect(report.unchecked.contains("records from 4 on against later checkpoints"))
    // With a hash that fits nobody can say which one it is, only between which it lies.
    changed = good
    let body = CanonicalJSON.bytes(
      .object(["kind": "summary", "session": "s1", "monotonic_us": 2_000_000, "record": 2, "data": "x"]))
    (changed.rows[2].body, changed.rows[2].leaf) = (body, TreeHash.leaf(body).bytes)
    report = changed.verify()
    #expect(
      report.findings[0].kind == .root && report.findings[0].record == 0 && report.findings[0].last == 3
    )
    #expect(report.findings[0].description.hasPrefix("records 0 to 3: changed, inserted or swapped"))
  }

  @Test(
    arguments: [nil, [], Array("{}".utf8), Array("[1]".utf8), Array("{\"kind\":1}".utf8), [0xFF]]
      as [[UInt8]?])
  func aBodyThatIsNoRecordIsNamed(body: [UInt8]?) throws {
    var log = try signedSession()
    (log.rows[1].body, log.rows[1].leaf) = (body, TreeHash.leaf(body ?? []).bytes)
    let report = log.verify()
    #expect(report.findings.contains { $0.kind == .changed && $0.record == 1 })
    #expect(!report.isGood)
  }

  @Test(arguments: [nil, [], [UInt8](repeating: 1, count: 31)] as [[UInt8]?])
  func aHashOfAnotherTypeOrLengthIsAChange(leaf: [UInt8]?) throws {
    var log = try signedSession()
    log.rows[3].leaf = leaf
    let report = log.verify()
    // The content itself still leads to the signed root.
    #expect(
      report.findings.map(\.kind) == [.changed] && report.firstBadRecord == 3 && report.checkpoints == 1)
  }

  @Test func aRecordWrittenForAnotherPlaceIsMoved() throws {
    var log = try log()
    log.append("session_start")
    log.append("summary", number: 7)
    log.sign()
    let report = log.verify()
    #expect(report.findings.map(\.kind) == [.moved] && report.firstBadRecord == 1)
    #expect(report.findings[0].text.contains("written as number 7"))
  }

  // MARK: Missing records

  @Test func gapsAndRepeatsAndPlacesBelowZeroAreNamed() throws {
    var log = try log()
    log.session(middle: 6)
    log.sign()
    var gap = log
    gap.rows.removeSubrange(2..<5)
    let report = gap.verify()
    #expect(report.findings[0] == LogFinding(.missing, record: 2, to: 4, "missing"))
    #expect(
      report.findings[0].concerns(4) && !report.findings[0].concerns(5) && !report.findings[0].concerns(1))
    #expect(report.unchecked.contains { $0.hasPrefix("checkpoints after the first missing record") })
    #expect(report.links.end == nil)
    var again = log
    again.rows.insert(again.rows[3], at: 4)
    #expect(again.verify().findings.contains { $0.kind == .missing && $0.text == "number 3 comes again" })
    var below = log
    below.rows[0].number = -1
    #expect(below.verify().findings.contains { $0.kind == .moved && $0.text.contains("numbered -1") })
  }

  @Test func aLogShorterThanItsOwnCheckpointIsCut() throws {
    var log = try signedSession()
    log.rows.removeLast()
    let report = log.verify()
    #expect(report.findings.contains { $0.kind == .truncated && $0.record == 3 })
    #expect(report.findings.contains { $0.text.contains("covers 4 records") })
  }

  // MARK: Checkpoints

  @Test func storedCheckpointsThatAreNoneAreNamed() throws {
    let good = try signedSession()
    let others = [
      nil, [], Array("text".utf8), Array(good.signed(3).text.utf8),
      Array(SignedNote(body: good.checkpoint().body).text.utf8),
    ]
    for note in others {
      var log = good
      log.checkpoints.append((5, note))
      log.append("session_start", session: "s2")
      let report = log.verify()
      #expect(report.findings.map(\.kind) == [.checkpoint], "\(report.lines)")
      #expect(report.findings[0].text == "the checkpoint of 5 records is malformed or of another log")
    }
    var negative = good
    negative.checkpoints.append((-1, nil))
    #expect(negative.verify().findings.map(\.kind) == [.checkpoint])
    // The checkpoint of a log of another name, by the same key.
    var foreign = good
    foreign.origin = "vigil.log/other"
    #expect(foreign.verify().findings.contains { $0.kind == .checkpoint })
  }

  /// A broken signature under the right key's name is a fault of its own, even beside a right one.
  @Test func aBrokenSignatureIsToldBesideARightOne() throws {
    var log = try signedSession()
    var note = log.signed()
    note.add(try #require(log.signed(2).signatures.first))
    log.checkpoints = [(4, Array(note.text.utf8))]
    #expect(log.verify().isGood)
    var wrong = SignedNote(body: log.checkpoint().body)
    wrong.add(try #require(log.signed(2).signatures.first))
    log.checkpoints = [(4, Array(wrong.text.utf8))]
    let report = log.verify()
    #expect(
      report.findings.contains { $0.text.contains("has a wrong signature by \(log.key.publicKey.label)") })
  }

  @Test func faultsAreListedUpToABound() throws {
    var log = try log()
    log.session(middle: 1500)
    log.sign()
    for place in log.rows.indices { log.rows[place].leaf = nil }
    #expect(log.verify().findings.count == 1000)
  }
}
