public import Geometry
public import Imaging

/// What kind of thing gives the frames.
public enum SourceKind: Sendable, Equatable {
  /// A camera: frames come when they come.
  case live
  /// A recording with presentation times.
  case recording
  /// One picture.
  case still
}

/// What is known of an open source.
public struct SourceDescription: Sendable {
  /// Name shown to people and written into records.
  public let name: String
  /// Live, recording or still.
  public let kind: SourceKind
  /// Size of the frames.
  public let size: PixelSize
  /// Frames a second as the source claims; nil when it does not say.
  public let framesPerSecond: Double?

  /// A source's description.
  public init(name: String, kind: SourceKind, size: PixelSize, framesPerSecond: Double?) {
    (self.name, self.kind, self.size, self.framesPerSecond) = (name, kind, size, framesPerSecond)
  }
}

/// How many frames did not arrive, by reason; each number only grows.
public struct SourceCounters: Sendable, Equatable {
  /// Lost by the driver: gaps in its sequence numbers.
  public var lost: UInt64 = 0
  /// Flagged as damaged by the driver, or too short.
  public var damaged: UInt64 = 0
  /// Bytes that could not be decoded.
  public var undecodable: UInt64 = 0
  /// No free buffer in the pool.
  public var poolExhausted: UInt64 = 0

  /// All zero.
  public init() {}
}

/// What a source has to say next.
public enum SourceEvent: Sendable {
  /// A frame.
  case frame(Frame)
  /// Nothing came in time; asking again is right.
  case timeout
  /// No frame this time because one was dropped and counted; asking again is right.
  case dropped
  /// There are no more frames; `damage` says why when it ended before its time.
  case ended(damage: String?)
}

/// Something that gives frames, one at a time. Used from one queue only.
public protocol FrameSource: AnyObject {
  /// What is known of the source.
  var description: SourceDescription { get }
  /// Frames that did not arrive, so far.
  var counters: SourceCounters { get }
  /// The next event; waits for a live source at most about a second.
  func next() throws(CaptureError) -> SourceEvent
}
