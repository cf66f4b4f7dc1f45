import Dispatch
public import FaceScoring
public import Imaging
public import Observations
import Synchronization
import Units

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

/// Hands the newest frame of each track to the forgery and spoof networks every so many frames, and keeps the scores.
///
/// Scores carry the index of the frame they were made from; an old one becomes `unavailable(.stale)`. A missing
/// network is `unavailable(.noModel)`, a failing one `unavailable(.fault)`.
final class ScoringDesk: Sendable {
  private struct Request: Sendable {
    let track: TrackID
    let face: Face
    let frame: Frame
  }

  private struct Entry {
    var forgery: TrackScoreAccumulator?
    var spoof: TrackScoreAccumulator?
    var lastRequested: UInt64?
  }

  private struct State {
    var entries: [TrackID: Entry] = [:]
    var waiting: [TrackID: Request] = [:]
    var running = false
    var lastDuration = Duration.zero
    var failed: Set<ScoringTask> = []
  }

  private let forgery: FaceScorer?
  private let spoof: FaceScorer?
  private let every: UInt64
  private let pace: ScoringPace
  private let observer: (@Sendable (CropSeen) -> Void)?
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "vigil.scoring", qos: .utility)

  /// `observer` is told of each crop, on the queue that scores.
  init(
    _ scorers: ScorerSet, every: Int, pace: ScoringPace, observer: (@Sendable (CropSeen) -> Void)? = nil
  ) {
    self.observer = observer
    forgery = scorers.first(for: .forgery)
    spoof = scorers.first(for: .spoof)
    self.every = UInt64(max(every, 1))
    self.pace = pace
  }

  /// Time of the newest run over one face.
  var lastDuration: Duration { state.withLock { $0.lastDuration } }

  /// Offers the face of a confirmed track in `frame`; taken when its turn has come.
  func offer(_ face: Face, of track: TrackID, in frame: Frame) {
    guard forgery != nil || spoof != nil else { return }
    let request = Request(track: track, face: face, frame: frame)
    let due = state.withLock { state in
      let last = state.entries[track]?.lastRequested
      guard last.map({ frame.index >= $0 + every }) ?? true else { return false }
      state.entries[track, default: Entry()].lastRequested = frame.index
      return true
    }
    guard due else { return }
    switch pace {
    case .inline: score(request)
    case .besides: enqueue(request)
    }
  }

  /// Forgets tracks that have ended.
  func keepOnly(_ tracks: Set<TrackID>) {
    state.withLock { state in
      for track in state.entries.keys where !tracks.contains(track) {
        state.entries[track] = nil
        state.waiting[track] = nil
      }
    }
  }

  /// What the networks say of a track as of frame `frame`.
  func scores(of track: TrackID, asOf frame: UInt64) -> NetworkScores {
    state.withLock { state in
      func evidence(
        _ scorer: FaceScorer?, _ task: ScoringTask, _ accumulator: TrackScoreAccumulator?
      ) -> Evidence<TrackScore> {
        guard let scorer else { return .unavailable(.noModel) }
        if state.failed.contains(task) { return .unavailable(.fault) }
        return (accumulator ?? Self.accumulator(scorer)).evidence(asOf: frame)
      }
      let entry = state.entries[track]
      return NetworkScores(
        forgery: evidence(forgery, .forgery, entry?.forgery), spoof: evidence(spoof, .spoof, entry?.spoof))
    }
  }

  private static func accumulator(_ scorer: FaceScorer) -> TrackScoreAccumulator {
    TrackScoreAccumulator(model: scorer.identity, calibration: scorer.manifest.calibration)
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
      score(next)
    }
  }

  private func score(_ request: Request) {
    let start = MonotonicInstant.now()
    let forged = run(forgery, .forgery, request)
    let spoofed = run(spoof, .spoof, request)
    let frame = request.frame
    state.withLock { state in
      guard var entry = state.entries[request.track] else { return }
      if let forged, let forgery {
        entry.forgery = entry.forgery ?? Self.accumulator(forgery)
        entry.forgery?.add(forged, frame: frame.index, at: frame.captured)
      }
      if let spoofed, let spoof {
        entry.spoof = entry.spoof ?? Self.accumulator(spoof)
        entry.spoof?.add(spoofed, frame: frame.index, at: frame.captured)
      }
      state.entries[request.track] = entry
      state.lastDuration = MonotonicInstant.now() - start
    }
  }

  private func run(_ scorer: FaceScorer?, _ task: ScoringTask, _ request: Request) -> Logit? {
    guard let scorer, let crop = scorer.cutter.crop(of: request.face, in: request.frame) else { return nil }
    observer?(
      CropSeen(
        manifest: scorer.manifest, crop: crop, face: request.face, track: request.track,
        frame: request.frame.index))
    do { return try scorer.score(crop) } catch {
      state.withLock { _ = $0.failed.insert(task) }
      return nil
    }
  }
}
