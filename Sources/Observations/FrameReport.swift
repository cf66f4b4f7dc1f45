public import Quantities

/// Why frames did not reach the window. Each counter only grows.
public struct FrameCounters: Sendable, Equatable, Codable {
  /// Frames that arrived decoded.
  public var delivered: UInt64 = 0
  /// Lost by the driver (gaps in its sequence numbers).
  public var lost: UInt64 = 0
  /// Dropped on purpose because a newer one was there.
  public var dropped: UInt64 = 0
  /// Dropped because the driver flagged an error or sent too few bytes.
  public var damaged: UInt64 = 0
  /// Dropped because the bytes could not be decoded.
  public var undecodable: UInt64 = 0
  /// Dropped because the frame pool was empty.
  public var poolExhausted: UInt64 = 0
  /// Left out because they were dark between lit ones: a camera with its own light that goes on and off.
  public var unlit: UInt64 = 0
  /// How the source is lit as of this frame.
  public var illumination = Illumination.steady

  /// All zero.
  public init() {}
}

/// Time spent in each stage for one frame.
public struct StageTimings: Sendable, Equatable {
  /// Decoding or converting the source's bytes.
  public var decode: Duration = .zero
  /// Face detection; zero in frames where it did not run.
  public var detection: Duration = .zero
  /// Landmarks, pose and quality of all faces.
  public var landmarks: Duration = .zero
  /// Tracking, liveness and decision of all faces.
  public var judgement: Duration = .zero
  /// The newest run of the slow networks, on their own queue.
  public var scoring: Duration = .zero

  /// All zero.
  public init() {}
}

/// All that is said of one track in one frame.
public struct TrackReport: Sendable, Equatable {
  /// The track and its face.
  public let track: Track
  /// What the liveness stage knows.
  public let liveness: LivenessState
  /// What the slow networks say.
  public let scores: NetworkScores
  /// The verdict.
  public let verdict: Verdict
  /// Why the face is not shown to the networks in this frame; nil when they may see it.
  public let obstacle: VisibilityObstacle?

  /// A report of one track.
  public init(
    track: Track, liveness: LivenessState, scores: NetworkScores, verdict: Verdict,
    obstacle: VisibilityObstacle? = nil
  ) {
    (self.track, self.liveness, self.scores, self.verdict) = (track, liveness, scores, verdict)
    self.obstacle = obstacle
  }
}

/// All that is said of one frame: the only input of overlay, log and API.
public struct FrameReport: Sendable, Equatable {
  /// The frame's index; a gap means lost frames.
  public let frame: UInt64
  /// When the frame was captured.
  public let captured: MonotonicInstant
  /// The frame's size.
  public let size: PixelSize
  /// Name of the camera or file.
  public let camera: String
  /// One report a track, by track number.
  public let tracks: [TrackReport]
  /// Time spent.
  public let timings: StageTimings
  /// Frame counters of the session so far.
  public let counters: FrameCounters

  /// A report of one frame.
  public init(
    frame: UInt64, captured: MonotonicInstant, size: PixelSize, camera: String, tracks: [TrackReport],
    timings: StageTimings, counters: FrameCounters
  ) {
    (self.frame, self.captured, self.size, self.camera) = (frame, captured, size, camera)
    (self.tracks, self.timings, self.counters) = (tracks, timings, counters)
  }
}
