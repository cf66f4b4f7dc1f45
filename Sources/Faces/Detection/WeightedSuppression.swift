import Quantities

/// Weighted non-maximum suppression: overlapping boxes become one, the mean weighted by confidence.
///
/// A plain suppression keeps the best box and jumps between neighbours from frame to frame; the weighted mean is
/// what the BlazeFace paper uses against that jitter (Bazarevsky et al., 2019, section 4).
package enum WeightedSuppression {
  /// One candidate per face, most confident first. Boxes overlapping the most confident one left by at least
  /// `overlap` (intersection over union, in 0...1) are merged into it. Cost: candidates x faces.
  package static func merge(_ candidates: [Candidate], overlap: Float) -> [Candidate] {
    // Equal confidences keep their order, so that the same input always gives the same result.
    var rest = candidates.enumerated().sorted {
      ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
    }.map(\.element)
    var merged: [Candidate] = []
    while let best = rest.first {
      var group: [Candidate] = []
      var others: [Candidate] = []
      for candidate in rest {
        if candidate.box.overlap(best.box) >= overlap {
          group.append(candidate)
        } else {
          others.append(candidate)
        }
      }
      // A box whose area overflows does not even overlap itself.
      if group.isEmpty { others.removeFirst() } else { merged.append(mean(of: group, best: best)) }
      rest = others
    }
    return merged
  }

  private static func mean(of group: [Candidate], best: Candidate) -> Candidate {
    guard group.count > 1 else { return best }
    var low = SIMD2<Float>.zero
    var high = SIMD2<Float>.zero
    var keypoints = [SIMD2<Float>](repeating: .zero, count: best.keypoints.count)
    let total = group.reduce(0) { $0 + $1.confidence }
    for candidate in group {
      let weight = candidate.confidence / total
      low += weight * SIMD2(candidate.box.x, candidate.box.y)
      high += weight * SIMD2(candidate.box.maxX, candidate.box.maxY)
      for (index, point) in candidate.keypoints.enumerated() { keypoints[index] += weight * point.vector }
    }
    return Candidate(
      box: PixelRect(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y),
      keypoints: keypoints.map { PixelPoint($0) }, confidence: best.confidence)
  }
}
