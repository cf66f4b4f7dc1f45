package import Imaging
package import Quantities

extension RGBImage {
  /// The colour (0...255) at a point, bilinear; the edge goes on outside.
  package func color(at point: SIMD2<Float>) -> SIMD3<Float> {
    let x = min(max(point.x - 0.5, 0), Float(size.width - 1))
    let y = min(max(point.y - 0.5, 0), Float(size.height - 1))
    let (x0, y0) = (Int(x), Int(y))
    let (x1, y1) = (min(x0 + 1, size.width - 1), min(y0 + 1, size.height - 1))
    let (fx, fy) = (x - Float(x0), y - Float(y0))
    let top = pixel(x0, y0) + fx * (pixel(x1, y0) - pixel(x0, y0))
    let bottom = pixel(x0, y1) + fx * (pixel(x1, y1) - pixel(x0, y1))
    return top + fy * (bottom - top)
  }

  /// The colour of one pixel inside the picture.
  package func pixel(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let at = (y * size.width + x) * 3
    return SIMD3(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2]))
  }

  /// Sets the colour of one pixel inside the picture.
  package mutating func set(_ x: Int, _ y: Int, _ color: SIMD3<Float>) {
    let at = (y * size.width + x) * 3
    for channel in 0..<3 { bytes[at + channel] = UInt8(min(max(color[channel] + 0.5, 0), 255)) }
  }

  /// A picture of `size` whose every pixel is made by `color` of its centre.
  package static func made(_ size: PixelSize, _ color: (SIMD2<Float>) -> SIMD3<Float>) -> RGBImage {
    RGBImage(size: size) { target in
      for y in 0..<size.height {
        for x in 0..<size.width {
          let value = color(SIMD2(Float(x) + 0.5, Float(y) + 0.5))
          let at = (y * size.width + x) * 3
          for channel in 0..<3 { target[at + channel] = UInt8(min(max(value[channel] + 0.5, 0), 255)) }
        }
      }
    }
  }

  /// A picture `factor` times smaller in both directions: means of its blocks.
  package func shrunk(by factor: Int) -> RGBImage {
    let small = PixelSize(width: max(size.width / factor, 1), height: max(size.height / factor, 1))
    return RGBImage.made(small) { point in
      var sum = SIMD3<Float>.zero
      let (x0, y0) = (Int(point.x) * factor, Int(point.y) * factor)
      // A picture smaller than a block is one.
      let (x1, y1) = (min(x0 + factor, size.width), min(y0 + factor, size.height))
      for y in y0..<y1 { for x in x0..<x1 { sum += pixel(x, y) } }
      return sum / Float((x1 - x0) * (y1 - y0))
    }
  }
}
