public import JSON
import LogProofs
import Surroundings

/// Turns records into lines for other programs.
public enum LogExport {
  /// The columns of ``rows(of:)``; the first ones and the pose have OpenFace's names.
  public static let header =
    "frame,face_id,timestamp,confidence,success,pose_Rx,pose_Ry,pose_Rz,session,wall,verdict,risk,liveness,forgery,spoof"
    + ",eye_left,eye_right,mouth,pulse_bpm,interocular_px,sharpness,exposure"

  /// One CSV line a track of a summary record; none for other records. Missing numbers are empty fields.
  /// Angles are radians, `timestamp` is seconds of the session's monotonic clock.
  public static func rows(of record: JSONValue) -> [String] {
    guard record["kind"]?.text == "summary", let data = record["data"] else { return [] }
    let seconds = Double(record["monotonic_us"]?.int ?? 0) / 1e6
    return (data["tracks"]?.elements ?? []).map { track in
      func number(_ name: String, scale: Double = 1) -> String {
        Reading(json: track["readings"]?[name]).number.map { CanonicalJSON.text(.rounded($0 * scale)) } ?? ""
      }
      let radians = Double.pi / 180
      let fields = [
        "\(data["frame"]?.int ?? 0)", "\(track["track"]?.int ?? 0)", CanonicalJSON.text(.rounded(seconds)),
        number("confidence"), "1", number("pitch_deg", scale: radians), number("yaw_deg", scale: radians),
        number("roll_deg", scale: radians), quoted(record["session"]?.text), quoted(record["wall"]?.text),
        quoted(track["label"]?.text), number("risk"), number("liveness"), number("forgery"), number("spoof"),
        number("eye_left"), number("eye_right"), number("mouth"), number("pulse_bpm"),
        number("interocular_px"), number("sharpness"), number("exposure"),
      ]
      return fields.joined(separator: ",")
    }
  }

  /// A field of text that no spreadsheet takes for a formula.
  private static func quoted(_ text: String?) -> String { TableCell.comma(text ?? "") }
}
