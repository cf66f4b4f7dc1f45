import JSON
import LogProofs

/// Compares how scores and quality are spread: between weeks of one camera, and between one camera and all others.
///
/// The population stability index is Σ (p - q) ln(p / q) over ten bins of equal share in the baseline. The usual
/// reading (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 stable, 0.1 to 0.25 look at it, above 0.25 drifted.
public struct DriftReport: Sendable {
  /// One comparison.
  public struct Line: Sendable, Equatable {
    /// The camera.
    public let camera: String
    /// The number's name.
    public let reading: String
    /// The Monday of the week compared, as a date.
    public let week: String
    /// What it is compared with: the Monday of the camera's first week, or `other cameras`.
    public let baseline: String
    /// How many numbers there were.
    public let count: Int
    /// The index.
    public let index: Double

    /// `stable`, `look` or `drifted`.
    public var word: String { index < 0.1 ? "stable" : index <= 0.25 ? "look" : "drifted" }
  }

  /// What the baseline is called when a camera is compared with the others in the same week.
  public static let others = "other cameras"
  /// Fewer numbers in a week than this say nothing.
  public static let fewest = 200
  /// What the networks and the liveness stage say.
  static let scores = ["risk", "liveness", "forgery", "spoof"]
  /// What the camera and its place are like.
  static let qualities = ["interocular_px", "sharpness", "exposure", "confidence"]

  /// All comparisons, camera by camera; those between weeks first.
  public let lines: [Line]
  /// What follows from them, in words: which camera, which network, since when.
  public let conclusions: [String]

  /// Reads every summary of the log; recordings that were analysed are no cameras and are left out.
  public init(_ history: LogHistory) throws(LogError) {
    var samples = DriftSamples()
    try history.forEach { _, text in
      if let record = try? JSONParser.parse(Array(text.utf8)) { samples.add(record) }
    }
    lines = Self.betweenWeeks(samples) + Self.betweenCameras(samples)
    conclusions = Self.conclusions(lines, samples)
  }

  private static func betweenWeeks(_ samples: DriftSamples) -> [Line] {
    samples.cameras.flatMap { camera in
      (scores + qualities).flatMap { name -> [Line] in
        let weeks = samples.weeks(of: name, camera).filter { $0.numbers.count >= fewest }
        guard let first = weeks.first else { return [] }
        return weeks.dropFirst().map { week in
          Line(
            camera: camera, reading: name, week: week.week, baseline: first.week, count: week.numbers.count,
            index: StabilityIndex.of(first.numbers, week.numbers))
        }
      }
    }
  }

  /// Each camera in its newest week against each other one of that week: the median, so that one odd camera does not
  /// make all the others look odd.
  private static func betweenCameras(_ samples: DriftSamples) -> [Line] {
    samples.cameras.flatMap { camera in
      (scores + qualities).compactMap { name -> Line? in
        guard let own = samples.weeks(of: name, camera).last(where: { $0.numbers.count >= fewest }) else {
          return nil
        }
        let indices = samples.cameras.filter { $0 != camera }.compactMap { other -> Double? in
          let rest = samples.weeks(of: name, other).first { $0.week == own.week }?.numbers ?? []
          return rest.count >= fewest ? StabilityIndex.of(rest, own.numbers) : nil
        }.sorted()
        guard !indices.isEmpty else { return nil }
        return Line(
          camera: camera, reading: name, week: own.week, baseline: others, count: own.numbers.count,
          index: indices[(indices.count - 1) / 2])
      }
    }
  }

  private static func conclusions(_ lines: [Line], _ samples: DriftSamples) -> [String] {
    var said: [String] = []
    for camera in samples.cameras {
      let own = lines.filter { $0.camera == camera && $0.baseline != others }
      for week in Set(own.map(\.week)).sorted() {
        let drifted = own.filter { $0.week == week && $0.word == "drifted" }
        guard !drifted.isEmpty else { continue }
        let names = drifted.map(\.reading).joined(separator: ", ")
        let isCamera = drifted.contains { qualities.contains($0.reading) }
        let isScores = drifted.contains { scores.contains($0.reading) }
        let what =
          isCamera
          ? "the camera has drifted\(isScores ? ", and scores with it" : "")"
          : "scores have drifted while the pictures have not: the networks, or the people"
        let baseline = drifted[0].baseline
        let changed =
          samples.networksDiffer(camera, week, baseline) ? "; the networks differ between these weeks" : ""
        said.append("\(camera): \(what) (\(names)), week of \(week) against \(baseline)\(changed)")
      }
      let apart = lines.filter { $0.camera == camera && $0.baseline == others && $0.word == "drifted" }
      if let first = apart.first {
        let names = apart.map(\.reading).joined(separator: ", ")
        said.append("\(camera): differs from the other cameras (\(names)), week of \(first.week)")
      }
    }
    return said + together(lines)
  }

  /// A score that drifts on every camera in the same week, while no picture does, speaks of the network.
  private static func together(_ lines: [Line]) -> [String] {
    let weekly = lines.filter { $0.baseline != others }
    return Set(weekly.map(\.week)).sorted().flatMap { week in
      scores.compactMap { name -> String? in
        let all = weekly.filter { $0.week == week && $0.reading == name }
        let quality = weekly.filter { $0.week == week && qualities.contains($0.reading) }
        guard all.count > 1, all.allSatisfy({ $0.word == "drifted" }),
          quality.allSatisfy({ $0.word != "drifted" })
        else { return nil }
        return
          "\(name): has drifted on all \(all.count) cameras and no picture has: the network, week of \(week)"
      }
    }
  }
}

/// The numbers of a log, by camera, reading and week.
struct DriftSamples {
  private var values: [String: [String: [String: [Double]]]] = [:]
  private var networks: [String: [String: Set<String>]] = [:]
  private var sessions: [String: (camera: String, networks: Set<String>)] = [:]

  var cameras: [String] { values.keys.sorted() }

  /// Takes a record; only the beginnings of sessions and summaries matter.
  mutating func add(_ record: JSONValue) {
    guard let name = record["session"]?.text, let data = record["data"] else { return }
    if ["session_start", "session_continued"].contains(record["kind"]?.text),
      data["purpose"]?.text != "analyze"
    {
      let models = (data["models"]?.elements ?? []).compactMap { $0["sha256"]?.text }
      sessions[name] = (data["device"]?["name"]?.text ?? "", Set(models))
    }
    guard record["kind"]?.text == "summary", let session = sessions[name] else { return }
    let week = StabilityIndex.week(record["wall"]?.text ?? "")
    networks[session.camera, default: [:]][week, default: []].formUnion(session.networks)
    for track in data["tracks"]?.elements ?? [] {
      for name in DriftReport.scores + DriftReport.qualities {
        if let number = Reading(json: track["readings"]?[name]).number {
          values[session.camera, default: [:]][name, default: [:]][week, default: []].append(number)
        }
      }
    }
  }

  /// The numbers of one reading of one camera, week by week.
  func weeks(of name: String, _ camera: String) -> [(week: String, numbers: [Double])] {
    (values[camera]?[name] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func networksDiffer(_ camera: String, _ week: String, _ baseline: String) -> Bool {
    networks[camera]?[week] != networks[camera]?[baseline]
  }
}
