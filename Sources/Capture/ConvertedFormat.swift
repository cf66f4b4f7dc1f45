import Quantities

/// A driver's pixel format that this program does not read itself and libv4lconvert turns into one that it reads.
///
/// The list is what libv4lconvert 1.22 knows, less three kinds: what this program reads itself (YUYV, UYVY, NV12, YU12,
/// GREY, RGB3, BGR3, Motion JPEG); what the library gets wrong or does not convert at all (Y04 and Y06 come out nearly
/// black, VYUY, NV21, Y10 and Y12 are refused, HM12 is read past its end); what it hands to a helper program (OV511,
/// OV518), which the fence does not let it start.
package struct ConvertedFormat: Equatable, Sendable {
  /// Rows of one kind in a driver's buffer.
  package struct Block: Equatable, Sendable {
    /// Bits of a row for each pixel of the picture's width.
    package let bits: Int
    /// Rows for each two rows of the picture.
    package let halves: Int
  }

  /// How the bytes lie.
  package enum Shape: Equatable, Sendable {
    /// Blocks of rows, which a driver may pad at their ends.
    case rows([Block])
    /// One run of bytes without padding: so many bits for each pixel.
    case whole(bits: Int)
    /// A number of bytes that changes with the picture.
    case compressed
  }

  /// What the library makes of it.
  package enum Target: Equatable, Sendable {
    /// 4:2:0, for what has luma and chroma already: samples keep their matrix and range.
    case yuv420
    case rgb24
  }

  /// Four letters as `v4l2-ctl` shows them.
  package let name: String
  package let shape: Shape
  package let target: Target

  package var fourCC: UInt32 {
    let letters = Array(name.utf8)
    return (0..<4).reduce(0) { $0 | UInt32(letters.indices.contains($1) ? letters[$1] : 32) << (8 * $1) }
      | (isBigEndian ? 1 << 31 : 0)
  }

  /// "Y16 -BE" has the letters of Y16 and the highest bit.
  private var isBigEndian: Bool { name.hasSuffix("-BE") }

  /// Bytes of a row without padding, of the first block.
  package func rowBytes(_ width: Int) -> Int {
    switch shape {
    case .rows(let blocks): width * blocks[0].bits / 8
    case .whole, .compressed: width
    }
  }

  /// Whether rows and planes of a picture of `size` end on whole bytes and pairs of pixels: the library does not look.
  func fits(_ size: PixelSize) -> Bool {
    guard size.width >= 8, size.height >= 8, size.width % 2 == 0, size.height % 2 == 0 else { return false }
    return switch shape {
    case .rows(let blocks): blocks.allSatisfy { size.width * $0.bits % 8 == 0 }
    case .whole(let bits): size.area * bits % 8 == 0
    case .compressed: true
    }
  }

  /// Bytes of a picture without padding; nil when they differ from picture to picture.
  func byteCount(_ size: PixelSize) -> Int? {
    switch shape {
    case .rows(let blocks):
      blocks.reduce(0) { $0 + size.width * $1.bits / 8 * (size.height * $1.halves / 2) }
    case .whole(let bits): size.area * bits / 8
    case .compressed: nil
    }
  }
}

extension ConvertedFormat {
  private static func packed(_ names: [String], bits: Int, _ target: Target) -> [ConvertedFormat] {
    names.map { ConvertedFormat(name: $0, shape: .rows([Block(bits: bits, halves: 2)]), target: target) }
  }

  private static func rows(_ name: String, _ blocks: [(bits: Int, halves: Int)]) -> ConvertedFormat {
    ConvertedFormat(
      name: name, shape: .rows(blocks.map { Block(bits: $0.bits, halves: $0.halves) }), target: .yuv420)
  }

  /// In order of preference: most of the picture for least work first, compressed last.
  package static let all: [ConvertedFormat] =
    packed(["YVYU"], bits: 16, .yuv420) + [
      rows("NV16", [(8, 4)]), rows("NV61", [(8, 4)]), rows("YV12", [(8, 2), (4, 2)]), rows("M420", [(8, 3)]),
    ]
    // 24 and 32 bits: XRGB, XBGR, ARGB, ABGR under their old and new letters.
    + packed(["RGB4", "BGR4", "XR24", "BX24", "AR24", "BA24"], bits: 32, .rgb24)
    + packed(["RGBP"], bits: 16, .rgb24)
    // Bayer: what sensors without a processor give.
    + packed(["RGGB", "BA81", "GBRG", "GRBG"], bits: 8, .rgb24)
    + packed(["pRAA", "pBAA", "pGAA", "pgAA"], bits: 10, .rgb24)
    + packed(["RG10", "BG10", "GB10", "BA10", "RG16", "BYR2", "GB16", "GR16"], bits: 16, .rgb24)
    // Gray of infrared and depth cameras.
    + packed(["Y10B"], bits: 10, .rgb24) + packed(["Y16", "Y16 -BE"], bits: 16, .rgb24)
    // Webcams of the years before USB Video Class, each chip with a form of its own.
    + ["S501", "S505", "S508", "CITV", "KONI", "S920"].map {
      ConvertedFormat(name: $0, shape: .whole(bits: 12), target: .yuv420)
    } + [ConvertedFormat(name: "S680", shape: .whole(bits: 8), target: .rgb24)]
    + ["P207", "S561", "S910", "SONX", "M310", "JL20", "905C", "S401", "JPGL", "PJPG"].map {
      ConvertedFormat(name: $0, shape: .compressed, target: .rgb24)
    } + [ConvertedFormat(name: "CPIA", shape: .compressed, target: .yuv420)]
}
