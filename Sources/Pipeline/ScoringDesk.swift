public import Calibration
import Dispatch
public import FaceScoring
import Foundation
public import Imaging
public import Observations
public import Quantities
import Synchronization

/// Where and how often the slow networks run.
public enum ScoringPace: Sendable {
  /// On their own queue, on the newest frame of each track: never waited for. For live sources.
  case besides
  /// At once, in the same order every time: for recordings that must give the same result twice.
  case inline
}

/// A crop that a network is about to see: for writing crops to files.
public struct CropSeen: Sendable {
  /// How the network is fed.
  public let manifest: ScoringManifest
  /// The picture.
  public let crop: RGBImage
  /// Where it was cut.
  public let face: Face
  /// Whose face it is.
  public let track: TrackID
  /// The frame it was cut from.
  public let frame: UInt64
}

/// How the slow networks are run.
public struct ScoringOptions: Sendable {
  /// How far two runs on one face lie apart, at least.
  public var every = ScoringInterval.standard
  /// Live sources: largest share of one core that all runs together may take; the distance grows when they cost more.
  public var share = 0.15
  /// Whether it is also asked where the networks see it.
  public var mapsAttention = false
  /// From this probability on a face counts as covered and is not shown to the networks; nil: never.
  public var coverLimit: Double?
  /// How the networks of a question are joined; nil when that was not fitted.
  public var rules: ScoreRules?
  /// Called with each crop that a network sees.
  public var observer: (@Sendable (CropSeen) -> Void)?

  /// The defaults.
  public init() {}
}

/// Hands the newest frame of each track to the forgery and spoof networks every so often, and keeps the scores.
///
/// Scores carry the frame they were made from; one older than three seconds becomes `unavailable(.stale)`. A missing
/// network is `unavailable(.noModel)`, a failing one `unavailable(.fault)`. A still picture is looked at five times.
public final class ScoringDesk: ScoreKeeping, Sendable {
  private struct Request: Sendable {
    let track: TrackID
    let face: Face
    let frame: Frame
  }

  private struct State {
    var entries: [TrackID: TrackScoring] = [:]
    var waiting: [TrackID: Request] = [:]
    var running = false
    var lastDuration = Duration.zero
    var failed: Set<ModelIdentity> = []
    var budget: CoreShare
  }

