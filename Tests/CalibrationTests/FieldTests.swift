import Calibration
import Foundation
import Testing

/// A file of the project's own calibrations, to be changed field by field.
struct ShippedFile {
  let name: String
  private(set) var object: [String: Any]

  init(_ name: String) throws {
    self.name = name
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let data = try Data(contentsOf: root.appendingPathComponent("Calibration/\(name)"))
    object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// The file with one field set to `value`, or left out when it is nil.
  func with(_ section: String, _ field: String, _ value: Any?) throws -> Data {
    var (object, fields) = (object, object[section] as? [String: Any] ?? [:])
    fields[field] = value
    object[section] = fields
    return try JSONSerialization.data(withJSONObject: object)
  }

  func fields(_ section: String) -> [String] { (object[section] as? [String: Any] ?? [:]).keys.sorted() }

  func number(_ section: String, _ field: String) -> Double? {
    ((object[section] as? [String: Any])?[field] as? NSNumber)?.doubleValue
  }
}

/// Every field of a file is required, is a number in its range, and arrives where it belongs.
@Suite struct CalibrationFieldTests {
  private func refusal(_ body: () throws -> Void) -> CalibrationError? {
    do {
      try body()
      return nil
    } catch { return error as? CalibrationError }
  }

  private static let sections = [
    ("default.json", "liveness"), ("default.json", "decision"), ("visibility.json", "limits"),
    ("visibility.json", "deciding"),
  ]

  private func read(_ data: Data, _ file: String) throws {
    if file == "default.json" {
      _ = try Calibration(data: data, file: file)
    } else {
      _ = try VisibilityLimits(data: data, file: file)
    }
  }

  @Test(arguments: sections) func everyFieldIsRequiredAndInItsRange(file: String, section: String) throws {
    let shipped = try ShippedFile(file)
    let fields = shipped.fields(section)
    #expect(fields.count >= 4)
    for field in fields {
      let missing = refusal { try read(try shipped.with(section, field, nil), file) }
      #expect(missing?.field == "\(section).\(field)" && missing?.found == "missing" && missing?.file == file)
      for value in [1e9, -1e9, "0.5", true, NSNull(), [0.5]] as [Any] {
        let wrong = refusal { try read(try shipped.with(section, field, value), file) }
        #expect(wrong?.field == "\(section).\(field)", "\(value)")
        #expect(wrong?.expected.hasPrefix("a number from ") == true, "\(value)")
      }
    }
    let unknown = refusal { try read(try shipped.with(section, "surprise", 1), file) }
    #expect(
      unknown?.description == "\(file): field \"\(section).surprise\" is unknown; expected no such field")
  }

