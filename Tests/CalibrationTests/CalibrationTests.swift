import Calibration
import Foundation
import Testing

/// The calibration file that the project ships.
private func shipped() throws -> [String: Any] {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { root.deleteLastPathComponent() }
  let data = try Data(contentsOf: root.appendingPathComponent("Calibration/default.json"))
  return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

private func read(_ object: [String: Any]) throws -> Calibration {
  try Calibration(data: JSONSerialization.data(withJSONObject: object), file: "c.json")
}

@Suite struct CalibrationTests {
  @Test func shippedFileIsSound() throws {
    let calibration = try read(try shipped())
    #expect(calibration.origin.id == "default-2")
    #expect(calibration.liveness.blinkOnset < calibration.liveness.blinkRise)
    #expect(calibration.liveness.mouthClosed < calibration.liveness.mouthOpen)
    #expect(calibration.decision.suspect < calibration.decision.fake)
    #expect(calibration.decision.live == calibration.decision.live.sorted())
  }

  @Test(arguments: [
    ("liveness", "closed_share", "3", "0.1 to 0.95"), ("decision", "fake", "-1", "0.0 to 1.0"),
    ("decision", "fake", "\"much\"", "0.0 to 1.0"), ("decision", "fake", "true", "0.0 to 1.0"),
    ("liveness", "surprise", "1", "no such field"), ("signs", "blink_leaves", "1.5", "0.0 to 1.0"),
    ("motion", "loop_least_spread", "0", "0.0001 to 1.0"), ("pulse", "window_seconds", "1", "4.0 to 60.0"),
    ("risk", "unblinking_share", "1", "0.001 to 0.999"), ("risk", "other", "1", "no such field"),
  ])
  func badFieldsAreNamed(section: String, key: String, json: String, words: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    var object = try shipped()
    var fields = try #require(object[section] as? [String: Any])
    fields[key] = value
    object[section] = fields
    let error = #expect(throws: CalibrationError.self) { _ = try read(object) }
    #expect(error?.description.contains("\(section).\(key)") == true)
    #expect(error?.description.contains("c.json") == true)
    #expect(error?.expected.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func missingFieldsAndSectionsAreNamed() throws {
    for section in ["decision", "signs", "motion", "pulse", "risk"] {
      var object = try shipped()
      object[section] = nil
      let error = #expect(throws: CalibrationError.self) { _ = try read(object) }
      #expect(error?.field == section)
    }
    var object = try shipped()
    var fields = try #require(object["liveness"] as? [String: Any])
    fields["mouth_open"] = nil
    object["liveness"] = fields
    let error = #expect(throws: CalibrationError.self) { _ = try read(object) }
    #expect(error?.found == "missing")
  }

  @Test func notAFileAndNotJSON() {
    #expect(throws: CalibrationError.self) { _ = try Calibration(path: "/nonexistent.json") }
    #expect(throws: CalibrationError.self) { _ = try Calibration(data: Data("[".utf8), file: "c.json") }
  }
}
