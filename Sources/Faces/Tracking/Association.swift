import Observations
import Quantities

/// Which new face belongs to which lost track.
///
/// Pairs are taken greedily, best first. An optimal assignment (Hungarian) would differ only where two tracks were
/// lost within a face's width of each other and two faces appear there in the same frame; then the sum of distances
/// is no better a witness of who is who than the nearest pair, and greedy is easier to follow.
enum Association {
  /// A face moved by more than this many of its own sizes is another face, when just lost.
  private static let reach: Float = 0.75
  /// Growth of the reach per second hidden, in face sizes: a head walks about one width a second.
  private static let reachGrowth: Float = 1
  /// Sizes that differ by more than this factor are different faces.
  private static let largestScale: Float = 1.8

  /// Pairs (index of the lost face, index of the new face); each index at most once.
  ///
  /// `lost` holds last faces and the seconds since they were seen.
  static func pairs(lost: [(face: Face, seconds: Float)], found: [Face]) -> [(lost: Int, found: Int)] {
    var candidates: [(cost: Float, lost: Int, found: Int)] = []
    for (i, old) in lost.enumerated() {
      for (j, new) in found.enumerated() {
        if let cost = cost(old.face.box, new.box, seconds: old.seconds) { candidates.append((cost, i, j)) }
      }
    }
    candidates.sort { ($0.cost, $0.lost, $0.found) < ($1.cost, $1.lost, $1.found) }
    var (takenLost, takenFound) = (Set<Int>(), Set<Int>())
    return candidates.compactMap { candidate in
      guard !takenLost.contains(candidate.lost), !takenFound.contains(candidate.found) else { return nil }
      takenLost.insert(candidate.lost)
      takenFound.insert(candidate.found)
      return (candidate.lost, candidate.found)
    }
  }

  /// Distance in face sizes plus one minus intersection over union: smaller is more likely the same face; nil:
  /// cannot be.
  private static func cost(_ old: PixelRect, _ new: PixelRect, seconds: Float) -> Float? {
    let (oldSize, newSize) = (size(old), size(new))
    guard oldSize > 0, newSize > 0 else { return nil }
    let scale = max(oldSize / newSize, newSize / oldSize)
    let distance = old.center.distance(to: new.center) / oldSize
    guard scale <= largestScale, distance <= reach + reachGrowth * max(seconds, 0) else { return nil }
    return distance + 1 - old.overlap(new)
  }

  private static func size(_ box: PixelRect) -> Float { box.area.squareRoot() }
}

extension PixelRect {
  /// The part of the smaller rectangle that the other covers, in 0...1.
  func sharedPart(_ other: PixelRect) -> Float {
    let smaller = min(area, other.area)
    return smaller > 0 ? intersection(other).area / smaller : 0
  }
}
