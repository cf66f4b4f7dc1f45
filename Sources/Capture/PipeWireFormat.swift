import CPipeWire
import Imaging
import Quantities

/// A format of video that a PipeWire node gives, and how it lies in this program's memory: without padding, plane after
/// plane.
struct PipeWireFormat {
  /// One block of rows of a picture.
  struct Block {
    let rowBytes: Int
    let rows: Int
  }

  /// How packed bytes are read; nil for Motion JPEG.
  let layout: PixelLayout?
  let blocks: [Block]
  let size: PixelSize
  /// Frames a second; nil when the node does not say.
  let rate: Double?

  /// Bytes of a picture without padding; 0 for Motion JPEG.
  var byteCount: Int { blocks.reduce(0) { $0 + $1.rowBytes * $1.rows } }

  /// Every raw format that is read, the liked ones first: least work, then most picture.
  static let raw: [UInt32] = [
    SPA_VIDEO_FORMAT_YUY2, SPA_VIDEO_FORMAT_NV12, SPA_VIDEO_FORMAT_I420, SPA_VIDEO_FORMAT_UYVY,
    SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRA, SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA,
    SPA_VIDEO_FORMAT_xRGB, SPA_VIDEO_FORMAT_ARGB, SPA_VIDEO_FORMAT_xBGR, SPA_VIDEO_FORMAT_ABGR,
    SPA_VIDEO_FORMAT_RGB, SPA_VIDEO_FORMAT_BGR, SPA_VIDEO_FORMAT_YVYU, SPA_VIDEO_FORMAT_VYUY,
    SPA_VIDEO_FORMAT_NV21, SPA_VIDEO_FORMAT_YV12, SPA_VIDEO_FORMAT_NV16, SPA_VIDEO_FORMAT_Y42B,
    SPA_VIDEO_FORMAT_Y444, SPA_VIDEO_FORMAT_GRAY8,
  ].map(\.rawValue)

  /// The agreed format; nil when it is none that is read, or larger than `mostPixels`.
  init?(_ agreed: vp_format, mostPixels: Int) {
    guard (1...16384).contains(agreed.width), (1...16384).contains(agreed.height) else { return nil }
    size = PixelSize(width: Int(agreed.width), height: Int(agreed.height))
    guard size.area <= mostPixels else { return nil }
    rate =
      agreed.rate_numerator > 0 && agreed.rate_denominator > 0
      ? Double(agreed.rate_numerator) / Double(agreed.rate_denominator) : nil
    if agreed.is_jpeg != 0 {
      (layout, blocks) = (nil, [])
      return
    }
    let color = ColorModel.yuv(
      agreed.is_bt709 != 0 ? .bt709 : .bt601, agreed.is_full_range != 0 ? .full : .limited)
    guard
      let (planes, blocks, model) = Self.packed(agreed.format, size, color)
        ?? Self.planar(agreed.format, size, color)
    else { return nil }
    self.blocks = blocks
    layout = PixelLayout(
      size: size, color: model, planes: planes,
      byteCount: blocks.reduce(0) { $0 + $1.rowBytes * $1.rows })
  }

  private typealias Shape = (planes: [Plane], blocks: [Block], color: ColorModel)

