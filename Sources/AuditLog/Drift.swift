import Foundation
import LogProofs

/// Compares how scores and quality are spread between weeks of one camera (population stability index).
///
/// PSI = Σ (p - q) ln(p / q) over ten bins of equal share in the camera's first week with enough numbers. The usual
/// reading (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 stable, 0.1 to 0.25 look at it, above 0.25 drifted.
public struct DriftReport: Sendable {
  /// One comparison.
  public struct Line: Sendable, Equatable {
    /// The camera.
    public let camera: String
    /// The number's name.
    public let reading: String
    /// The week compared, as `2026-W47`-like text.
    public let week: String
    /// The week compared with.
    public let baseline: String
    /// How many numbers there were.
    public let count: Int
    /// The index.
    public let index: Double

    /// `stable`, `look` or `drifted`.
    public var word: String { index < 0.1 ? "stable" : index <= 0.25 ? "look" : "drifted" }
  }

  /// Fewer numbers in a week than this say nothing.
  public static let fewest = 200
  /// The numbers compared.
  static let readings = [
    "risk", "liveness", "forgery", "spoof", "interocular_px", "sharpness", "exposure", "confidence",
  ]

  /// All comparisons, camera by camera.
  public let lines: [Line]

  /// Reads every summary of the log.
  public init(_ reader: LogReader) throws(LogError) {
    var values: [String: [String: [String: [Double]]]] = [:]
    var cameras: [String: String] = [:]
    try reader.forEach { _, text in
      guard let record = try? JSONParser.parse(Array(text.utf8)), let session = record["session"]?.text else {
        return
      }
      if record["kind"]?.text == "session_start" {
        cameras[session] = record["data"]?["device"]?["name"]?.text ?? ""
      }
      guard record["kind"]?.text == "summary" else { return }
      let week = Self.week(record["wall"]?.text ?? "")
      for track in record["data"]?["tracks"]?.elements ?? [] {
        for name in Self.readings {
          if let number = Reading(json: track["readings"]?[name]).number {
            values[cameras[session] ?? "", default: [:]][name, default: [:]][week, default: []].append(number)
          }
        }
      }
    }
    lines = values.sorted { $0.key < $1.key }.flatMap { camera, readings in
      readings.sorted { $0.key < $1.key }.flatMap { name, weeks in Self.compare(camera, name, weeks) }
    }
  }

  private static func compare(_ camera: String, _ name: String, _ weeks: [String: [Double]]) -> [Line] {
    let enough = weeks.filter { $0.value.count >= fewest }.sorted { $0.key < $1.key }
    guard let first = enough.first else { return [] }
    return enough.dropFirst().map { week, numbers in
      Line(
        camera: camera, reading: name, week: week, baseline: first.key, count: numbers.count,
        index: stabilityIndex(first.value, numbers))
    }
  }

  /// The population stability index of `sample` against `baseline`, both not empty.
  public static func stabilityIndex(_ baseline: [Double], _ sample: [Double]) -> Double {
    let sorted = baseline.sorted()
    let limits = (1..<10).map { sorted[$0 * sorted.count / 10] }
    func shares(_ numbers: [Double]) -> [Double] {
      var counts = [Double](repeating: 0, count: 10)
      for number in numbers { counts[limits.firstIndex { number < $0 } ?? 9] += 1 }
      // Half a number in an empty bin, so that the logarithm exists.
      return counts.map { max($0, 0.5) / Double(numbers.count) }
    }
    return zip(shares(baseline), shares(sample)).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
  }

  /// The Monday of an RFC 3339 time's week, as a date.
  private static func week(_ wall: String) -> String {
    let parts = wall.prefix(10).split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return "" }
    let shift = parts[1] <= 2 ? 1 : 0
    let year = parts[0] - shift
    let month = (parts[1] + 9) % 12
    let day = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 1 - 719_468
    let monday = day - (day + 3) % 7
    return String(ClockReading.text(microseconds: Int64(monday) * 86_400_000_000).prefix(10))
  }
}
