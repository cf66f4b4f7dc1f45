import Monitoring
import Observations
import Quantities
import Testing
import VigilTesting

/// The text as Prometheus reads it (exposition format 0.0.4), read by a strict reader of its own.
@Suite struct ExpositionTests {
  struct Sample {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  /// Families in order, each with its type and samples; records an issue for what the format does not allow.
  private func families(_ text: String) -> [(name: String, type: String, samples: [Sample])] {
    var found: [(name: String, type: String, samples: [Sample])] = []
    var helped = ""
    #expect(text.hasSuffix("\n"))
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      if line.hasPrefix("# HELP ") {
        helped = words[2]
      } else if line.hasPrefix("# TYPE ") {
        #expect(words[2] == helped && !found.contains { $0.name == words[2] }, "\(line)")
        #expect(["counter", "gauge", "histogram"].contains(words[3]))
        found.append((words[2], words[3], []))
      } else if let sample = sample(line), let family = found.last {
        let ends = family.type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        #expect(ends.contains { sample.name == family.name + $0 }, "\(line)")
        #expect(family.type != "counter" || family.name.hasSuffix("_total"), "\(family.name)")
        found[found.count - 1].samples.append(sample)
      } else {
        Issue.record("no line of the format: \(line)")
      }
    }
    return found
  }

  private func sample(_ line: Substring) -> Sample? {
    guard let split = line.lastIndex(of: " "), let value = Double(line[line.index(after: split)...]) else {
      return nil
    }
    let head = line[..<split]
    let name = head.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    guard !name.isEmpty else { return nil }
    var (rest, labels) = (head[name.endIndex...], [String: String]())
    guard rest.first == "{" else {
      return rest.isEmpty ? Sample(name: String(name), labels: [:], value: value) : nil
    }
    rest = rest.dropFirst()
    while let equals = rest.firstIndex(of: "=") {
      let label = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
      guard rest.first == "\"" else { return nil }
      rest = rest.dropFirst()
      var text = ""
      while let next = rest.first, next != "\"" {
        rest = rest.dropFirst()
        guard next == "\\" else {
          text.append(next)
          continue
        }
        guard let escaped = rest.first, let meant = ["\\": "\\", "\"": "\"", "n": "\n"][escaped] else {
          return nil
        }
        text += meant
        rest = rest.dropFirst()
      }
      guard rest.first == "\"", labels.updateValue(text, forKey: label) == nil else { return nil }
      rest = rest.dropFirst()
      if rest.first == "," { rest = rest.dropFirst() }
    }
    return rest == "}" ? Sample(name: String(name), labels: labels, value: value) : nil
  }

  private func metrics(
    _ source: String = "camera", log: SessionMetrics.Log? = nil, now: Double = 4
  ) -> SessionMetrics {
    SessionMetrics(
      .init(version: "1.2", source: source, isLive: true, started: 1_700_000_000.25), log: { log },
      now: { MonotonicInstant(seconds: now) })
  }

  private func value(_ metrics: SessionMetrics, _ name: String, _ labels: [String: String] = [:]) -> Double? {
    families(metrics.text).flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
  }

  @Test func anUntouchedSessionIsWellFormed() {
    let metrics = metrics()
    let names = families(metrics.text).map(\.name)
    #expect(names.contains("vigil_build_info") && names.contains("vigil_frames_delivered_total"))
    // No frame, no log, no stage: their families are not there at all.
    for name in [
      "vigil_picture_age_seconds", "vigil_log_up", "vigil_stage_duration_seconds", "vigil_score_age_seconds",
    ] {
      #expect(!names.contains(name), "\(name)")
    }
    #expect(value(metrics, "vigil_session_start_time_seconds") == 1_700_000_000.25)
    #expect(value(metrics, "vigil_source_up") == 1 && value(metrics, "vigil_faces") == 0)
  }

  /// Names of sources are strangers' text.
  @Test(arguments: ["plain", "a\"b", "a\\b", "a\nb", "a{b=\"c\"} 7", "é ع", "\\n", ""])
  func aSourceOfAnyNameIsOneLabel(source: String) throws {
    let text = metrics(source).text
    let info = try #require(families(text).first { $0.name == "vigil_source_info" })
    let expected = source.replacing("\n", with: "\\u000a")
    #expect(info.samples.map { $0.labels } == [["source": expected, "kind": "live"]])
  }

