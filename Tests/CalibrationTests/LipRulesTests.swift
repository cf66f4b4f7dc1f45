import Calibration
import Foundation
import Testing

/// The rules for lips and voices: the file of the project is right, and wrong ones are refused by field.
@Suite struct LipRulesTests {
  private static let path: String = {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appendingPathComponent("Calibration/lips.json").path
  }()

  private func object() throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: Self.path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func theProjectsOwnAreRead() throws {
    let rules = try #require(try LipRules.read(path: Self.path))
    #expect(rules.limits.earliest == 90 && rules.limits.latest == 185)
    #expect(try LipRules.read(path: Self.path + ".none") == nil)
  }

  @Test(arguments: [
    ("lags", "[]"), ("lags", "[26]"), ("mouth", "[[1, 2]]"), ("voice", "[[1]]"), ("weights", "[]"),
    ("weights", "[0, 1]"),
    ("lead", "301"), ("widening", "0"), ("lead", "\"none\""),
  ])
  func wrongNumbersAreRefusedByField(field: String, value: String) throws {
    var object = try object()
    object[field] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let data = try JSONSerialization.data(withJSONObject: object)
    let error = #expect(throws: CalibrationError.self) { _ = try LipRules(data: data, file: "lips.json") }
    #expect(error?.description.contains(field) == true, "\(error.map(\.description) ?? "")")
  }
}
