import Foundation
public import Imaging
public import Quantities

extension RGBImage {
  /// A cut of a photograph for a puppet: `size` pixels, the face's box two fifths of its height tall and a little
  /// above its middle; Catmull-Rom scaling (Keys 1981), the photograph's edge goes on outside.
  public func puppetStage(size: PixelSize, face: PixelRect) -> RGBImage {
    let scale = max(face.height, 1) / (0.45 * Float(size.height))
    let left = face.center.x - Float(size.width) / 2 * scale
    let top = face.center.y - 0.46 * Float(size.height) * scale
    // Slide inside the photograph as far as possible.
    func slide(_ start: Float, _ length: Float, _ limit: Float) -> Float {
      max(min(start, limit - length), 0)
    }
    let origin = SIMD2(
      slide(left, Float(size.width) * scale, Float(self.size.width)),
      slide(top, Float(size.height) * scale, Float(self.size.height)))
    return RGBImage(size: size) { target in
      bytes.withUnsafeBufferPointer { source in
        for y in 0..<size.height {
          for x in 0..<size.width {
            let place = origin + SIMD2(Float(x) + 0.5, Float(y) + 0.5) * scale - SIMD2(0.5, 0.5)
            let color = Self.cubic(source, self.size, place)
            let at = (y * size.width + x) * 3
            for channel in 0..<3 { target[at + channel] = UInt8(min(max(color[channel] + 0.5, 0), 255)) }
          }
        }
      }
    }
  }

  private static func cubic(_ source: UnsafeBufferPointer<UInt8>, _ size: PixelSize, _ place: SIMD2<Float>)
    -> SIMD3<Float>
  {
    let (x0, y0) = (Int(place.x.rounded(.down)), Int(place.y.rounded(.down)))
    let (wx, wy) = (weights(place.x - Float(x0)), weights(place.y - Float(y0)))
    var sum = SIMD3<Float>.zero
    for j in 0..<4 {
      let row = min(max(y0 + j - 1, 0), size.height - 1) * size.width
      for i in 0..<4 {
        let at = (row + min(max(x0 + i - 1, 0), size.width - 1)) * 3
        sum += wx[i] * wy[j] * SIMD3(Float(source[at]), Float(source[at + 1]), Float(source[at + 2]))
      }
    }
    return sum
  }

  private static func weights(_ t: Float) -> SIMD4<Float> {
    let (t2, t3) = (t * t, t * t * t)
    return SIMD4(
      -0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1, -1.5 * t3 + 2 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2)
  }
}