  @Test func facesAndVerdictsAreCounted() throws {
    let metrics = metrics()
    let size = PixelSize(width: 640, height: 360)
    let box = PixelRect(x: 10, y: 10, width: 100, height: 100)
    func report(_ labels: [(Int, VerdictLabel, TrackPhase)]) throws -> FrameReport {
      SyntheticReports.report(
        try labels.map {
          try #require(SyntheticReports.track($0.0, in: box, label: $0.1, risk: nil, phase: $0.2))
        }, size: size)
    }
    metrics.take(try report([(1, .undecided, .confirmed), (2, .live, .coasting)]))
    #expect(value(metrics, "vigil_faces") == 1 && value(metrics, "vigil_tracks_total") == 2)
    #expect(value(metrics, "vigil_tracks", ["verdict": "live"]) == 1)
    #expect(value(metrics, "vigil_verdict_changes_total", ["verdict": "live"]) == 1)
    // Undecided is where each begins: no change.
    #expect(value(metrics, "vigil_verdict_changes_total", ["verdict": "undecided"]) == 0)
    metrics.take(try report([(1, .fake, .confirmed), (2, .live, .confirmed)]))
    metrics.take(try report([(1, .fake, .confirmed)]))
    metrics.take(try report([(1, .live, .confirmed)]))
    #expect(value(metrics, "vigil_verdict_changes_total", ["verdict": "fake"]) == 1)
    #expect(value(metrics, "vigil_verdict_changes_total", ["verdict": "live"]) == 2)
    #expect(
      value(metrics, "vigil_tracks", ["verdict": "fake"]) == 0 && value(metrics, "vigil_tracks_total") == 2)
    #expect(value(metrics, "vigil_frames_delivered_total") == 120)
    #expect(value(metrics, "vigil_frames_not_judged_total", ["reason": "dropped"]) == 5)
    #expect(value(metrics, "vigil_frames_not_judged_total", ["reason": "lost"]) == 2)
  }

  @Test func aSourceIsLostOnceUntilItIsBack() {
    let metrics = metrics()
    for isAway in [true, true, false, false, true] { metrics.note(isAway: isAway) }
    #expect(value(metrics, "vigil_source_losses_total") == 2 && value(metrics, "vigil_source_up") == 0)
    metrics.note(isAway: false)
    #expect(value(metrics, "vigil_source_up") == 1)
  }

  @Test func theLogIsAskedAtEachScrape() {
    let sound = metrics(log: .init(records: 12, isSound: true))
    #expect(value(sound, "vigil_log_records_total") == 12 && value(sound, "vigil_log_up") == 1)
    #expect(value(metrics(log: .init(records: 12, isSound: false)), "vigil_log_up") == 0)
  }

  /// Buckets only grow, the last holds all, and a time on a bound is in its bucket.
  @Test func histogramsAreCumulative() throws {
    let metrics = metrics()
    for seconds in [0.0005, 0.001, 0.004, 0.3, 7] {
      var timings = StageTimings()
      timings.detection = .nanoseconds(Int64((seconds * 1e9).rounded()))
      metrics.take(
        FrameReport(
          FrameArrival(
            index: 1, captured: MonotonicInstant(seconds: 3), size: PixelSize(width: 8, height: 8),
            camera: "c"),
          tracks: [], timings: timings))
    }
    let family = try #require(families(metrics.text).first { $0.type == "histogram" })
    let buckets = family.samples.filter { $0.name.hasSuffix("_bucket") }
    let bounds = buckets.compactMap { $0.labels["le"].flatMap(Double.init) }
    #expect(bounds == bounds.sorted() && bounds.last == .infinity && bounds.count == buckets.count)
    #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
    func upTo(_ bound: String) -> Double? { buckets.first { $0.labels["le"] == bound }?.value }
    #expect(
      upTo("0.001") == 2 && upTo("0.005") == 3 && upTo("0.25") == 3 && upTo("0.5") == 4 && upTo("5") == 4)
    #expect(upTo("+Inf") == 5)
    #expect(family.samples.first { $0.name.hasSuffix("_count") }?.value == 5)
    #expect(abs((family.samples.first { $0.name.hasSuffix("_sum") }?.value ?? 0) - 7.3055) < 1e-9)
  }

  @Test func agesAreOfThePictureAndOfTheScoreThatWaitsLongest() throws {
    let metrics = metrics(now: 9)
    let box = PixelRect(x: 10, y: 10, width: 100, height: 100)
    let track = try #require(SyntheticReports.track(1, in: box, label: .live, risk: 0.1))
    func scored(_ id: Int, at seconds: Double) -> TrackReport {
      let score = TrackScore(
        probability: Probability(clamping: 0.1), uncertainty: 0, framesScored: 1, newestFrame: 1,
        model: ModelIdentity(name: "n", sha256: "h"))
      return TrackReport(
        track: Track(
          id: TrackID(id), phase: .confirmed, born: track.track.born, lastSeen: track.track.lastSeen,
          face: track.track.face), liveness: track.liveness,
        scores: NetworkScores(
          forgery: .measured(score, at: MonotonicInstant(seconds: seconds)), spoof: .unavailable(.noModel)),
        verdict: track.verdict)
    }
    // Captured at 4 s, arrived and asked for at 9 s.
    metrics.take(
      SyntheticReports.report(
        [scored(1, at: 3), scored(2, at: 1.5)], size: PixelSize(width: 640, height: 360)))
    #expect(value(metrics, "vigil_picture_age_seconds") == 5)
    #expect(value(metrics, "vigil_score_age_seconds", ["question": "forgery"]) == 2.5)
    #expect(value(metrics, "vigil_score_age_seconds", ["question": "spoof"]) == nil)
  }
}
