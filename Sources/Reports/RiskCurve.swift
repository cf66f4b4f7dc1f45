import Observations
import Quantities

/// Risk and liveness of one track over time, for a plot: at most ``capacity`` points however long the recording is.
///
/// When full, every second point is dropped and from then on only every second is kept, so points stay evenly spread.
struct RiskCurve: Sendable {
  /// Points kept at most.
  static let capacity = 512

  /// One moment; a value that was not measured then is nil, never a number.
  struct Point: Sendable, Equatable {
    let at: MonotonicInstant
    let risk: Double?
    let liveness: Double?
  }

  private(set) var points: [Point] = []
  private var stride = 1
  private var seen = 0

  mutating func add(_ report: TrackReport, at: MonotonicInstant) {
    defer { seen += 1 }
    guard seen % stride == 0 else { return }
    if points.count == Self.capacity {
      points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      stride *= 2
      guard seen % stride == 0 else { return }
    }
    points.append(
      Point(
        at: at, risk: report.verdict.risk.value?.value, liveness: report.liveness.probability.value?.value))
  }

  /// Runs of neighbouring points that have a value: a gap in the measurement stays a gap in the plot.
  func runs(_ value: KeyPath<Point, Double?>, from origin: MonotonicInstant) -> [[(
    second: Double, value: Double
  )]] {
    var runs: [[(second: Double, value: Double)]] = [[]]
    for point in points {
      if let measured = point[keyPath: value] {
        runs[runs.count - 1].append(((point.at - origin).inSeconds, measured))
      } else if runs.last?.isEmpty == false {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }
  }
}
