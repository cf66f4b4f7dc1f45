import Foundation
package import Quantities

/// One anchor's face, in input pixels of the network.
package struct Candidate: Equatable {
  package static let keypointCount = 6

  /// Box.
  package var box: PixelRect
  /// Six keypoints, in the order of ``Detection/keypoints``.
  package var keypoints: [PixelPoint]
  /// Sigmoid of the logit.
  package var confidence: Float

  package init(box: PixelRect, keypoints: [PixelPoint], confidence: Float) {
    (self.box, self.keypoints, self.confidence) = (box, keypoints, confidence)
  }
}

/// Reads a detector's outputs.
package struct CandidateDecoder {
  /// Numbers per anchor: centre x and y, width, height, then x and y of each keypoint.
  package static let numbersPerAnchor = 4 + 2 * Candidate.keypointCount
  private let anchors: [SIMD2<Float>]
  private let leastLogit: Float

  /// A decoder that keeps faces of at least `leastConfidence`, which lies in 0..<1.
  package init(anchors: [SIMD2<Float>], leastConfidence: Float) {
    self.anchors = anchors
    // Compared as logits, so that the exponential is only computed for faces.
    leastLogit = leastConfidence <= 0 ? -.infinity : log(leastConfidence / (1 - leastConfidence))
  }

  /// Faces among the anchors; `regressors` holds anchors x 16 numbers, `logits` one a anchor.
  ///
  /// A box without area or with a number that is not finite is left out. Allocates one array per face found.
  package func decode(
    regressors: UnsafeBufferPointer<Float>, logits: UnsafeBufferPointer<Float>
  ) -> [Candidate] {
    let width = Self.numbersPerAnchor
    guard logits.count == anchors.count, regressors.count == anchors.count * width else { return [] }
    var found: [Candidate] = []
    for (index, anchor) in anchors.enumerated() where logits[index] >= leastLogit {
      let numbers = UnsafeBufferPointer(rebasing: regressors[index * width..<(index + 1) * width])
      guard numbers.allSatisfy(\.isFinite), numbers[2] > 0, numbers[3] > 0 else { continue }
      let keypoints = (0..<Candidate.keypointCount).map { keypoint in
        PixelPoint(anchor + SIMD2(numbers[4 + 2 * keypoint], numbers[5 + 2 * keypoint]))
      }
      let box = PixelRect(
        x: anchor.x + numbers[0] - numbers[2] / 2, y: anchor.y + numbers[1] - numbers[3] / 2,
        width: numbers[2], height: numbers[3])
      let confidence = 1 / (1 + exp(-min(max(logits[index], -100), 100)))
      found.append(Candidate(box: box, keypoints: keypoints, confidence: confidence))
    }
    return found
  }
}
