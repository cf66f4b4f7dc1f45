public import Foundation

/// How lips are compared with voices, and from where on it says something: `Calibration/lips.json`.
///
/// Learnt by `Tools/measure/lips.py` from people who talk: the weights turn a mouth's shape and a voice's loudness in bands
/// into numbers that go together (canonical correlation, Hotelling 1936); `docs/sound.md` describes them.
public struct LipRules: Sendable, Equatable, Codable {
  /// Where offsets count as late or early (ITU-R BT.1359-1), in milliseconds.
  public struct Limits: Sendable, Equatable, Codable {
    /// Accepted as far as a voice may come before the lips.
    public let earliest: Double
    /// Accepted as far as a voice may come behind the lips.
    public let latest: Double
    /// From this strength on lips and voice move together.
    public let strength: Double
    /// Seconds of voice that a comparison needs.
    public let voicedSeconds: Double
    /// From this confidence of the network on somebody speaks.
    public let voice: Double
    /// Below this movement, in parts of the distance between the eyes, lips rest.
    public let resting: Double
    /// From this part of the voice on lips that rest during it are a reason.
    public let restingShare: Double
  }

  /// Where the numbers come from.
  public let origin: ScoreRules.Origin
  /// Instants of 20 ms by which the mouth's shape is taken before and after the voice.
  public let lags: [Int]
  /// One column of weights a component: for each lag the numbers of ``MouthShape``.
  public let mouth: [[Double]]
  /// One column of weights a component: for each band of the voice.
  public let voice: [[Double]]
  /// How much each component counts.
  public let weights: [Double]
  /// What people's lips are ahead of their voices by, in milliseconds.
  public let lead: Double
  /// By what the interval that the data themselves give is widened, so that it holds in 95 of 100 clips.
  public let widening: Double
  /// Where the numbers begin to say something.
  public let limits: Limits

  /// Reads the file at `path`; nil when there is none.
  public static func read(path: String) throws(CalibrationError) -> LipRules? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw CalibrationError(
        file: path, field: "file", found: "unreadable or too large", expected: "at most a megabyte of JSON")
    }
    return try LipRules(data: data, file: path)
  }

  /// Reads `data`; `file` is named in errors.
  public init(data: Data, file: String) throws(CalibrationError) {
    do { self = try JSONDecoder().decode(LipRules.self, from: data) } catch {
      throw CalibrationError(
        file: file, field: "file", found: "not what is expected (\(error))",
        expected: "rules for lips and voices")
    }
    func check(_ field: String, _ isRight: Bool, _ expected: String) throws(CalibrationError) {
      if !isRight {
        throw CalibrationError(file: file, field: field, found: "out of range", expected: expected)
      }
    }
    try check("lags", !lags.isEmpty && lags.allSatisfy { abs($0) <= 25 }, "up to 25 instants either way")
    try check("weights", (1...8).contains(weights.count) && weights.allSatisfy { $0 > 0 }, "1 to 8 above 0")
    try check(
      "mouth", mouth.count == weights.count && mouth.allSatisfy { $0.count == lags.count * 8 },
      "as many columns as weights, with 8 numbers a lag")
    try check(
      "voice", voice.count == weights.count && voice.allSatisfy { $0.count == 5 },
      "as many columns as weights, with 5 numbers")
    try check("lead", abs(lead) <= 300, "at most 300 ms either way")
    try check("widening", (0.1...100).contains(widening), "0.1 to 100")
    try check("limits.earliest", (0...1000).contains(limits.earliest), "0 to 1000 ms")
    try check("limits.latest", (0...1000).contains(limits.latest), "0 to 1000 ms")
    try check("limits.strength", (0...100).contains(limits.strength), "0 to 100")
    try check("limits.voicedSeconds", (0.5...30).contains(limits.voicedSeconds), "0.5 to 30 s")
    try check("limits.voice", (0.01...0.99).contains(limits.voice), "0.01 to 0.99")
    try check("limits.resting", (0...1).contains(limits.resting), "0 to 1")
    try check("limits.restingShare", (0...1).contains(limits.restingShare), "0 to 1")
  }
}
