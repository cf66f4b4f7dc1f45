public import Foundation

/// How the answer to coloured light is judged: `Calibration/light.json`, chosen by `vigil-lab rehearse light --choose`.
///
/// Every field is required, checked against its range, and unknown fields are refused.
public struct LightLimits: Sendable, Equatable {
  /// Short identity, written into the log.
  public let id: String
  /// Fewest frames in which the face is measured.
  public let frames: Int
  /// Least agreement in colour of what was shown and what came back.
  public let correlation: Double
  /// Earliest and latest answer, in seconds.
  public let delay: ClosedRange<Double>
  /// Least light of the screen against all other light on the face.
  public let gain: Double
  /// From this change of the face's colour on (root mean square of its logarithm) one that does not follow is another
  /// light's; below it, nothing can be said.
  public let activity: Double
  /// Least relief: 1 is the mesh's head, 0 a flat picture.
  public let relief: Double
  /// Largest standard error of the relief at which it says anything.
  public let reliefError: Double
  /// Largest answer of the background against the face's.
  public let background: Double

  /// Reads the file at `path`.
  public init(path: String) throws(CalibrationError) {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw CalibrationError(
        file: path, field: "file", found: "missing or unreadable", expected: "limits of the light challenge")
    }
    try self.init(data: data, file: path)
  }

  /// Reads `data`; `file` is named in errors.
  public init(data: Data, file: String) throws(CalibrationError) {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CalibrationError(
        file: file, field: "file", found: "not a JSON object", expected: "limits of the light challenge")
    }
    if let unknown = object.keys.sorted().first(where: { !["origin", "limits"].contains($0) }) {
      throw CalibrationError(file: file, field: unknown, found: "unknown", expected: "origin or limits")
    }
    id = try Calibration.origin(object, file).id
    var limits = try CalibrationSection(file: file, name: "limits", object)
    frames = Int(try limits.number("frames", 20...600))
    correlation = try limits.number("correlation", 0.3...0.999)
    let earliest = try limits.number("earliest_s", -0.1...0.1)
    delay = earliest...(try limits.number("latest_s", 0.05...0.5))
    gain = try limits.number("gain", 0.001...2)
    activity = try limits.number("activity", 0.0001...1)
    relief = try limits.number("relief", 0...1)
    reliefError = try limits.number("relief_error", 0.01...1)
    background = try limits.number("background", 0.1...2)
    try limits.finish()
  }
}
