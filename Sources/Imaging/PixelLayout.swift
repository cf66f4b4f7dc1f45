public import Quantities

/// Which matrix turns Y'CbCr into R'G'B'.
public enum ColorMatrix: Sendable, Hashable {
  /// ITU-R BT.601: standard definition, JPEG, most webcams.
  case bt601
  /// ITU-R BT.709: high definition.
  case bt709
  /// ITU-R BT.2020, non-constant luminance: ultra high definition.
  case bt2020
}

/// Which code values black and white have.
public enum ColorRange: Sendable, Hashable {
  /// Luma 16...235, chroma 16...240 ("TV", "MPEG").
  case limited
  /// All values 0...255 ("PC", "JPEG").
  case full
}

/// What the numbers of a picture's planes mean.
public enum ColorModel: Sendable, Hashable {
  /// One plane of luma, full range.
  case gray
  /// Planes Y, Cb, Cr.
  case yuv(ColorMatrix, ColorRange)
  /// Planes R, G, B, in that order whatever their order in memory.
  case rgb
}

/// Where one channel's 8-bit samples lie in a frame's bytes.
public struct Plane: Sendable, Hashable {
  /// Byte offset of the top left sample.
  public let offset: Int
  /// Bytes from one row to the next.
  public let rowStride: Int
  /// Bytes from one sample to the next in a row.
  public let pixelStride: Int
  /// The channel has width >> shift columns, rounded up.
  public let horizontalShift: Int
  /// The channel has height >> shift rows, rounded up.
  public let verticalShift: Int

  /// A channel's place; see the properties.
  public init(offset: Int, rowStride: Int, pixelStride: Int, horizontalShift: Int = 0, verticalShift: Int = 0)
  {
    (self.offset, self.rowStride, self.pixelStride) = (offset, rowStride, pixelStride)
    (self.horizontalShift, self.verticalShift) = (horizontalShift, verticalShift)
  }
}

/// How a frame's bytes are to be read: size, colour model and one ``Plane`` per channel.
///
/// One description serves planar, semi-planar and packed 8-bit formats, so a frame is kept as the source gave it and
/// never converted as a whole on the fast path.
public struct PixelLayout: Sendable, Hashable {
  /// The picture's size.
  public let size: PixelSize
  /// What the planes mean.
  public let color: ColorModel
  /// One plane for gray, three for yuv and rgb.
  public let planes: [Plane]
  /// Bytes that a frame of this layout takes.
  public let byteCount: Int

  /// A layout from its parts; `byteCount` must cover every plane.
  public init(size: PixelSize, color: ColorModel, planes: [Plane], byteCount: Int) {
    precondition(planes.count == (color == .gray ? 1 : 3), "a gray picture has one plane, others three")
    precondition(size.width > 0 && size.height > 0, "a picture has at least one pixel")
    for plane in planes {
      let across = ((size.width - 1) >> plane.horizontalShift) * plane.pixelStride
      let down = ((size.height - 1) >> plane.verticalShift) * plane.rowStride
      let first = plane.offset + min(0, across) + min(0, down)
      let last = plane.offset + max(0, across) + max(0, down)
      precondition(first >= 0 && last < byteCount, "a plane reaches outside the frame's bytes")
    }
    (self.size, self.color, self.planes, self.byteCount) = (size, color, planes, byteCount)
  }

  /// A layout whose numbers come from outside; nil when they do not fit each other or the `limit` in bytes.
  public static func checked(
    size: PixelSize, color: ColorModel, planes: [Plane], byteCount: Int, limit: Int
  ) -> PixelLayout? {
    guard (1...32768).contains(size.width), (1...32768).contains(size.height),
      (1...limit).contains(byteCount),
      planes.count == (color == .gray ? 1 : 3)
    else { return nil }
    for plane in planes {
      guard (0...3).contains(plane.horizontalShift), (0...3).contains(plane.verticalShift),
        plane.offset.magnitude <= UInt(limit), plane.rowStride.magnitude <= UInt(limit),
        plane.pixelStride.magnitude <= UInt(limit)
      else { return nil }
      // Products of two numbers below 2^31 cannot overflow.
      let across = ((size.width - 1) >> plane.horizontalShift) * plane.pixelStride
      let down = ((size.height - 1) >> plane.verticalShift) * plane.rowStride
      let first = plane.offset + min(0, across) + min(0, down)
      let last = plane.offset + max(0, across) + max(0, down)
      guard first >= 0, last < byteCount else { return nil }
    }
    return PixelLayout(size: size, color: color, planes: planes, byteCount: byteCount)
  }