  private static func packed(_ format: UInt32, _ size: PixelSize, _ yuv: ColorModel) -> Shape? {
    func rgb(_ order: [Int], _ bytes: Int) -> Shape {
      let stride = bytes * size.width
      return (
        order.map { Plane(offset: $0, rowStride: stride, pixelStride: bytes) },
        [Block(rowBytes: stride, rows: size.height)], .rgb
      )
    }
    func pairs(_ luma: Int, _ cb: Int, _ cr: Int) -> Shape {
      let stride = 4 * ((size.width + 1) / 2)
      func chroma(_ offset: Int) -> Plane {
        Plane(offset: offset, rowStride: stride, pixelStride: 4, horizontalShift: 1)
      }
      return (
        [Plane(offset: luma, rowStride: stride, pixelStride: 2), chroma(cb), chroma(cr)],
        [Block(rowBytes: stride, rows: size.height)], yuv
      )
    }
    switch spa_video_format(format) {
    case SPA_VIDEO_FORMAT_YUY2: return pairs(0, 1, 3)
    case SPA_VIDEO_FORMAT_YVYU: return pairs(0, 3, 1)
    case SPA_VIDEO_FORMAT_UYVY: return pairs(1, 0, 2)
    case SPA_VIDEO_FORMAT_VYUY: return pairs(1, 2, 0)
    case SPA_VIDEO_FORMAT_RGB: return rgb([0, 1, 2], 3)
    case SPA_VIDEO_FORMAT_BGR: return rgb([2, 1, 0], 3)
    case SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA: return rgb([0, 1, 2], 4)
    case SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRA: return rgb([2, 1, 0], 4)
    case SPA_VIDEO_FORMAT_xRGB, SPA_VIDEO_FORMAT_ARGB: return rgb([1, 2, 3], 4)
    case SPA_VIDEO_FORMAT_xBGR, SPA_VIDEO_FORMAT_ABGR: return rgb([3, 2, 1], 4)
    case SPA_VIDEO_FORMAT_GRAY8:
      return (
        [Plane(offset: 0, rowStride: size.width, pixelStride: 1)],
        [Block(rowBytes: size.width, rows: size.height)], .gray
      )
    default: return nil
    }
  }

  private static func planar(_ format: UInt32, _ size: PixelSize, _ yuv: ColorModel) -> Shape? {
    /// Luma, then two planes of chroma; `swapped` when the red one comes first.
    func three(_ horizontal: Int, _ vertical: Int, swapped: Bool = false) -> Shape {
      let columns = (size.width + (1 << horizontal) - 1) >> horizontal
      let rows = (size.height + (1 << vertical) - 1) >> vertical
      let offsets = [size.area, size.area + columns * rows]
      func chroma(_ offset: Int) -> Plane {
        Plane(
          offset: offset, rowStride: columns, pixelStride: 1, horizontalShift: horizontal,
          verticalShift: vertical)
      }
      let luma = Plane(offset: 0, rowStride: size.width, pixelStride: 1)
      let block = Block(rowBytes: columns, rows: rows)
      return (
        [luma, chroma(offsets[swapped ? 1 : 0]), chroma(offsets[swapped ? 0 : 1])],
        [Block(rowBytes: size.width, rows: size.height), block, block], yuv
      )
    }
    /// Luma, then one plane of both chromas in turns.
    func two(_ vertical: Int, swapped: Bool = false) -> Shape {
      let stride = 2 * ((size.width + 1) / 2)
      let rows = (size.height + (1 << vertical) - 1) >> vertical
      func chroma(_ first: Int) -> Plane {
        Plane(
          offset: size.area + first, rowStride: stride, pixelStride: 2, horizontalShift: 1,
          verticalShift: vertical)
      }
      let luma = Plane(offset: 0, rowStride: size.width, pixelStride: 1)
      return (
        [luma, chroma(swapped ? 1 : 0), chroma(swapped ? 0 : 1)],
        [Block(rowBytes: size.width, rows: size.height), Block(rowBytes: stride, rows: rows)], yuv
      )
    }
    switch spa_video_format(format) {
    case SPA_VIDEO_FORMAT_I420: return three(1, 1)
    case SPA_VIDEO_FORMAT_YV12: return three(1, 1, swapped: true)
    case SPA_VIDEO_FORMAT_Y42B: return three(1, 0)
    case SPA_VIDEO_FORMAT_Y444: return three(0, 0)
    case SPA_VIDEO_FORMAT_NV12: return two(1)
    case SPA_VIDEO_FORMAT_NV21: return two(1, swapped: true)
    case SPA_VIDEO_FORMAT_NV16: return two(0)
    default: return nil
    }
  }
}
