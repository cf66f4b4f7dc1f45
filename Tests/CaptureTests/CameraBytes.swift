import Quantities

/// A picture of two halves as the bytes of a driver's format, made by the words of linux/videodev2.h alone.
struct CameraBytes {
  static let left: [Double] = [200, 70, 40]
  static let right: [Double] = [40, 90, 190]
  let size: PixelSize

  /// R, G, B of a column.
  private func color(_ x: Int) -> [Double] { x < size.width / 2 ? Self.left : Self.right }
  private func byte(_ number: Double) -> UInt8 { UInt8(min(max(number.rounded(), 0), 255)) }
  private func rgb(_ x: Int) -> [UInt8] { color(x).map(byte) }
  // BT.601, limited.
  private func y(_ x: Int) -> UInt8 {
    let c = color(x)
    return byte(16 + (65.481 * c[0] + 128.553 * c[1] + 24.966 * c[2]) / 255)
  }
  private func u(_ x: Int) -> UInt8 {
    let c = color(x)
    return byte(128 + (-37.797 * c[0] - 74.203 * c[1] + 112 * c[2]) / 255)
  }
  private func v(_ x: Int) -> UInt8 {
    let c = color(x)
    return byte(128 + (112 * c[0] - 93.786 * c[1] - 18.214 * c[2]) / 255)
  }

  private var columns: Range<Int> { 0..<size.width }
  private var pairs: StrideTo<Int> { stride(from: 0, to: size.width, by: 2) }
  private func rows(_ row: (Int) -> [UInt8]) -> [UInt8] { (0..<size.height).flatMap(row) }
  private func halfRows(_ row: [UInt8]) -> [UInt8] { (0..<size.height / 2).flatMap { _ in row } }
  private var luma: [UInt8] { columns.map(y) }
  private var cb: [UInt8] { pairs.map(u) }
  private var cr: [UInt8] { pairs.map(v) }

  /// The bytes in the format with these letters; nil for formats that are not made here.
  func bytes(_ letters: String) -> [UInt8]? {
    yuv(letters) ?? bayer(letters) ?? packed(letters) ?? old(letters)
  }

  private func yuv(_ letters: String) -> [UInt8]? {
    let chroma = pairs.flatMap { [u($0), v($0)] }
    switch letters {
    case "YVYU": return rows { _ in pairs.flatMap { [y($0), v($0), y($0 + 1), u($0)] } }
    case "NV16": return rows { _ in luma } + rows { _ in chroma }
    case "NV61": return rows { _ in luma } + rows { _ in pairs.flatMap { [v($0), u($0)] } }
    case "YV12": return rows { _ in luma } + halfRows(cr) + halfRows(cb)
    case "M420": return halfRows(luma + luma + chroma)
    default: return nil
    }
  }

  /// The samples that a sensor with this pattern sees, "RGGB" and so on.
  private func mosaic(_ pattern: String) -> [UInt8] {
    let channels = pattern.map { ["R": 0, "G": 1][$0] ?? 2 }
    return rows { row in columns.map { rgb($0)[channels[row % 2 * 2 + $0 % 2]] } }
  }

  private func bayer(_ letters: String) -> [UInt8]? {
    let patterns = ["RGGB", "BGGR", "GBRG", "GRBG"]
    let bits8 = ["RGGB", "BA81", "GBRG", "GRBG"]
    let packed10 = ["pRAA", "pBAA", "pGAA", "pgAA"]
    let bits10 = ["RG10", "BG10", "GB10", "BA10"]
    let bits16 = ["RG16", "BYR2", "GB16", "GR16"]
    if let at = bits8.firstIndex(of: letters) { return mosaic(patterns[at]) }
    if let at = bits10.firstIndex(of: letters) {
      return mosaic(patterns[at]).flatMap { [$0 << 2, $0 >> 6] }
    }
    if let at = bits16.firstIndex(of: letters) { return mosaic(patterns[at]).flatMap { [0, $0] } }
    guard let at = packed10.firstIndex(of: letters) else { return nil }
    let samples = mosaic(patterns[at])
    // Four samples' high bytes, then a byte with their low bits.
    return stride(from: 0, to: samples.count, by: 4).flatMap { samples[$0..<$0 + 4] + [0] }
  }

  private func packed(_ letters: String) -> [UInt8]? {
    switch letters {
    case "RGB4", "BX24", "BA24": return rows { _ in columns.flatMap { [0] + rgb($0) } }
    case "BGR4", "XR24", "AR24": return rows { _ in columns.flatMap { rgb($0).reversed() + [0] } }
    case "RGBP":
      return rows { _ in
        columns.flatMap { x -> [UInt8] in
          let c = rgb(x).map { UInt16($0) }
          let word = ((c[0] >> 3) << 11) | ((c[1] >> 2) << 5) | (c[2] >> 3)
          return [UInt8(word & 255), UInt8(word >> 8)]
        }
      }
    case "Y16": return rows { _ in columns.flatMap { [0, y($0)] } }
    case "Y16 -BE": return rows { _ in columns.flatMap { [y($0), 0] } }
    case "Y10B":
      // Ten bits each, highest first, without gaps.
      let bits = rows { _ in columns.flatMap { x in (0..<10).map { $0 < 8 ? (y(x) >> (7 - $0)) & 1 : 0 } } }
      return stride(from: 0, to: bits.count, by: 8).map { at in
        bits[at..<at + 8].reduce(0) { ($0 << 1) | $1 }
      }
    default: return nil
    }
  }

  private func old(_ letters: String) -> [UInt8]? {
    // The SPCA chips give signed samples.
    func signed(_ line: [UInt8]) -> [UInt8] { line.map { $0 ^ 0x80 } }
    switch letters {
    case "S501": return halfRows(signed(luma + cb + luma + cr))
    case "S505": return halfRows(signed(luma + luma + cb + cr))
    case "S508": return halfRows(signed(luma + cb + cr + luma))
    case "CITV": return halfRows(luma + pairs.flatMap { [v($0), y($0), u($0), y($0 + 1)] })
    // Lines that are not compressed begin with these two bytes.
    case "P207": return rows { row in [0x0F, 0xF0] + columns.map { mosaicPixel("BGGR", $0, row) } }
    default: return nil
    }
  }

  private func mosaicPixel(_ pattern: String, _ x: Int, _ row: Int) -> UInt8 {
    let channel = Array(pattern)[row % 2 * 2 + x % 2]
    return rgb(x)[channel == "R" ? 0 : channel == "G" ? 1 : 2]
  }
}
