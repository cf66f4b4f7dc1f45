public import Foundation

/// How well a face must be seen to be judged, and which face decides a recording: `Calibration/visibility.json`.
///
/// Measured by `Tools/measure/visibility.py`: beyond each limit the networks are wrong more often than at their best
/// by half. Every field is required, checked against its range, and unknown fields are refused.
public struct VisibilityLimits: Sendable, Equatable {
  /// Which track may decide a recording, beside the one that is seen most.
  public struct Deciding: Sendable, Equatable {
    /// Seconds that it is seen.
    public let seconds: Double
    /// Its width in parts of that of the face that is seen most.
    public let size: Double
    /// Mean certainty of the landmark network that it is a face.
    public let presence: Double
    /// Part of its life in which it was seen, not only remembered.
    public let seenShare: Double

    /// Limits by their numbers; for tests.
    public init(seconds: Double, size: Double, presence: Double, seenShare: Double) {
      (self.seconds, self.size, self.presence, self.seenShare) = (seconds, size, presence, seenShare)
    }
  }

  /// Short identity, written into every verdict.
  public let id: String
  /// Smallest distance between the eyes, in pixels.
  public let interocularPixels: Double
  /// Largest turn of the head, sideways or up and down, in degrees.
  public let turnDegrees: Double
  /// Smallest certainty of the landmark network that this is a face.
  public let presence: Double
  /// From here on a face counts as covered.
  public let covered: Double
  /// Darkest and brightest mean luma of a face, in 0...1.
  public let luminance: ClosedRange<Double>
  /// Largest part of a face that is burnt out.
  public let burntOut: Double
  /// Least detail in proportion to contrast.
  public let focus: Double
  /// Which track may decide a recording.
  public let deciding: Deciding

  /// Reads the file at `path`; nil when there is none.
  public static func read(path: String) throws(CalibrationError) -> VisibilityLimits? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw CalibrationError(
        file: path, field: "file", found: "unreadable or too large", expected: "at most a megabyte of JSON")
    }
    return try VisibilityLimits(data: data, file: path)
  }

  /// Reads `data`; `file` is named in errors.
  public init(data: Data, file: String) throws(CalibrationError) {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CalibrationError(
        file: file, field: "file", found: "not a JSON object", expected: "limits of visibility")
    }
    let known = ["origin", "limits", "deciding"]
    if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
      throw CalibrationError(
        file: file, field: unknown, found: "unknown", expected: "origin, limits or deciding")
    }
    id = try Calibration.origin(object, file).id
    var limits = try CalibrationSection(file: file, name: "limits", object)
    interocularPixels = try limits.number("interocular_px", 0...500)
    turnDegrees = try limits.number("turn_deg", 5...180)
    presence = try limits.number("presence", 0...1)
    covered = try limits.number("covered", 0...1)
    let darkest = try limits.number("luminance_least", 0...0.5)
    luminance = darkest...(try limits.number("luminance_most", 0.5...1))
    burntOut = try limits.number("burnt_out", 0...1)
    focus = try limits.number("focus", 0...20)
    try limits.finish()
    var deciding = try CalibrationSection(file: file, name: "deciding", object)
    self.deciding = Deciding(
      seconds: try deciding.number("seconds", 0...60), size: try deciding.number("size", 0...1),
      presence: try deciding.number("presence", 0...1),
      seenShare: try deciding.number("seen_share", 0...1))
    try deciding.finish()
  }
}
