import Calibration
import Capture
import Evaluation
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Surroundings

/// Shifts the limits in use to one place, by live people in front of its cameras and nobody else.
struct SiteCalibration {
  /// Seconds between two scores of one person that are taken.
  private static let distance = Duration.seconds(2)

  let assembly: Assembly
  /// Seconds of each source that are looked at.
  let seconds: Double

  /// What the networks said of one track.
  fileprivate struct Person {
    var forgery: [Double] = []
    var spoof: [Double] = []
    var first: MonotonicInstant
    var last: MonotonicInstant
    var taken: MonotonicInstant?

    func part(_ logits: [Double]) -> SiteShift.Person {
      SiteShift.Person(logits: logits, seconds: (last - first).inSeconds)
    }
  }

  /// The rules in use with shifted limits.
  func rules(_ sources: [String], day: String) throws -> ScoreRules {
    guard let rules = assembly.calibration.scores else {
      throw Failure(.usage, "there is no scores.json beside \(assembly.calibrationFile.path) to shift")
    }
    var people: [Person] = []
    for source in sources { people += try watched(source) }
    let forgery = try rules.forgery.flatMap {
      try question($0, "forgery", people.map { $0.part($0.forgery) })
    }
    let spoof = try rules.spoof.flatMap { try question($0, "spoof", people.map { $0.part($0.spoof) }) }
    guard forgery != nil || spoof != nil else {
      throw Failure(.undecided, "\(SiteShift.Refusal.noReference)")
    }
    return ScoreRules(
      origin: .init(
        id: "\(rules.origin.id)-site-\(day)".cut(to: 100), date: day,
        data:
          "\(rules.origin.data); shifted by \(people.count) live people of: \(sources.joined(separator: ", "))"
          .cut(to: 400),
        metric: "\(rules.origin.metric); quantiles of live scores laid on those of left-out places".cut(
          to: 400),
        tool: "vigil calibrate scores --live \(Program.version)"),
      forgery: forgery ?? rules.forgery, spoof: spoof ?? rules.spoof)
  }

  /// The question with shifted limits; nil when nothing is known of other places.
  private func question(
    _ question: ScoreRules.Question, _ name: String, _ people: [SiteShift.Person]
  ) throws -> ScoreRules.Question? {
    guard question.liveQuantiles != nil else {
      StandardErrors.say("\(name): scores.json holds no live_quantiles; its limits stay")
      return nil
    }
    let shift: SiteShift
    do { shift = try SiteShift(people: people, reference: question.liveQuantiles) } catch {
      throw Failure(.undecided, "\(name): \(error)")
    }
    let bounded = shift.isBounded ? "; more was asked for than live people of other places differ" : ""
    StandardErrors.say(
      "\(name): limits shifted by \(String(format: "%+.2f", shift.logits)) (logits) from \(people.count) people\(bounded)"
    )
    let limits = question.limits.mapValues {
      ScoreRules.Limits(suspect: shift.shifted($0.suspect), fake: shift.shifted($0.fake))
    }
    return ScoreRules.Question(
      joined: question.joined, limits: limits, liveQuantiles: question.liveQuantiles,
      balanced: question.balanced.map(shift.shifted))
  }

  private func watched(_ argument: String) throws -> [Person] {
    let source = try Assembly.open(argument)
    guard source.description.kind != .still else {
      throw Failure(.usage, "\(argument): a still picture; give recordings or a camera")
    }
    let watcher = PersonSink(argument)
    let session = InlineSession(
      source: source, analyzer: try assembly.perception(pace: .inline, isStill: false),
      most: .seconds(seconds))
    try SessionDriver(session, [watcher]).run()
    return Array(watcher.people.values)
  }

  /// Collects the scores of everybody in front of a source.
  private final class PersonSink: ReportSink {
    private let name: String
    private(set) var people: [TrackID: Person] = [:]

    init(_ name: String) { self.name = name }

    func take(_ event: SessionEvent) throws {
      switch event {
      case .cameraLost(let reason): throw Failure(.noInput, "\(name): \(reason)")
      case .frame(let judged):
        let report = judged.report
        for track in report.tracks where track.track.phase == .confirmed {
          people[track.track.id, default: Person(first: report.captured, last: report.captured)]
            .take(track, at: report.captured, distance: SiteCalibration.distance)
        }
      case .waiting, .cameraReturned, .ended, .failed, .asked: break
      }
    }
  }
}

extension SiteCalibration.Person {
  fileprivate mutating func take(_ track: TrackReport, at now: MonotonicInstant, distance: Duration) {
    last = now
    guard taken.map({ now - $0 >= distance }) ?? true else { return }
    func logit(_ score: TrackScore) -> Double {
      let probability = min(max(score.probability.value, 1e-9), 1 - 1e-9)
      return log(probability / (1 - probability))
    }
    guard track.scores.areSettled else { return }
    taken = now
    if let score = track.scores.forgery.value { forgery.append(logit(score)) }
    if let score = track.scores.spoof.value { spoof.append(logit(score)) }
  }
}

extension String {
  /// At most `count` characters.
  fileprivate func cut(to count: Int) -> String { String(prefix(count)) }
}
