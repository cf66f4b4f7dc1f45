import Foundation
import JSON
import Observations
import Pipeline
import Quantities
import Reports

/// `monitor --jsonl`: one line an event (track born or gone, verdict, blink, mouth) and one a second.
final class EventStream: ReportSink {
  private struct Known {
    var label: VerdictLabel
    var blinks: Int
    var mouthEvents: Int
  }

  private let file: LineFile
  private var known: [TrackID: Known] = [:]
  private var origin: MonotonicInstant?
  private var lastSecond = -1

  init(_ file: LineFile) { self.file = file }

  func take(_ event: SessionEvent) throws {
    guard case .frame(let judged) = event else { return }
    let report = judged.report
    let start = origin ?? report.captured
    origin = start
    let seconds = (report.captured - start).inSeconds
    for track in report.tracks { try changes(of: track, report, seconds) }
    for id in known.keys.sorted() where !report.tracks.contains(where: { $0.track.id == id }) {
      known[id] = nil
      try write("track_ended", report, seconds, [("track", .integer(Int64(id.value)))])
    }
    if Int(seconds) > lastSecond {
      lastSecond = Int(seconds)
      try write("second", report, seconds, summary(report))
    }
  }

  /// The last line: why it ended, and where all frames of the source went.
  func finish(_ ending: SessionEnding, _ counters: FrameCounters) throws {
    let head: [(String, OrderedJSON)] = [
      ("schema", .integer(1)), ("event", .string("end")), ("reason", .string(ending.reason)),
    ]
    try file.write(OrderedJSON.object(head + Self.members(counters)).text)
    try file.close()
  }

  private static func members(_ counters: FrameCounters) -> [(String, OrderedJSON)] {
    [
      ("delivered", .integer(Int64(counters.delivered))), ("lost", .integer(Int64(counters.lost))),
      ("dropped", .integer(Int64(counters.dropped))), ("damaged", .integer(Int64(counters.damaged))),
      ("undecodable", .integer(Int64(counters.undecodable))),
      ("pool_exhausted", .integer(Int64(counters.poolExhausted))),
      ("unlit", .integer(Int64(counters.unlit))),
    ]
  }

  private func changes(of track: TrackReport, _ report: FrameReport, _ seconds: Double) throws {
    let id = track.track.id
    let number: [(String, OrderedJSON)] = [("track", .integer(Int64(id.value)))]
    if known[id] == nil {
      known[id] = Known(label: .undecided, blinks: 0, mouthEvents: 0)
      try write("track_began", report, seconds, number)
    }
    guard var old = known[id] else { return }
    if old.label != track.verdict.label {
      old.label = track.verdict.label
      try write(
        "verdict", report, seconds,
        number + [
          ("verdict", .string(track.verdict.label.rawValue)),
          ("risk", track.verdict.risk.json(OrderedJSON.probability)),
          ("reasons", .array(track.verdict.reasons.map(OrderedJSON.reason))),
        ])
    }
    let origin = origin ?? report.captured
    func new(_ events: [EventInterval], since count: Int, _ name: String) throws {
      for event in events.dropFirst(count) {
        try write(name, report, seconds, number + [("interval", .interval(event, from: origin))])
      }
    }
    try new(track.liveness.blinks, since: old.blinks, "blink")
    try new(track.liveness.mouthEvents, since: old.mouthEvents, "mouth")
    (old.blinks, old.mouthEvents) = (track.liveness.blinks.count, track.liveness.mouthEvents.count)
    known[id] = old
  }

  private func summary(_ report: FrameReport) -> [(String, OrderedJSON)] {
    let counters = report.counters
    let tracks = report.tracks.map { track in
      OrderedJSON.object([
        ("id", .integer(Int64(track.track.id.value))), ("phase", .string(track.track.phase.rawValue)),
        ("verdict", .string(track.verdict.label.rawValue)),
        ("risk", track.verdict.risk.json(OrderedJSON.probability)),
        ("liveness", track.liveness.probability.json(OrderedJSON.probability)),
        ("forgery", .score(track.scores.forgery)), ("spoof", .score(track.scores.spoof)),
        ("reasons", .array(track.verdict.reasons.map(OrderedJSON.reason))),
      ])
    }
    let light = [("illumination", OrderedJSON.string(report.arrival.illumination.rawValue))]
    return Self.members(counters) + (counters.unlit > 0 ? light : []) + [("tracks", .array(tracks))]
  }

  private func write(
    _ event: String, _ report: FrameReport, _ seconds: Double, _ members: [(String, OrderedJSON)]
  ) throws {
    let head: [(String, OrderedJSON)] = [
      ("schema", .integer(1)), ("event", .string(event)), ("time_s", .seconds(seconds)),
      ("frame", .integer(Int64(report.frame))),
    ]
    try file.write(OrderedJSON.object(head + members).text)
  }
}
