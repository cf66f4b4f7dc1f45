import Foundation
public import Observations
public import Quantities

/// Landmarks as CSV with OpenFace's column names (Baltrusaitis et al., OpenFace 2.0, 2018), one line a face and frame.
///
/// `face_id` stands after `frame`; angles in radians; EAR is the mean of both eyes; `blink_left` and
/// `blink_right` are the expression network's scores, the subject's own sides; an empty cell was not measured.
public enum LandmarkTable {
  /// The first line.
  public static let header: String = {
    let points = (0..<68).map { "x_\($0)" } + (0..<68).map { "y_\($0)" }
    return
      (["frame", "face_id", "timestamp", "confidence", "success"] + points + [
        "pose_Rx", "pose_Ry", "pose_Rz", "EAR", "MAR", "blink_left", "blink_right",
      ]).joined(separator: ",")
  }()

  /// The lines of one frame; times count from `origin`.
  public static func lines(_ report: FrameReport, from origin: MonotonicInstant) -> [String] {
    report.tracks.map { track in
      let face = track.track.face
      let seen = track.track.phase != .coasting
      var cells = [
        String(report.frame), String(track.track.id.value),
        number(max((report.captured - origin).inSeconds, 0), 3),
        number(Double(face.presence.value), 3), seen ? "1" : "0",
      ]
      cells += face.landmarks.points.map { number(Double($0.x), 2) }
      cells += face.landmarks.points.map { number(Double($0.y), 2) }
      let pose = face.pose.map { [$0.pitch, $0.yaw, $0.roll] }
      cells += pose?.map { number(Double($0.value), 4) } ?? ["", "", ""]
      cells.append(mean(track.liveness.rightEyeAspect.value, track.liveness.leftEyeAspect.value))
      cells.append(track.liveness.mouthAspect.value.map { number(Double($0), 4) } ?? "")
      let scores = face.expressions.map { [$0.eyeBlinkLeft, $0.eyeBlinkRight] }
      cells += scores?.map { number(Double($0), 4) } ?? ["", ""]
      return cells.joined(separator: ",")
    }
  }

  private static func mean(_ one: Float?, _ other: Float?) -> String {
    guard let one, let other else { return "" }
    return number(Double(one + other) / 2, 4)
  }

  private static func number(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", locale: Locale(identifier: "en_US_POSIX"), value)
  }
}
