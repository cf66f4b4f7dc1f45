public import Observations
public import Pipeline

/// An analysis that costs nothing: it sees the tracks that a test gives it, and fails when the test says so.
public final class ScriptedAnalyzer: FrameAnalyzer {
  private let tracks: (FrameArrival) throws -> [TrackReport]

  /// Sees nobody unless `tracks` says otherwise.
  public init(_ tracks: @escaping (FrameArrival) throws -> [TrackReport] = { _ in [] }) {
    self.tracks = tracks
  }

  /// The frame with what the test says of it.
  public func judge(_ captured: CapturedFrame) throws -> JudgedFrame {
    JudgedFrame(captured.frame, FrameReport(captured.arrival, tracks: try tracks(captured.arrival)))
  }
}