  /// The same bytes seen with rows and columns exchanged (when `transposed`), then mirrored; nothing is moved, only
  /// offsets and strides change. In pictures with an odd width or height a mirrored chroma plane that has half the
  /// columns lies half a chroma sample aside.
  public func oriented(transposed: Bool, mirroredColumns: Bool, mirroredRows: Bool) -> PixelLayout {
    guard transposed || mirroredColumns || mirroredRows else { return self }
    let seen = transposed ? PixelSize(width: size.height, height: size.width) : size
    let planes = planes.map { plane in
      let (across, down) =
        transposed ? (plane.rowStride, plane.pixelStride) : (plane.pixelStride, plane.rowStride)
      let horizontal = transposed ? plane.verticalShift : plane.horizontalShift
      let vertical = transposed ? plane.horizontalShift : plane.verticalShift
      let lastColumn = (seen.width - 1) >> horizontal
      let lastRow = (seen.height - 1) >> vertical
      return Plane(
        offset: plane.offset + (mirroredColumns ? lastColumn * across : 0)
          + (mirroredRows ? lastRow * down : 0),
        rowStride: mirroredRows ? -down : down, pixelStride: mirroredColumns ? -across : across,
        horizontalShift: horizontal, verticalShift: vertical)
    }
    return PixelLayout(size: seen, color: color, planes: planes, byteCount: byteCount)
  }

  /// The same bytes seen turned clockwise by quarter turns.
  public func turned(quarterTurns: Int) -> PixelLayout {
    let turns = (quarterTurns % 4 + 4) % 4
    return oriented(
      transposed: turns % 2 == 1, mirroredColumns: turns == 1 || turns == 2,
      mirroredRows: turns == 2 || turns == 3)
  }

  /// Luma only.
  public static func gray(_ size: PixelSize) -> PixelLayout {
    PixelLayout(
      size: size, color: .gray, planes: [Plane(offset: 0, rowStride: size.width, pixelStride: 1)],
      byteCount: size.area)
  }

  /// Planar Y, Cb, Cr with chroma divided by 1 << shift in each direction: (1, 1) is I420, (1, 0) I422,
  /// (0, 0) I444.
  public static func planar(
    _ size: PixelSize, chromaShift: (horizontal: Int, vertical: Int), _ matrix: ColorMatrix,
    _ range: ColorRange
  ) -> PixelLayout {
    let columns = (size.width + (1 << chromaShift.horizontal) - 1) >> chromaShift.horizontal
    let rows = (size.height + (1 << chromaShift.vertical) - 1) >> chromaShift.vertical
    func chroma(_ offset: Int) -> Plane {
      Plane(
        offset: offset, rowStride: columns, pixelStride: 1, horizontalShift: chromaShift.horizontal,
        verticalShift: chromaShift.vertical)
    }
    return PixelLayout(
      size: size, color: .yuv(matrix, range),
      planes: [
        Plane(offset: 0, rowStride: size.width, pixelStride: 1), chroma(size.area),
        chroma(size.area + columns * rows),
      ], byteCount: size.area + 2 * columns * rows)
  }

  /// Planar 4:2:0, as most video decoders give.
  public static func i420(_ size: PixelSize, _ matrix: ColorMatrix, _ range: ColorRange) -> PixelLayout {
    planar(size, chromaShift: (1, 1), matrix, range)
  }

  /// Luma plane, then Cb and Cr interleaved, 4:2:0.
  public static func nv12(_ size: PixelSize, _ matrix: ColorMatrix, _ range: ColorRange) -> PixelLayout {
    let columns = (size.width + 1) / 2
    let rows = (size.height + 1) / 2
    func chroma(_ first: Int) -> Plane {
      Plane(
        offset: size.area + first, rowStride: 2 * columns, pixelStride: 2, horizontalShift: 1,
        verticalShift: 1)
    }
    return PixelLayout(
      size: size, color: .yuv(matrix, range),
      planes: [Plane(offset: 0, rowStride: size.width, pixelStride: 1), chroma(0), chroma(1)],
      byteCount: size.area + 2 * columns * rows)
  }

  /// Packed Y Cb Y Cr, 4:2:2; `rowStride` in bytes, at least two a pixel.
  public static func yuyv(
    _ size: PixelSize, rowStride: Int, _ matrix: ColorMatrix, _ range: ColorRange
  ) -> PixelLayout {
    func chroma(_ first: Int) -> Plane {
      Plane(offset: first, rowStride: rowStride, pixelStride: 4, horizontalShift: 1)
    }
    return PixelLayout(
      size: size, color: .yuv(matrix, range),
      planes: [Plane(offset: 0, rowStride: rowStride, pixelStride: 2), chroma(1), chroma(3)],
      byteCount: rowStride * size.height)
  }

  /// Packed R G B, three bytes a pixel, no gap between rows.
  public static func rgb24(_ size: PixelSize) -> PixelLayout {
    func channel(_ first: Int) -> Plane { Plane(offset: first, rowStride: 3 * size.width, pixelStride: 3) }
    return PixelLayout(
      size: size, color: .rgb, planes: [channel(0), channel(1), channel(2)], byteCount: 3 * size.area)
  }
}