  private let scorers: ScorerSet
  private let options: ScoringOptions
  private let looks: [CropLook]
  private let pace: ScoringPace
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "vigil.scoring", qos: .utility)

  /// A desk that has seen nothing. `isStill`: the source is one picture.
  public init(_ scorers: ScorerSet, options: ScoringOptions, pace: ScoringPace, isStill: Bool = false) {
    (self.scorers, self.options, self.pace) = (scorers, options, pace)
    looks = isStill ? CropLook.five : [.plain]
    state = Mutex(State(budget: CoreShare(share: options.share)))
  }

  /// The networks in use.
  public var identities: [ModelIdentity] { scorers.identities }

  /// Time of the newest run over one face.
  public var lastDuration: Duration { state.withLock { $0.lastDuration } }

  /// Offers the face of a confirmed track in `frame`; taken when its turn has come.
  public func offer(_ face: Face, of track: TrackID, in frame: Frame) {
    guard !scorers.scorers.isEmpty else { return }
    let request = Request(track: track, face: face, frame: frame)
    guard state.withLock({ isDue(track, frame, &$0) }) else { return }
    switch pace {
    case .inline: score(request)
    case .besides: enqueue(request)
    }
  }

  private func isDue(_ track: TrackID, _ frame: Frame, _ state: inout State) -> Bool {
    state.entries[track, default: TrackScoring()].lastOffered = frame.index
    let last = state.entries[track]?.lastRequested
    let now = (frame: frame.index, at: frame.captured)
    guard last.map({ options.every.hasPassed(from: $0, to: now) }) ?? true else { return false }
    if case .besides = pace {
      guard state.budget.allows(at: .now()), !state.running else { return false }
      // The face that has waited longest comes first, of those still seen.
      let waits = { (entry: TrackScoring) in entry.lastRequested.map { Int64($0.frame) } ?? -1 }
      let mine = last.map { Int64($0.frame) } ?? -1
      let present = state.entries.values.filter { $0.lastOffered + 2 >= frame.index }
      guard present.allSatisfy({ waits($0) >= mine }) else { return false }
    }
    state.entries[track]?.lastRequested = now
    return true
  }

  /// Forgets tracks that have ended.
  public func keepOnly(_ tracks: Set<TrackID>) {
    state.withLock { state in
      for track in state.entries.keys where !tracks.contains(track) {
        state.entries[track] = nil
        state.waiting[track] = nil
      }
    }
  }

  /// What the networks say of a track as of the frame captured at `now`.
  public func scores(of track: TrackID, at now: MonotonicInstant) -> NetworkScores {
    state.withLock { state in
      let entry = state.entries[track] ?? TrackScoring()
      func joined(_ task: ScoringTask) -> Evidence<TrackScore> {
        let members = scorers.all(for: task).flatMap { scorer in
          [(scorer.identity, scorer.manifest.calibration)]
            + scorers.sequences(of: scorer).map { ($0.identity, $0.manifest.calibration) }
        }
        let evidence = members.map { model, calibration in
          MemberEvidence(
            model: model, calibration: calibration,
            logit: state.failed.contains(model)
              ? .unavailable(.fault) : entry.evidence(of: model, at: now))
        }
        return ScoreJoiner.join(
          evidence, rules: task == .forgery ? options.rules?.forgery : options.rules?.spoof)
      }
      var scores = NetworkScores(forgery: joined(.forgery), spoof: joined(.spoof))
      (scores.forgeryMap, scores.spoofMap) = (entry.maps[.forgery], entry.maps[.spoof])
      return scores
    }
  }

  private func enqueue(_ request: Request) {
    let start = state.withLock { state in
      state.waiting[request.track] = request
      defer { state.running = true }
      return !state.running
    }
    if start { queue.async { [self] in drain() } }
  }

  private func drain() {
    dispatchPrecondition(condition: .onQueue(queue))
    while true {
      let next: Request? = state.withLock { state in
        guard let track = state.waiting.keys.min() else {
          state.running = false
          return nil
        }
        return state.waiting.removeValue(forKey: track)
      }
      guard let next else { return }
      let (start, busy) = (MonotonicInstant.now(), Self.threadTime())
      score(next)
      let cost = Self.threadTime() - busy
      state.withLock { $0.budget.ran(from: start, cost: cost) }
    }
  }

  private func score(_ request: Request) {
    let start = MonotonicInstant.now()
    if !isCovered(request) {
      for scorer in scorers.scorers where scorer.manifest.task != .cover { run(scorer, request) }
    }
    state.withLock { state in
      state.entries[request.track]?.runs += 1
      state.lastDuration = MonotonicInstant.now() - start
    }
  }

  /// Asks the networks for covers; notes the largest answer.
  private func isCovered(_ request: Request) -> Bool {
    guard let limit = options.coverLimit else { return false }
    var most: Double?
    for scorer in scorers.all(for: .cover) {
      guard let crop = scorer.cutter.crop(of: request.face, in: request.frame) else { continue }
      options.observer?(
        CropSeen(
          manifest: scorer.manifest, crop: crop, face: request.face, track: request.track,
          frame: request.frame.index))
      do {
        let logit = try scorer.score(crop)
        most = max(most ?? 0, scorer.manifest.calibration.probability(logit.value).value)
      } catch { state.withLock { _ = $0.failed.insert(scorer.identity) } }
    }
    guard let most else { return false }
    state.withLock { $0.entries[request.track]?.cover = (most, request.frame.captured) }
    return most >= limit
  }

  /// That the face of `track` was covered when it was looked at last, at most a second before `now`; nil when it was
  /// not, or nobody looked.
  public func cover(of track: TrackID, at now: MonotonicInstant) -> VisibilityObstacle? {
    guard let limit = options.coverLimit, let seen = state.withLock({ $0.entries[track]?.cover }),
      seen.probability >= limit, now - seen.at <= .seconds(1)
    else { return nil }
    return VisibilityObstacle(.covered, .covered, value: seen.probability, limit: limit)
  }

  private func run(_ scorer: FaceScorer, _ request: Request) {
    let frame = request.frame
    for (index, look) in looks.enumerated() {
      guard let crop = scorer.cutter.crop(of: request.face, in: frame, look: look) else { return }
      if index == 0 {
        options.observer?(
          CropSeen(
            manifest: scorer.manifest, crop: crop, face: request.face, track: request.track,
            frame: frame.index))
      }
      do {
        let logit = try scorer.score(crop)
        add(logit, scorer.identity, request)
        guard index == 0 else { continue }
        try follow(scorer, request)
        if options.mapsAttention { try map(scorer, crop, logit, request) }
      } catch {
        state.withLock { _ = $0.failed.insert(scorer.identity) }
        return
      }
    }
  }

  private func add(_ logit: Logit, _ model: ModelIdentity, _ request: Request) {
    state.withLock {
      $0.entries[request.track]?.add(
        logit, of: model, frame: request.frame.index, at: request.frame.captured)
    }
  }

  /// Lets the networks over time read what `scorer` has just seen.
  private func follow(_ scorer: FaceScorer, _ request: Request) throws(ScoringError) {
    let followers = scorers.sequences(of: scorer)
    guard looks.count == 1, let most = followers.map(\.manifest.sequence.length).max(),
      let step = scorer.features()
    else { return }
    let steps = state.withLock {
      $0.entries[request.track]?.add(step, of: scorer.identity, keeping: most) ?? []
    }
    for follower in followers {
      if let logit = try follower.score(steps) { add(logit, follower.identity, request) }
    }
  }

  /// Where one network of each question sees it: the first that can say, else the first by covering fields, which is
  /// dear: then every eighth time.
  private func map(
    _ scorer: FaceScorer, _ crop: RGBImage, _ logit: Logit, _ request: Request
  ) throws(ScoringError) {
    let task = scorer.manifest.task
    guard (scorers.all(for: task).first(where: \.hasMap) ?? scorers.first(for: task)) === scorer else {
      return
    }
    let runs = state.withLock { $0.entries[request.track]?.runs ?? 0 }
    guard scorer.hasMap || runs % 8 == 0 else { return }
    let own = scorer.activationMap()
    let grid: ScoreGrid
    if let own { grid = own } else { grid = try scorer.occlusionMap(crop, logit: logit) }
    let map = grid.attention(
      of: request.face, by: scorer.cutter, model: scorer.identity,
      method: own == nil ? .occlusion : .classActivation, frame: request.frame.index)
    state.withLock { $0.entries[request.track]?.maps[task] = map }
  }

  /// Time this thread has had a core.
  private static func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
