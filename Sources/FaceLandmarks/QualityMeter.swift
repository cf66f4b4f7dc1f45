package import Geometry
package import Imaging
package import Observations

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
    return FaceQuality(interocularPixels: interocular, sharpness: sharpness, exposure: exposure)
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
