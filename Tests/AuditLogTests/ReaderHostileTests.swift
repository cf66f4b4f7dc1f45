import AuditLog
import Foundation
import JSON
import LogProofs
import Reports
import Testing
import VigilTesting
import Wording

/// Logs whose numbers nobody wrote: readers say so and never trap.
@Suite struct ReaderHostileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("log.sqlite") }

  init() throws { folder = try TemporaryFolder() }

  private func made(_ change: (inout MadeLog) -> Void) throws {
    var log = try #require(MadeLog())
    log.append("session_start", data: .object(["purpose": "monitor", "device": .object(["name": "c"])]))
    change(&log)
    log.sign()
    try log.write(to: path)
  }

  @Test func aRecordOfTheHighestNumberIsNoPlace() throws {
    try made {
      $0.append("summary")
      $0.rows[1].number = .max
    }
    let expected = LogError.damaged(
      path: path, reason: "there is a record numbered 9223372036854775807: no log has such a place")
    #expect(throws: expected) { try LogReader(path: path).count() }
    #expect(throws: expected) { try LogReader(path: path).slice(after: LogPlace(), limit: 10) }
    #expect(try LogReader(path: path).sessions().map(\.last) == [.max])
  }

  /// The clock of a changed record may jump over more than a number can hold.
  @Test(arguments: Language.allCases) func timesThatCannotBeStillMakeAPage(language: Language)
    throws
  {
    try made { log in
      let texts = [Int64.max, .min, 0].enumerated().map { place, time in
        #"{"kind":"\#(place == 0 ? "session_start" : "operator")","session":"s2","record":\#(place + 1),"monotonic_us":\#(time),"data":{"action":"pause"}}"#
      }
      for text in texts { log.append(text: text) }
    }
    let history = try LogHistory(path: path)
    let key = try NotePublicKey(text: try LogReader(path: path).firstKey())
    let page = try LogPage.html(
      history, session: history.session("s2"), verification: history.verify(key: key), language: language)
    #expect(page.contains("</html>"))
  }

  @Test func recordsThatAreNoneArePassedOver() throws {
    try made { log in
      for text in [
        "[]", "{}", "7", #"{"kind":"summary","session":7}"#, #"{"kind":"summary","session":"s1","data":[1]}"#,
      ] {
        log.append(text: text)
      }
      log.append("session_end", data: .object(["reason": "quit"]))
    }
    let sessions = try LogReader(path: path).sessions()
    #expect(sessions.count == 1 && sessions[0].result == "quit" && sessions[0].device == "c")
    var kinds: [String] = []
    try LogReader(path: path).forEach(kind: "summary") { _, text in kinds.append(text) }
    #expect(kinds.count == 2)
    #expect(try DriftReport(LogHistory(path: path)).lines == [])
  }

  @Test func aSessionIsFoundByItsBeginning() throws {
    try made { log in
      log.append("session_start", session: "abc1")
      log.append("session_start", session: "abd2")
    }
    let history = try LogHistory(path: path)
    #expect(try history.session("abc").session == "abc1" && history.session(nil).session == "abd2")
    #expect(throws: LogError.notFound("single session that begins with ab")) { try history.session("ab") }
    #expect(throws: LogError.notFound("session x in \(path)")) { try history.session("x") }
    #expect(try history.session("s1").result == "unfinished")
  }

  @Test func aProofIsOfARecordThatIsSigned() throws {
    try made { $0.append("summary") }
    let reader = try LogReader(path: path)
    let proof = try reader.proof(of: 1, older: 1)
    #expect(proof["number"] == 1 && proof["older"] == 1 && proof["inclusion"]?.elements.count == 1)
    #expect(proof["consistency"]?.elements.count == 1)
    for number in [2, -1, .max] as [Int64] {
      #expect(throws: LogError.notFound("record \(number) below the newest checkpoint (2 records)")) {
        try reader.proof(of: number)
      }
    }
    // An older tree of none, or of more than there are, has no proof.
    for older in [0, -1, 3] as [Int64] {
      #expect(try reader.proof(of: 0, older: older)["consistency"] == nil)
    }
  }

  // MARK: Keys

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  /// What a killed process left readable for all was written on with the new secret in it.
  @Test func aNewKeyIsNeverWrittenIntoAFileThatIsThere() throws {
    let key = try #require(NotePrivateKey(name: "a"))
    let left = try folder.write("key.\(getpid()).new", Array("left".utf8))
    chmod(left, 0o644)
    try SigningKeyFile.store(key, at: folder.file("key"))
    #expect(mode(folder.file("key")) == 0o600 && folder.names == ["key"])
    #expect(try SigningKeyFile.load(folder.file("key")).publicKey == key.publicKey)
    // A link laid there is replaced, not followed.
    try folder.write("elsewhere", [])
    symlink("elsewhere", folder.file("key.\(getpid()).new"))
    try SigningKeyFile.store(key, at: folder.file("key"), replacing: true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("elsewhere"))).isEmpty)
  }

  @Test func keysThatCannotBeUsedAreNamed() throws {
    let key = try #require(NotePrivateKey(name: "a"))
    try SigningKeyFile.store(key, at: folder.file("key"))
    func refusal(_ body: () throws(LogError) -> Void) -> String {
      do throws(LogError) {
        try body()
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      refusal { () throws(LogError) in try SigningKeyFile.store(key, at: folder.file("key")) }
        == "\(folder.file("key")): the key cannot be used: there is a file already")
    chmod(folder.file("key"), 0o640)
    #expect(
      refusal { () throws(LogError) in _ = try SigningKeyFile.load(folder.file("key")) }.contains(
        "run chmod 600"))
    #expect(
      refusal { () throws(LogError) in _ = try SigningKeyFile.load(folder.file("absent")) }.contains(
        "no such file"))
    let text = try folder.write("text", Array("no key".utf8))
    chmod(text, 0o600)
    #expect(refusal { () throws(LogError) in _ = try SigningKeyFile.load(text) }.contains("not a key"))
    #expect(refusal { () throws(LogError) in _ = try SnapshotKey(path: text) }.contains("base64 of 32 bytes"))
    #expect(
      refusal { () throws(LogError) in _ = try SnapshotKey(path: folder.file("absent")) }.contains(
        "no such file"))
    try SnapshotKey().store(at: folder.file("evidence"))
    #expect(mode(folder.file("evidence")) == 0o600)
    chmod(folder.file("evidence"), 0o604)
    #expect(
      refusal { () throws(LogError) in _ = try SnapshotKey(path: folder.file("evidence")) }.contains(
        "others can read it"))
    #expect(SnapshotKey().id != SnapshotKey().id && SnapshotKey().id.utf8.count == 8)
  }
}
