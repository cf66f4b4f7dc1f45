import Calibration
import Foundation
import Observations
import Quantities

/// Landmarks of a plain face whose eyes and mouth can be opened at will.
struct PuppetFace {
  var eye: Float = 0.3
  var rightEye: Float?
  var mouth: Float = 0.05
  var blinkScore: Float?
  var yaw: Float = 0
  var interocular: Float = 80
  var shift = PixelPoint(0, 0)

  var face: Face {
    var points = [PixelPoint](repeating: PixelPoint(0, 0), count: 68)
    let unit = interocular
    func put(_ index: Int, _ x: Float, _ y: Float) {
      points[index] = PixelPoint(300 + x * unit + shift.x, 200 + y * unit + shift.y)
    }
    for index in 0..<17 {
      let angle = Float(index) / 16 * .pi
      put(index, -1.1 * cos(angle), 0.3 + 1.4 * sin(angle))
    }
    for index in 17..<27 { put(index, -1 + Float(index - 17) * 2 / 9, -0.35) }
    for index in 27..<31 { put(index, 0, Float(index - 27) * 0.2) }
    for index in 31..<36 { put(index, Float(index - 33) * 0.12, 0.7) }
    func eye(_ first: Int, _ center: Float, _ ratio: Float) {
      // Width .4, so a height of .4 x ratio gives the aspect ratio.
      let half = 0.2 * ratio
      put(first, center - 0.2, 0)
      put(first + 1, center - 0.08, -half)
      put(first + 2, center + 0.08, -half)
      put(first + 3, center + 0.2, 0)
      put(first + 4, center + 0.08, half)
      put(first + 5, center - 0.08, half)
    }
    eye(36, -0.5, rightEye ?? self.eye)
    eye(42, 0.5, self.eye)
    for index in 48..<60 {
      put(index, 0.35 * cos(Float(index) / 12 * 2 * .pi), 1.1 + 0.15 * sin(Float(index)))
    }
    let half = 0.5 * mouth / 2
    put(60, -0.25, 1.1)
    put(64, 0.25, 1.1)
    for (offset, x) in [Float(-0.12), 0, 0.12].enumerated() {
      put(61 + offset, x, 1.1 - half)
      put(67 - offset, x, 1.1 + half)
    }
    guard let landmarks = Landmarks68(points) else { preconditionFailure("68 points were made") }
    var scores = [Float](repeating: 0, count: 52)
    if let blinkScore { (scores[9], scores[10]) = (blinkScore, blinkScore) }
    return Face(
      box: PixelRect(x: 200, y: 150, width: 200, height: 240), presence: Confidence(1), landmarks: landmarks,
      expressions: blinkScore == nil ? nil : ExpressionScores(scores),
      pose: HeadPose(yaw: Radians(degrees: yaw), pitch: Radians(0), roll: Radians(0)),
      quality: FaceQuality(interocularPixels: interocular, sharpness: 100, exposure: 0.5))
  }
}

/// The shipped calibration.
let calibration: Calibration = {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { root.deleteLastPathComponent() }
  do { return try Calibration(path: root.appendingPathComponent("Calibration/default.json").path) } catch {
    preconditionFailure("\(error)")
  }
}()

/// Runs a monitor over `seconds` of a face given by `pose` at each time; gives the last state.
func observe(
  seconds: Double, fps: Double = 30, _ pose: (Double) -> PuppetFace
) -> LivenessState {
  var monitor = LivenessMonitorUnderTest()
  return monitor.run(seconds: seconds, fps: fps, pose)
}
