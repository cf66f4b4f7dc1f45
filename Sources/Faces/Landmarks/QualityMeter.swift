package import Imaging
package import Observations
package import Quantities

/// Measures how well a face can be seen.
///
/// Holds its working memory: 128 x 128 bytes, and four times that for faces larger than 192 pixels.
/// Cost: about 0.2 ms, 0.6 ms for large faces.
package struct QualityMeter {
  private static let side = 128
  private var luma = [UInt8](repeating: 0, count: side * side)
  private var fine: [UInt8] = []

  package init() {}

  /// The quality of the face in `region` (the face itself, without margin).
  package mutating func quality(in frame: Frame, region: RotatedSquare, interocular: Float) -> FaceQuality {
    sample(frame, region)
    let (sharpness, exposure) = Self.measures(luma, side: Self.side)
    return FaceQuality(
      interocularPixels: interocular, sharpness: sharpness, exposure: exposure,
      burntOut: Self.burntOut(luma), focus: Self.focus(luma, side: Self.side))
  }

  /// Fills `luma` with the region scaled to 128 pixels; large faces are averaged down, so that skipped pixels do
  /// not pass for detail.
  private mutating func sample(_ frame: Frame, _ region: RotatedSquare) {
    let side = Self.side
    guard region.side > 1.5 * Float(side) else {
      let map = region.pictureToFrame(pixels: side)
      luma.withUnsafeMutableBufferPointer {
        frame.warpLuma(into: $0, size: PixelSize(width: side, height: side), map: map)
      }
      return
    }
    if fine.isEmpty { fine = [UInt8](repeating: 0, count: 4 * side * side) }
    let map = region.pictureToFrame(pixels: 2 * side)
    fine.withUnsafeMutableBufferPointer {
      frame.warpLuma(into: $0, size: PixelSize(width: 2 * side, height: 2 * side), map: map)
    }
    for row in 0..<side {
      for column in 0..<side {
        let corner = 4 * row * side + 2 * column
        let sum =
          Int(fine[corner]) + Int(fine[corner + 1]) + Int(fine[corner + 2 * side])
          + Int(fine[corner + 2 * side + 1])
        luma[row * side + column] = UInt8((sum + 2) / 4)
      }
    }
  }

  /// Part of the pixels of a luma picture that are burnt out.
  package static func burntOut(_ luma: [UInt8]) -> Float {
    Float(luma.reduce(0) { $0 + ($1 >= 250 ? 1 : 0) }) / Float(max(luma.count, 1))
  }

  /// Detail in proportion to contrast of a square luma picture, at half its size: means of 2 x 2 pixels leave a
  /// quarter of the noise's variance.
  package static func focus(_ luma: [UInt8], side: Int) -> Float {
    let half = side / 2
    guard half >= 3, luma.count >= side * side else { return 0 }
    var means = [Int](repeating: 0, count: half * half)
    for row in 0..<half {
      for column in 0..<half {
        let corner = 2 * row * side + 2 * column
        means[row * half + column] =
          Int(luma[corner]) + Int(luma[corner + 1]) + Int(luma[corner + side]) + Int(luma[corner + side + 1])
      }
    }
    var (sum, squares, laplacians, total) = (0, 0, 0, 0)
    for row in 1..<half - 1 {
      for at in row * half + 1..<row * half + half - 1 {
        let laplacian = means[at - 1] + means[at + 1] + means[at - half] + means[at + half] - 4 * means[at]
        laplacians += laplacian
        total += laplacian * laplacian
        sum += means[at]
        squares += means[at] * means[at]
      }
    }
    let count = Double((half - 2) * (half - 2))
    func variance(_ sum: Int, _ squares: Int) -> Double {
      Double(squares) / count - (Double(sum) / count) * (Double(sum) / count)
    }
    let contrast = variance(sum, squares)
    // A flat picture shows nothing to focus on: contrast under one level (4 x 4 in sums of four).
    return contrast < 16 ? 0 : Float(variance(laplacians, total) / contrast)
  }

  /// Variance of the Laplacian (kernel 0 1 0 / 1 -4 1 / 0 1 0) over the inner pixels, and the mean in 0...1, of a
  /// square luma picture.
  package static func measures(_ luma: [UInt8], side: Int) -> (sharpness: Float, exposure: Float) {
    guard side >= 3, luma.count >= side * side else { return (0, 0) }
    return luma.withUnsafeBufferPointer { luma in
      var (total, sum, squares) = (0, 0, 0)
      for value in luma[0..<side * side] { total += Int(value) }
      for row in 1..<side - 1 {
        for at in row * side + 1..<row * side + side - 1 {
          let neighbours = Int(luma[at - 1]) + Int(luma[at + 1]) + Int(luma[at - side]) + Int(luma[at + side])
          let laplacian = neighbours - 4 * Int(luma[at])
          sum += laplacian
          squares += laplacian * laplacian
        }
      }
      let count = Double((side - 2) * (side - 2))
      let mean = Double(sum) / count
      return (Float(Double(squares) / count - mean * mean), Float(total) / Float(255 * side * side))
    }
  }
}