  /// The ends of a range that the message names are in it, and what is just beyond is not.
  @Test(arguments: sections) func theRangesThatAreNamedAreTheOnesThatHold(file: String, section: String)
    throws
  {
    let shipped = try ShippedFile(file)
    for field in shipped.fields(section) {
      let words = refusal { try read(try shipped.with(section, field, 1e9), file) }?.expected ?? ""
      let ends = words.split(separator: " ").compactMap { Double($0) }
      try #require(ends.count == 2, "\(words)")
      for end in ends {
        #expect(refusal { try read(try shipped.with(section, field, end), file) } == nil, "\(field)")
      }
      for beyond in [ends[0] - 1e-6, ends[1] + 1e-6] {
        #expect(
          refusal { try read(try shipped.with(section, field, beyond), file) } != nil, "\(field) \(beyond)")
      }
    }
  }

  @Test func fieldsOfLivenessArriveWhereTheyBelong() throws {
    let shipped = try ShippedFile("default.json")
    let places: [(String, (LivenessLimits) -> Double)] = [
      ("baseline_seconds", { $0.baselineSeconds }), ("closed_share", { $0.closedShare }),
      ("score_weight", { $0.scoreWeight }), ("blink_onset", { $0.blinkOnset }),
      ("blink_rise", { $0.blinkRise }),
      ("least_score_rise", { $0.leastScoreRise }), ("least_fall", { $0.leastFall }),
      ("reference_seconds", { $0.referenceSeconds }),
      ("blink_shortest_seconds", { $0.blinkSeconds.lowerBound }),
      ("blink_longest_seconds", { $0.blinkSeconds.upperBound }),
      ("refractory_seconds", { $0.refractorySeconds }),
      ("blink_half_onset_share", { $0.blinkHalfOnsetShare }),
      ("blink_patience_seconds", { $0.blinkPatienceSeconds }), ("wink_share", { $0.winkShare }),
      ("mouth_open", { $0.mouthOpen }), ("mouth_closed", { $0.mouthClosed }),
      ("mouth_shortest_seconds", { $0.mouthSeconds }), ("eye_pose_degrees", { $0.eyePoseDegrees }),
      ("interocular_pixels", { $0.interocularPixels }), ("frames_per_second", { $0.framesPerSecond }),
      ("motion_half", { $0.motionHalf }), ("observe_seconds", { $0.observeSeconds }),
    ]
    #expect(Set(places.map(\.0)) == Set(shipped.fields("liveness")))
    let base = try Calibration(data: JSONSerialization.data(withJSONObject: shipped.object), file: "c")
      .liveness
    for (field, place) in places {
      let old = try #require(shipped.number("liveness", field))
      #expect(place(base) == old, "\(field)")
      // Slightly more or less stays in every range.
      let others = [old * 1.01, old * 0.99].compactMap { value -> (Double, LivenessLimits)? in
        (try? Calibration(data: shipped.with("liveness", field, value), file: "c")).map {
          (value, $0.liveness)
        }
      }
      let (value, changed) = try #require(others.first, "\(field)")
      #expect(place(changed) == value, "\(field)")
      for (name, place) in places where name != field {
        #expect(place(changed) == place(base), "\(field) \(name)")
      }
    }
  }

  @Test func fieldsOfTheDecisionArriveWhereTheyBelong() throws {
    let shipped = try ShippedFile("default.json")
    let decision = try Calibration(data: JSONSerialization.data(withJSONObject: shipped.object), file: "c")
      .decision
    let expected = ["live_low", "live_standard", "live_high"].map { shipped.number("decision", $0) }
    #expect(
      decision.live.map(Optional.init) == expected
        && decision.lifeless == shipped.number("decision", "lifeless"))
    #expect(decision.patienceSeconds == shipped.number("decision", "patience_seconds"))
    #expect(
      decision.suspect == shipped.number("decision", "suspect")
        && decision.fake == shipped.number("decision", "fake"))
    #expect(decision.holdSeconds == shipped.number("decision", "hold_seconds"))
  }

  @Test func fieldsOfVisibilityArriveWhereTheyBelong() throws {
    let shipped = try ShippedFile("visibility.json")
    let limits = try VisibilityLimits(data: JSONSerialization.data(withJSONObject: shipped.object), file: "v")
    let places: [(String, String, Double)] = [
      ("limits", "interocular_px", limits.interocularPixels), ("limits", "turn_deg", limits.turnDegrees),
      ("limits", "presence", limits.presence), ("limits", "covered", limits.covered),
      ("limits", "luminance_least", limits.luminance.lowerBound),
      ("limits", "luminance_most", limits.luminance.upperBound), ("limits", "burnt_out", limits.burntOut),
      ("limits", "focus", limits.focus), ("deciding", "seconds", limits.deciding.seconds),
      ("deciding", "size", limits.deciding.size), ("deciding", "presence", limits.deciding.presence),
      ("deciding", "seen_share", limits.deciding.seenShare),
    ]
    for (section, field, value) in places { #expect(shipped.number(section, field) == value, "\(field)") }
    #expect(Set(places.map(\.1)) == Set(shipped.fields("limits") + shipped.fields("deciding")))
  }

  // MARK: Whole files

  @Test func aFileIsItsSectionsAndNoMore() throws {
    for (file, section) in [("default.json", "decision"), ("visibility.json", "limits")] {
      var object = try ShippedFile(file).object
      object["surprise"] = 1
      #expect(
        refusal { try read(try JSONSerialization.data(withJSONObject: object), file) }?.field == "surprise")
      object["surprise"] = nil
      object[section] = [1]
      let wrong = refusal { try read(try JSONSerialization.data(withJSONObject: object), file) }
      #expect(wrong?.field == section && wrong?.found == "missing or not an object")
      for text in ["", "[]", "{", "null"] {
        #expect(refusal { try read(Data(text.utf8), file) }?.found == "not a JSON object", "\(text)")
      }
    }
  }

  @Test(arguments: ["id", "date", "data", "metric", "tool"]) func theOriginIsToldInFull(field: String) throws
  {
    for file in ["default.json", "visibility.json"] {
      let shipped = try ShippedFile(file)
      for value in [nil, "", 5, String(repeating: "x", count: 501)] as [Any?] {
        let error = refusal { try read(try shipped.with("origin", field, value), file) }
        #expect(error?.field == "origin.\(field)" && error?.file == file)
      }
    }
  }

  /// A verdict names all the numbers it was made with.
  @Test func theIdentityJoinsAllFiles() throws {
    var calibration = try Calibration(
      data: JSONSerialization.data(withJSONObject: ShippedFile("default.json").object), file: "c")
    #expect(calibration.id == calibration.origin.id)
    calibration.visibility = try VisibilityLimits(
      data: ShippedFile("visibility.json").with("origin", "id", "v-9"), file: "v")
    #expect(calibration.id == "\(calibration.origin.id)+v-9")
    calibration.scores = ScoreRules(
      origin: .init(id: "s-7", date: "d", data: "d", metric: "m", tool: "t"), forgery: nil, spoof: nil)
    #expect(calibration.id == "\(calibration.origin.id)+s-7+v-9")
  }

  @Test func aFileThatIsNotThereIsNilWhereItMayBeMissing() throws {
    #expect(try VisibilityLimits.read(path: "/nonexistent/visibility.json") == nil)
    let error = refusal { _ = try Calibration(path: "/nonexistent/default.json") }
    #expect(
      error?.description.contains("/nonexistent/default.json") == true
        && error?.found == "missing or unreadable")
  }
}
