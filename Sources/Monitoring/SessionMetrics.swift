import Foundation
public import Observations
public import Quantities
import Surroundings
import Synchronization

/// What Prometheus is given of a running session. Any thread; taking a report costs some microseconds.
public final class SessionMetrics: Sendable {
  /// What stays the same in a session.
  public struct Session: Sendable {
    /// The program's version.
    public var version: String
    /// The source's name, without secrets.
    public var source: String
    /// Whether frames come when they come.
    public var isLive: Bool
    /// When it began, in seconds of Unix time.
    public var started: Double

    /// A session.
    public init(version: String, source: String, isLive: Bool, started: Double) {
      (self.version, self.source, self.isLive, self.started) = (version, source, isLive, started)
    }
  }

  /// The state of the session's log.
  public struct Log: Sendable {
    /// Records that are on disk.
    public var records: UInt64
    /// Whether it can be written.
    public var isSound: Bool

    /// The state of a log.
    public init(records: UInt64, isSound: Bool) { (self.records, self.isSound) = (records, isSound) }
  }

  private struct State {
    var newest: (report: FrameReport, arrived: MonotonicInstant)?
    var labels: [TrackID: VerdictLabel] = [:]
    var highestTrack = 0
    var changes: [VerdictLabel: Int] = [:]
    var isAway = false
    var losses = 0
    var stages: [String: Histogram] = [:]
    var lastScoring = Duration.zero
  }

  private static let stageNames = ["decode", "detection", "landmarks", "judgement", "scoring"]

  private let session: Session
  private let log: @Sendable () -> Log?
  private let now: @Sendable () -> MonotonicInstant
  private let state = Mutex(State())

  /// Metrics of `session`; `log` is asked at each scrape, nil when none is kept.
  public init(
    _ session: Session, log: @escaping @Sendable () -> Log?,
    now: @escaping @Sendable () -> MonotonicInstant = { .now() }
  ) {
    (self.session, self.log, self.now) = (session, log, now)
  }

  /// Takes a report, in order.
  public func take(_ report: FrameReport) {
    let arrived = now()
    state.withLock { state in
      state.newest = (report, arrived)
      for track in report.tracks {
        let (id, label) = (track.track.id, track.verdict.label)
        state.highestTrack = max(state.highestTrack, id.value)
        if state.labels[id, default: .undecided] != label { state.changes[label, default: 0] += 1 }
        state.labels[id] = label
      }
      if state.labels.count > report.tracks.count {
        let present = Set(report.tracks.map(\.track.id))
        state.labels = state.labels.filter { present.contains($0.key) }
      }
      let timings = report.timings
      for (name, time) in [
        ("decode", timings.decode), ("detection", timings.detection), ("landmarks", timings.landmarks),
        ("judgement", timings.judgement),
      ] where time > .zero { state.stages[name, default: Histogram()].add(time.inSeconds) }
      // The newest run stands in every report until the next one.
      if timings.scoring != state.lastScoring, timings.scoring > .zero {
        state.lastScoring = timings.scoring
        state.stages["scoring", default: Histogram()].add(timings.scoring.inSeconds)
      }
    }
  }

  /// The source went away (`isAway`) or came back.
  public func note(isAway: Bool) {
    state.withLock { state in
      if isAway, !state.isAway { state.losses += 1 }
      state.isAway = isAway
    }
  }

  /// All numbers in Prometheus' text format.
  public var text: String {
    let (state, now) = (state.withLock { $0 }, now())
    var out = MetricText()
    out.add("vigil_build_info", .gauge, "The program's version.", [([("version", session.version)], 1)])
    out.add(
      "vigil_source_info", .gauge, "What is watched.",
      [([("source", ShownText.line(session.source)), ("kind", session.isLive ? "live" : "recording")], 1)])
    out.add(
      "vigil_session_start_time_seconds", .gauge, "When the session began, in seconds of Unix time.",
      session.started)
    out.add(
      "vigil_source_up", .gauge, "1 while the source gives frames, 0 while it is away.", state.isAway ? 0 : 1)
    out.add("vigil_source_losses_total", .counter, "Times that the source went away.", Double(state.losses))
    frames(state, &out)
    faces(state, &out)
    ages(state, now, &out)
    out.add(
      "vigil_stage_duration_seconds", "Time of each stage for one frame; scoring: one run of the networks.",
      Self.stageNames.compactMap { name in state.stages[name].map { ([("stage", name)], $0) } })
    if let log = log() {
      out.add(
        "vigil_log_records_total", .counter, "Records of the session log that are on disk.",
        Double(log.records))
      out.add("vigil_log_up", .gauge, "1 while the session log can be written.", log.isSound ? 1 : 0)
    }
    out.add("process_resident_memory_bytes", .gauge, "Memory of the process.", Self.memory)
    return out.text
  }

  private func frames(_ state: State, _ out: inout MetricText) {
    let counters = state.newest?.report.counters ?? FrameCounters()
    out.add(
      "vigil_frames_delivered_total", .counter, "Frames that arrived decoded.", Double(counters.delivered))
    let reasons: [(String, UInt64)] = [
      ("lost", counters.lost), ("dropped", counters.dropped), ("damaged", counters.damaged),
      ("undecodable", counters.undecodable), ("pool_exhausted", counters.poolExhausted),
    ]
    out.add(
      "vigil_frames_not_judged_total", .counter, "Frames that were not looked at, by reason.",
      reasons.map { ([("reason", $0.0)], Double($0.1)) })
  }

  private func faces(_ state: State, _ out: inout MetricText) {
    let tracks = state.newest?.report.tracks ?? []
    out.add(
      "vigil_faces", .gauge, "Faces seen in the newest frame.",
      Double(tracks.filter { $0.track.phase != .coasting }.count))
    out.add(
      "vigil_tracks_total", .counter, "Faces followed since the session began.", Double(state.highestTrack))
    out.add(
      "vigil_tracks", .gauge, "Faces followed at present, by verdict.",
      VerdictLabel.allCases.map { label in
        ([("verdict", label.rawValue)], Double(tracks.filter { $0.verdict.label == label }.count))
      })
    out.add(
      "vigil_verdict_changes_total", .counter, "Verdicts that changed, by the new verdict.",
      VerdictLabel.allCases.map { ([("verdict", $0.rawValue)], Double(state.changes[$0] ?? 0)) })
  }

  private func ages(_ state: State, _ now: MonotonicInstant, _ out: inout MetricText) {
    guard let (report, arrived) = state.newest else { return }
    // A recording has a clock of its own: its pictures are as old as their report.
    let age = max((now - (session.isLive ? report.captured : arrived)).inSeconds, 0)
    out.add("vigil_picture_age_seconds", .gauge, "Age of the newest picture that was judged.", age)
    func newest(_ score: (TrackReport) -> Evidence<TrackScore>) -> Double? {
      let ages = report.tracks.compactMap { track -> Double? in
        guard case .measured(_, let at) = score(track) else { return nil }
        return max((report.captured - at).inSeconds + (now - arrived).inSeconds, 0)
      }
      return ages.max()
    }
    let scores = [("forgery", newest { $0.scores.forgery }), ("spoof", newest { $0.scores.spoof })]
    out.add(
      "vigil_score_age_seconds", .gauge, "Age of the networks' scores, of the face that waits longest.",
      scores.compactMap { question, age in age.map { ([("question", question)], $0) } })
  }

  private static var memory: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
