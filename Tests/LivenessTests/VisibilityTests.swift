import Calibration
import Foundation
import Liveness
import Observations
import Quantities
import Testing

/// One face after the other through the gate, each worse in one respect.
@Suite struct VisibilityTests {
  private static let file = """
    {"origin": {"id": "v", "date": "d", "data": "d", "metric": "m", "tool": "t"},
     "limits": {"interocular_px": 30, "turn_deg": 45, "presence": 0.6, "covered": 0.5, "luminance_least": 0.15,
                "luminance_most": 0.85, "burnt_out": 0.3, "focus": 0.05},
     "deciding": {"seconds": 1, "size": 0.25, "presence": 0.6, "seen_share": 0.5}}
    """

  private func limits(_ text: String = file) throws -> VisibilityLimits {
    try VisibilityLimits(data: Data(text.utf8), file: "v.json")
  }

  private func face(
    eyes: Float = 60, light: Float = 0.5, burnt: Float = 0, focus: Float = 0.3, turn: Float = 0,
    pitch: Float = 0, presence: Float = 0.95
  ) throws -> Face {
    let points = (0..<68).map { PixelPoint(Float($0), Float($0)) }
    return Face(
      box: PixelRect(x: 0, y: 0, width: 90, height: 90), presence: Confidence(presence),
      landmarks: try #require(Landmarks68(points)),
      pose: HeadPose(yaw: Radians(degrees: turn), pitch: Radians(degrees: pitch), roll: Radians(0)),
      quality: FaceQuality(
        interocularPixels: eyes, sharpness: 100, exposure: light, burntOut: burnt, focus: focus))
  }

  @Test func eachObstacleIsNamedWithItsMeasureAndLimit() throws {
    let gate = VisibilityGate(try limits())
    #expect(gate.obstacle(of: try face()) == nil)
    let cases: [(Face, UnavailableReason, VisibilityMeasure, Double)] = [
      (try face(eyes: 29), .tooSmall, .interocular, 30), (try face(turn: -46), .pose, .turn, 45),
      (try face(pitch: 50), .pose, .turn, 45), (try face(light: 0.1), .tooDark, .luminance, 0.15),
      (try face(light: 0.9), .tooBright, .luminance, 0.85),
      (try face(burnt: 0.4), .tooBright, .burntOut, 0.3),
      (try face(presence: 0.5), .covered, .presence, 0.6), (try face(focus: 0.01), .outOfFocus, .focus, 0.05),
      // What is wrong at the root comes first: a small, dark face is small.
      (try face(eyes: 12, light: 0.05, focus: 0.01), .tooSmall, .interocular, 30),
    ]
    for (face, reason, measure, limit) in cases {
      let obstacle = try #require(gate.obstacle(of: face), "\(reason)")
      #expect(obstacle.reason == reason && obstacle.measure == measure && obstacle.limit == limit)
      #expect(reason.advice != nil)
    }
    #expect(VisibilityGate(nil).obstacle(of: try face(eyes: 1, light: 0)) == nil)
  }

  @Test func badFramesAreLeftOutAndOnlyALongTimeOfThemHindersTheTrack() {
    let dark = VisibilityObstacle(.tooDark, .luminance, value: 0.1, limit: 0.15)
    var sight = TrackVisibility()
    let time = { MonotonicInstant(seconds: $0) }
    #expect(sight.obstacle(at: time(0)) == nil)
    sight.observe(dark, at: time(0))
    #expect(sight.obstacle(at: time(0)) == dark)
    sight.observe(nil, at: time(1))
    sight.observe(dark, at: time(1.1))
    #expect(sight.obstacle(at: time(4)) == nil)
    #expect(sight.obstacle(at: time(4.1)) == dark)
    // A good look ends it at once.
    sight.observe(nil, at: time(5))
    #expect(sight.obstacle(at: time(5)) == nil)
  }

  @Test(arguments: [
    ("\"focus\": 0.05", "\"focus\": \"x\"", "limits.focus"),
    ("\"turn_deg\": 45", "\"turn_deg\": 400", "limits.turn_deg"), ("\"size\": 0.25, ", "", "deciding.size"),
    ("\"covered\": 0.5,", "\"covered\": 0.5, \"fog\": 1,", "limits.fog"),
    ("\"id\": \"v\", ", "", "origin.id"),
    ("{\"origin\"", "{\"more\": 1, \"origin\"", "more"),
  ])
  func badFilesAreNamed(from: String, to: String, field: String) throws {
    #expect(Self.file.contains(from))
    let text = Self.file.replacingOccurrences(of: from, with: to)
    do {
      _ = try limits(text)
      Issue.record("\(to) was accepted")
    } catch let error as CalibrationError {
      #expect(error.field == field && error.file == "v.json")
    }
  }

  @Test func theShippedLimitsAreReadable() throws {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let read = try VisibilityLimits.read(
      path: root.appendingPathComponent("Calibration/visibility.json").path)
    let shipped = try #require(read)
    #expect(shipped.interocularPixels > 0 && shipped.focus > 0 && shipped.luminance.lowerBound > 0)
    #expect(shipped.covered < 1 && shipped.turnDegrees < 90)
  }
}
