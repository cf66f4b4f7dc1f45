import Faces
import Foundation
import Quantities
import Testing

@Suite struct AnchorTests {
  @Test func countsAndFirstCentresAreThoseOfThePublishedNetworks() {
    let near = DetectorKind.near.anchors
    #expect(near.count == 896)
    #expect(near[0] == SIMD2(4, 4) && near[1] == SIMD2(4, 4) && near[2] == SIMD2(12, 4))
    #expect(near[32] == SIMD2(4, 12))
    #expect(near[512] == SIMD2(8, 8) && near[517] == SIMD2(8, 8) && near[518] == SIMD2(24, 8))
    #expect(near[895] == SIMD2(120, 120))
    let full = DetectorKind.fullRange.anchors
    #expect(full.count == 2304)
    #expect(full[0] == SIMD2(2, 2) && full[1] == SIMD2(6, 2) && full[48] == SIMD2(2, 6))
  }
}

@Suite struct DecoderTests {
  private func decode(_ regressors: [Float], _ logits: [Float], least: Float = 0.5) -> [Candidate] {
    let decoder = CandidateDecoder(anchors: [SIMD2(10, 20), SIMD2(50, 60)], leastConfidence: least)
    return regressors.withUnsafeBufferPointer { regressors in
      logits.withUnsafeBufferPointer { decoder.decode(regressors: regressors, logits: $0) }
    }
  }

  private let face: [Float] = [2, -2, 8, 6] + (0..<12).map { Float($0) }

  @Test func numbersAreRelativeToTheAnchor() throws {
    let found = decode([Float](repeating: 0, count: 16) + face, [-9, 2])
    let candidate = try #require(found.first)
    #expect(found.count == 1)
    #expect(candidate.box == PixelRect(x: 48, y: 55, width: 8, height: 6))
    #expect(candidate.keypoints[0] == PixelPoint(50, 61) && candidate.keypoints[5] == PixelPoint(60, 71))
    #expect(abs(candidate.confidence - 0.880797) < 1e-5)
  }

  @Test func limitIsTheConfidenceAsked() {
    let regressors = face + face
    #expect(decode(regressors, [0, -0.001], least: 0.5).count == 1)
    #expect(decode(regressors, [-3, -2.9], least: 1 / (1 + exp(3))).count == 2)
    #expect(decode(regressors, [-50, 80], least: 0).count == 2)
  }

  @Test func brokenNumbersAreNoFaces() {
    for (place, number) in [(0, Float.nan), (2, -1), (3, 0), (7, .infinity)] {
      var broken = face
      broken[place] = number
      #expect(decode(broken + broken, [9, 9]).isEmpty, "number \(place) is \(number)")
    }
    #expect(decode(face + face, [.nan, .nan]).isEmpty)
    #expect(decode(face, [9, 9]).isEmpty, "too few numbers")
  }
}

@Suite struct WeightedSuppressionTests {
  private func candidate(_ x: Float, _ confidence: Float, width: Float = 10) -> Candidate {
    Candidate(
      box: PixelRect(x: x, y: 0, width: width, height: 10),
      keypoints: (0..<6).map { PixelPoint(x + Float($0), 5) }, confidence: confidence)
  }

  @Test func overlappingBoxesBecomeTheirWeightedMean() throws {
    let merged = WeightedSuppression.merge([candidate(2, 0.6), candidate(0, 0.9)], overlap: 0.3)
    let face = try #require(merged.first)
    #expect(merged.count == 1)
    #expect(abs(face.box.x - 0.8) < 1e-5 && abs(face.box.width - 10) < 1e-5)
    #expect(abs(face.keypoints[3].x - 3.8) < 1e-5)
    #expect(face.confidence == 0.9)
  }

  @Test func facesApartStayApartBestFirst() {
    let merged = WeightedSuppression.merge(
      [candidate(0, 0.5), candidate(100, 0.7), candidate(50, 0.6)], overlap: 0.3)
    #expect(merged.map(\.confidence) == [0.7, 0.6, 0.5])
  }

  @Test func resultDoesNotDependOnOrderUnlessEqual() {
    let faces = [
      candidate(0, 0.9), candidate(3, 0.8), candidate(40, 0.7), candidate(42, 0.65), candidate(80, 0.6),
    ]
    let expected = WeightedSuppression.merge(faces, overlap: 0.3)
    #expect(expected.count == 3)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      #expect(WeightedSuppression.merge(faces.shuffled(using: &generator), overlap: 0.3) == expected)
    }
  }

  @Test func hugeAndEmptyInputEnds() {
    #expect(WeightedSuppression.merge([], overlap: 0.3).isEmpty)
    let huge = Candidate(
      box: PixelRect(x: 0, y: 0, width: 3e38, height: 3e38), keypoints: [], confidence: 0.9)
    #expect(WeightedSuppression.merge([huge, candidate(0, 0.8)], overlap: 0.3).map(\.confidence) == [0.8])
  }
}
