public import Imaging
public import Observations
import Quantities

/// Finds faces in a frame without knowing the frame before.
///
/// In: a ``Frame`` of any size. Out: ``Detection``s in frame pixels, most confident first. The networks' memory is
/// taken when loading; a call allocates only its result and the few candidates above the limit (arrays of six
/// keypoints each). Cost on one core: the near network about 1.5 ms, full range about 4.5 ms.
///
/// `@unchecked Sendable` because a detector may move between queues, but only one may use it at a time.
public final class FaceDetector: @unchecked Sendable {
  /// Which networks look at a frame.
  public enum Mode: Sendable, Hashable {
    /// The near network only: kiosks.
    case near
    /// The full-range network only: calls, small faces.
    case fullRange
    /// Near first; full range when near finds nothing, and besides whenever the last full-range run is at least
    /// `fullEvery` old in frame time (nil: never), so that small faces beside a large one are found.
    case nearThenFull(fullEvery: Duration?)
    /// Near, full range, and full range once more on overlapping squares of the frame: pictures, where there is time
    /// for faces of twenty pixels. Up to five times the cost of full range.
    case thorough
  }

  /// Limits of acceptance, with their ranges.
  public struct Options: Sendable {
    /// Least confidence of a detection, in 0..<1. MediaPipe's own default is 0.5.
    public var leastConfidence: Float = 0.5
    /// The same for the full-range network, which is less sure of small faces.
    public var leastFullRangeConfidence: Float = 0.5
    /// Boxes that overlap by at least this much (intersection over union, in 0...1) are one face. MediaPipe: 0.3.
    public var overlap: Float = 0.3
    /// Threads of one run; 1 is best for networks this small.
    public var threads = 1

    /// The defaults.
    public init() {}
  }

  private let near: DetectorNetwork?
  private let fullRange: DetectorNetwork?
  private let overlap: Float
  private var lastFullRange: MonotonicInstant?

  /// Loads the networks given; nil leaves one out, and modes that need it throw ``DetectionError/notLoaded(_:)``.
  ///
  /// Throws when a file is refused or is no such detector. Cost: some milliseconds each.
  public init(near: NetworkFile?, fullRange: NetworkFile?, options: Options = .init())
    throws(DetectionError)
  {
    var loaded: [DetectorKind: DetectorNetwork] = [:]
    for (kind, file) in [(DetectorKind.near, near), (.fullRange, fullRange)] {
      guard let file else { continue }
      loaded[kind] = try DetectorNetwork(kind, file: file, options: options)
    }
    (self.near, self.fullRange, overlap) = (loaded[.near], loaded[.fullRange], options.overlap)
  }

  /// Faces in `frame`, most confident first; an empty array when there is none.
  public func detect(in frame: Frame, mode: Mode) throws(DetectionError) -> [Detection] {
    switch mode {
    case .near: return try loaded(.near).detect(in: frame)
    case .fullRange: return try loaded(.fullRange).detect(in: frame)
    case .nearThenFull(let fullEvery):
      let large = try loaded(.near).detect(in: frame)
      guard large.isEmpty || isFullRangeDue(at: frame.captured, every: fullEvery) else { return large }
      lastFullRange = frame.captured
      let small = try loaded(.fullRange).detect(in: frame)
      return Self.combine(large, small, overlap: overlap)
    case .thorough:
      var found = try loaded(.near).detect(in: frame) + loaded(.fullRange).detect(in: frame)
      for tile in DetectionTiles(frame.size).squares {
        found += try loaded(.fullRange).detect(in: frame, area: tile.area).filter(tile.holds)
      }
      return Self.surest(found, overlap: overlap)
    }
  }

  /// Of detections of one face the most confident: a small face's box of the near network is often too wide.
  package static func surest(_ found: [Detection], overlap: Float) -> [Detection] {
    var kept: [Detection] = []
    for candidate in found.sorted(by: { $1.confidence < $0.confidence })
    where !kept.contains(where: { $0.box.overlap(candidate.box) >= overlap }) {
      kept.append(candidate)
    }
    return kept
  }

  /// What either network found; where both found a face, the first list's detection stays (its keypoints are finer).
  package static func combine(_ first: [Detection], _ second: [Detection], overlap: Float) -> [Detection] {
    let newcomers = second.filter { candidate in !first.contains { $0.box.overlap(candidate.box) >= overlap }
    }
    return (first + newcomers).sorted { $1.confidence < $0.confidence }
  }

  private func isFullRangeDue(at now: MonotonicInstant, every period: Duration?) -> Bool {
    guard let period else { return false }
    // A clock that jumped back (a looped file) counts as due.
    guard let last = lastFullRange, now >= last else { return true }
    return now - last >= period
  }

  private func loaded(_ kind: DetectorKind) throws(DetectionError) -> DetectorNetwork {
    guard let network = kind == .near ? near : fullRange else { throw .notLoaded(kind) }
    return network
  }
}
