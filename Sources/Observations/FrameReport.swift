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

/// How a frame came, and how its source stood as of it: everything about a captured frame but its pixels.
///
/// Made once, where the frame is read, and carried unchanged into the report of it.
public struct FrameArrival: Sendable, Equatable {
  /// The frame's index; a gap means lost frames.
  public let index: UInt64
  /// When the frame was captured.
  public let captured: MonotonicInstant
  /// The frame's size.
  public let size: PixelSize
  /// Name of the camera or file.
  public let camera: String
  /// Frames of the session so far, by what became of them.
  public var counters: FrameCounters
  /// Time that reading and decoding took.
  public var decodeTime: Duration
  /// What speaks against the source being a real camera; nil for recordings and pictures.
  public var injection: InjectionEvidence?
  /// How the source is lit.
  public var illumination: Illumination

  /// A frame's arrival; a recording is neither injected nor unevenly lit.
  public init(
    index: UInt64, captured: MonotonicInstant, size: PixelSize, camera: String,
    counters: FrameCounters = FrameCounters(), decodeTime: Duration = .zero,
    injection: InjectionEvidence? = nil, illumination: Illumination = .steady
  ) {
    (self.index, self.captured, self.size, self.camera) = (index, captured, size, camera)
    (self.counters, self.decodeTime) = (counters, decodeTime)
    (self.injection, self.illumination) = (injection, illumination)
  }
}

/// All that is said of one frame: the only input of overlay, log and API.
///
/// Holds no pixels: a report may be kept for as long as anybody likes, a frame's pooled picture may not.
public struct FrameReport: Sendable, Equatable {
  /// The frame's envelope, as it came.
  public let arrival: FrameArrival
  /// One report a track, by track number.
  public let tracks: [TrackReport]
  /// Time spent.
  public let timings: StageTimings

  /// A report of one frame.
  public init(_ arrival: FrameArrival, tracks: [TrackReport], timings: StageTimings = StageTimings()) {
    (self.arrival, self.tracks, self.timings) = (arrival, tracks, timings)
  }

  /// The frame's index; a gap means lost frames.
  public var frame: UInt64 { arrival.index }
  /// When the frame was captured.
  public var captured: MonotonicInstant { arrival.captured }
  /// The frame's size.
  public var size: PixelSize { arrival.size }
  /// Name of the camera or file.
  public var camera: String { arrival.camera }
  /// Frame counters of the session so far.
  public var counters: FrameCounters { arrival.counters }
}
