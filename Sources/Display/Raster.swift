import Overlay
import Quantities

/// Blends triangles, letters and patches into packed RGB bytes. The pointer's owner is the picture; see `PictureRenderer`.
struct Raster {
  let bytes: UnsafeMutableBufferPointer<UInt8>
  let size: PixelSize

  /// Fills every triangle of the mesh; colours are one a shape, opacity runs linearly between the corners.
  func fill(_ mesh: TriangleMesh) {
    for first in stride(from: 0, to: mesh.indices.count, by: 3) {
      let corners = (0..<3).map { mesh.vertices[Int(mesh.indices[first + $0])] }
      fill(corners[0], corners[1], corners[2])
    }
  }

  /// Corners on a grid of 1/16 pixel and the top-left rule: pixels on a shared edge are blended once.
  private func fill(_ a: DrawVertex, _ b: DrawVertex, _ c: DrawVertex) {
    var (pa, pb, pc) = (Corner(a), Corner(b), Corner(c))
    let area = Corner.cross(pa, pb, pc.x, pc.y)
    guard area != 0 else { return }
    if area < 0 { swap(&pb, &pc) }
    let edges = (Edge(pb, pc), Edge(pc, pa), Edge(pa, pb))
    let (x0, x1) = Self.span(pa.x, pb.x, pc.x, limit: size.width)
    let (y0, y1) = Self.span(pa.y, pb.y, pc.y, limit: size.height)
    guard x0 < x1, y0 < y1 else { return }
    let isFlat = pa.alpha == pb.alpha && pb.alpha == pc.alpha
    let scale = 1 / Float(abs(area))
    for y in y0..<y1 {
      var w = (edges.0.value(x0, y), edges.1.value(x0, y), edges.2.value(x0, y))
      var isInside = false
      for x in x0..<x1 {
        if w.0 >= 0 && w.1 >= 0 && w.2 >= 0 {
          isInside = true
          let mixed = Float(w.0) * pa.alpha + Float(w.1) * pb.alpha + Float(w.2) * pc.alpha
          blend(x, y, a.color, alpha: isFlat ? UInt32(pa.alpha) : UInt32(min(max(mixed * scale, 0), 255)))
        } else if isInside {
          break
        }
        w.0 += edges.0.stepX
        w.1 += edges.1.stepX
        w.2 += edges.2.stepX
      }
    }
  }

  /// Columns (or rows) whose centres may lie inside, cut to the picture.
  private static func span(_ a: Int, _ b: Int, _ c: Int, limit: Int) -> (Int, Int) {
    (max(0, min(a, b, c) >> 4), min(limit, (max(a, b, c) >> 4) + 1))
  }

  @inline(__always)
  private func blend(_ x: Int, _ y: Int, _ color: DrawColor, alpha: UInt32) {
    let at = (y * size.width + x) * 3
    bytes[at] = Self.mix(bytes[at], color.red, alpha)
    bytes[at + 1] = Self.mix(bytes[at + 1], color.green, alpha)
    bytes[at + 2] = Self.mix(bytes[at + 2], color.blue, alpha)
  }

  @inline(__always)
  private static func mix(_ below: UInt8, _ above: UInt8, _ alpha: UInt32) -> UInt8 {
    // Division by 255, rounded: (v + 128 + (v + 128 >> 8)) >> 8 is exact for v up to 65535.
    let v = UInt32(above) * alpha + UInt32(below) * (255 - alpha) + 128
    return UInt8(truncatingIfNeeded: (v + (v >> 8)) >> 8)
  }

  /// Letters in one colour.
  func blend(_ bitmap: TextBitmap, at place: (x: Int, y: Int)?, _ color: DrawColor) {
    guard let place else { return }
    let (x0, x1) = (max(0, -place.x), min(bitmap.width, size.width - place.x))
    let (y0, y1) = (max(0, -place.y), min(bitmap.height, size.height - place.y))
    guard x0 < x1, y0 < y1 else { return }
    for row in y0..<y1 {
      for column in x0..<x1 {
        let cover = UInt32(bitmap.coverage[row * bitmap.width + column])
        guard cover > 0 else { continue }
        blend(place.x + column, place.y + row, color, alpha: cover * UInt32(color.alpha) / 255)
      }
    }
  }

  /// A small picture, each canvas pixel taking the nearest one of it.
  func blend(_ patch: Patch, into rect: PixelRect) {
    guard abs(rect.x) < 32_768, abs(rect.y) < 32_768, rect.width < 65_536, rect.height < 65_536 else {
      return
    }
    guard rect.width >= 1, rect.height >= 1 else { return }
    let (x0, y0) = (max(0, Int(rect.x.rounded())), max(0, Int(rect.y.rounded())))
    let (x1, y1) = (min(size.width, Int(rect.maxX.rounded())), min(size.height, Int(rect.maxY.rounded())))
    guard x0 < x1, y0 < y1 else { return }
    for y in y0..<y1 {
      let row = Self.nearest(Float(y) + 0.5 - rect.y, rect.height, patch.size.height)
      for x in x0..<x1 {
        let column = Self.nearest(Float(x) + 0.5 - rect.x, rect.width, patch.size.width)
        let at = (row * patch.size.width + column) * 4
        let rgb = UInt32(patch.rgba[at]) << 16 | UInt32(patch.rgba[at + 1]) << 8 | UInt32(patch.rgba[at + 2])
        blend(x, y, DrawColor(rgb), alpha: UInt32(patch.rgba[at + 3]))
      }
    }
  }

  private static func nearest(_ offset: Float, _ length: Float, _ count: Int) -> Int {
    min(max(Int(offset / length * Float(count)), 0), count - 1)
  }
}

/// A corner in sixteenths of a pixel.
private struct Corner {
  let x, y: Int
  let alpha: Float

  init(_ vertex: DrawVertex) {
    (x, y) = (Int((vertex.x * 16).rounded()), Int((vertex.y * 16).rounded()))
    alpha = Float(vertex.color.alpha)
  }

  static func cross(_ a: Corner, _ b: Corner, _ x: Int, _ y: Int) -> Int {
    (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)
  }
}

/// One side of a triangle as a function that is positive inside.
private struct Edge {
  let a, b: Corner
  /// Change from one column to the next.
  let stepX: Int
  private let bias: Int

  init(_ a: Corner, _ b: Corner) {
    (self.a, self.b) = (a, b)
    stepX = -(b.y - a.y) * 16
    let isTopLeft = b.y < a.y || (b.y == a.y && b.x > a.x)
    bias = isTopLeft ? 0 : -1
  }

  /// The function at a pixel's centre.
  func value(_ column: Int, _ row: Int) -> Int { Corner.cross(a, b, column * 16 + 8, row * 16 + 8) + bias }
}
