public import Observations
import Quantities

/// The newest live scores of each track, for the history chart.
///
/// Bounded: `length` scores a track, and only tracks of the newest report are kept. Cost: one array append a track
/// and frame.
public struct ScoreHistory: Sendable, Hashable {
  /// How many frames are kept.
  public let length: Int
  private var scores: [TrackID: [Double?]] = [:]

  /// An empty history of `length` frames (at least 2); 150 is five seconds at 30 frames a second.
  public init(length: Int = 150) { self.length = max(2, length) }

  /// Takes over a report's scores.
  public mutating func record(_ report: FrameReport) {
    var kept: [TrackID: [Double?]] = [:]
    kept.reserveCapacity(report.tracks.count)
    for track in report.tracks {
      var line = scores.removeValue(forKey: track.track.id) ?? []
      if line.count >= length { line.removeFirst(line.count - length + 1) }
      line.append(track.liveScore)
      kept[track.track.id] = line
    }
    scores = kept
  }

  /// The scores of a track, oldest first, in 0...1; nil where it was not known.
  public subscript(track: TrackID) -> [Double?] { scores[track] ?? [] }
}

extension TrackReport {
  /// The live score shown to people: one minus the fused risk; nil while that is not known.
  public var liveScore: Double? { verdict.risk.value?.complement.value }
}
