import Calibration
import Foundation
import Testing

@Suite struct ScoreRulesTests {
  private func file(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> Data {
    let limits = ["suspect": 0.5, "fake": 0.8]
    var object: [String: Any] = [
      "schema": 1, "origin": ["id": "s", "date": "d", "data": "d", "metric": "m", "tool": "t"],
      "forgery": [
        "joined": [
          ["members": [["name": "n", "sha256": "h", "weight": 1.5] as [String: Any]], "bias": -1]
            as [String: Any]
        ], "limits": ["low": limits, "standard": limits, "high": limits],
      ] as [String: Any],
    ]
    change(&object)
    return try JSONSerialization.data(withJSONObject: object)
  }

  private func refusal(_ data: Data) -> String? {
    do {
      _ = try ScoreRules(data: data, file: "scores.json")
      return nil
    } catch { return error.description }
  }

  @Test func aSoundFileIsReadAndWrittenAgain() throws {
    let rules = try ScoreRules(data: try file(), file: "scores.json")
    #expect(rules.forgery?.joined.first?.members.first?.weight == 1.5 && rules.spoof == nil)
    #expect(try ScoreRules(data: try rules.json(), file: "again") == rules)
  }

  @Test func whatIsNotSoundIsNamed() throws {
    func forgery(_ change: (inout [String: Any]) -> Void) throws -> Data {
      try file { object in
        var forgery = object["forgery"] as? [String: Any] ?? [:]
        change(&forgery)
        object["forgery"] = forgery
      }
    }
    #expect(refusal(Data("{".utf8))?.contains("scores.json") == true)
    #expect(refusal(try file { $0["schema"] = 2 })?.contains("schema") == true)
    #expect(refusal(try file { $0["origin"] = nil })?.contains("origin") == true)
    #expect(
      refusal(try forgery { $0["limits"] = ["low": ["suspect": 0.9, "fake": 0.5]] })?.contains("limits.low")
        == true)
    let member: [String: Any] = ["name": "n", "sha256": "h", "weight": -1]
    #expect(
      refusal(try forgery { $0["joined"] = [["members": [member], "bias": 0] as [String: Any]] })?
        .contains("weight") == true)
    #expect(
      refusal(try forgery { $0["joined"] = [["members": [Any](), "bias": 0] as [String: Any]] })?
        .contains("joined.0") == true)
  }

  @Test func noFileIsNoError() throws {
    #expect(try ScoreRules.read(path: "/nonexistent/scores.json") == nil)
  }
}
