import Capture
public import Imaging
public import Observations
import Quantities

/// A frame in its envelope, as it goes into the analysis: its pixels, and how it came.
public struct CapturedFrame: Sendable {
  /// The picture; its storage is pooled, so whoever keeps it for long starves the source.
  public let frame: Frame
  /// Everything else that is known of it. The session sets the number of frames dropped before it.
  public var arrival: FrameArrival

  /// A frame that came as `arrival` says.
  public init(_ frame: Frame, _ arrival: FrameArrival) { (self.frame, self.arrival) = (frame, arrival) }

  /// The frame that `source` has just given, the `delivered`th of the session; reading it took `decodeTime`.
  init(_ frame: Frame, from source: any FrameSource, delivered: UInt64, decodeTime: Duration) {
    self.init(
      frame,
      FrameArrival(
        index: frame.index, captured: frame.captured, size: frame.size, camera: frame.stamp.camera,
        counters: FrameCounters(source.counters, delivered: delivered), decodeTime: decodeTime,
        injection: source.injection, illumination: source.illumination))
  }
}

/// A frame with all that is said of it, as it comes out of the analysis.
public struct JudgedFrame: Sendable {
  /// The picture; see ``CapturedFrame/frame``.
  public let frame: Frame
  /// All that is said of it; holds the envelope.
  public let report: FrameReport

  /// A frame and its report.
  public init(_ frame: Frame, _ report: FrameReport) { (self.frame, self.report) = (frame, report) }
}

/// What turns frames into reports. Used from one queue at a time.
public protocol FrameAnalyzer: AnyObject {
  /// Everything that is said of a frame; the picture is the one that was judged.
  func judge(_ captured: CapturedFrame) throws -> JudgedFrame
  /// Takes the sound that came with the frames, before the next of them is judged.
  func hear(_ blocks: [SoundBlock]) throws
}

extension FrameAnalyzer {
  /// Most listen to nothing.
  public func hear(_ blocks: [SoundBlock]) throws {}
}

extension FrameCounters {
  /// What a source counted.
  init(_ source: SourceCounters, delivered: UInt64) {
    self.init()
    self.delivered = delivered
    (lost, damaged, undecodable) = (source.lost, source.damaged, source.undecodable)
    (poolExhausted, unlit) = (source.poolExhausted, source.unlit)
  }
}
