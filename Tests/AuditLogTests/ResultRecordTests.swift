import AuditLog
import Foundation
import JSON
import LogProofs
import Testing

@Suite struct ResultRecordTests {
  @Test func aResultIsSignedAndItsRecordIsInTheLog() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vigil-result-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("log.sqlite").path
    let log = try SessionLog.open(
      SessionLogSettings(path: path), header: SessionHeader(purpose: "check", program: "test"))
    try log.append(.operatorAction(OperatorAction(action: "pause")))
    let said = try log.attest([
      "event": "result", "decision": "pass", "nonce": "n", "seconds": .number(1.25),
      "session": .string(log.session),
    ])
    try log.close(SessionEnd(reason: "passed", result: "pass"))
    let members = try ResultNote.check(CanonicalJSON.text(.object(said)), log.publicKey)
    let reader = try LogReader(path: path)
    var found: JSONValue?
    try reader.forEach(kind: "check_result") { number, text in
      if number == members["record"]?.int { found = try JSONParser.parse(Array(text.utf8))["data"] }
    }
    #expect(found == ResultNote.recorded(members) && found?["nonce"]?.text == "n")
    #expect(try reader.verify(key: log.publicKey).isGood)
  }
}
