import Geometry
package import Imaging
import Units

/// What the decoder process says: numbers in a fixed order and a few words. Everything in it is checked by the reader,
/// because the writer may have been taken over by the bytes it reads.
package struct DecoderMessage: Equatable {
  enum Kind: Int64 {
    /// The source is open: size, kind and rate follow.
    case opened = 1
    /// A frame lies in the shared memory.
    case frame
    case timeout
    case dropped
    case lost
    case ended
    /// The source failed; the words say how.
    case failed
  }

  static let numberCount = 40
  private static let matrices: [ColorMatrix] = [.bt601, .bt709, .bt2020]
  static let longestText = 600

  var kind: Kind
  var numbers: [Int64] = []
  var text = ""

  /// The message as bytes: kind, count of numbers, numbers, text.
  package var bytes: [UInt8] {
    var values = [kind.rawValue] + numbers
    values += [Int64](repeating: 0, count: Self.numberCount - values.count)
    var bytes: [UInt8] = []
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    return bytes + Array(text.utf8.prefix(Self.longestText))
  }

  /// A message from bytes of the other process; nil when they are none.
  package init?(bytes: [UInt8]) {
    let head = Self.numberCount * 8
    guard bytes.count >= head, bytes.count <= head + Self.longestText else { return nil }
    let values = (0..<Self.numberCount).map { place in
      (0..<8).reduce(Int64(0)) { $0 | Int64(bytes[place * 8 + $1]) << (8 * $1) }
    }
    guard let kind = Kind(rawValue: values[0]) else { return nil }
    self.kind = kind
    numbers = Array(values[1...])
    text = String(decoding: bytes[head...], as: UTF8.self).filter { !$0.isNewline }
  }

  init(_ kind: Kind, numbers: [Int64] = [], text: String = "") {
    (self.kind, self.numbers, self.text) = (kind, numbers, text)
  }

  /// A frame's place in time and the layout of its bytes.
  package init(frame: Frame, undecodable: UInt64, damaged: UInt64 = 0) {
    let layout = frame.layout
    let color: Int64 =
      switch layout.color {
      case .gray: 0
      case .rgb: 1
      case .yuv(let matrix, let range):
        2 + Int64(Self.matrices.firstIndex(of: matrix) ?? 0) + (range == .full ? 3 : 0)
      }
    var numbers = [
      Int64(frame.index), frame.captured.nanoseconds, Int64(layout.size.width), Int64(layout.size.height),
      color,
      Int64(layout.byteCount), Int64(undecodable), Int64(layout.planes.count),
    ]
    for plane in layout.planes {
      numbers += [
        plane.offset, plane.rowStride, plane.pixelStride, plane.horizontalShift, plane.verticalShift,
      ]
      .map(Int64.init)
    }
    numbers += [Int64](repeating: 0, count: Self.damagedPlace - numbers.count) + [Int64(clamping: damaged)]
    self.init(.frame, numbers: numbers)
  }

  /// Where a frame message has the number of damaged frames: behind three planes.
  private static let damagedPlace = 23

  /// Damaged frames that the decoder left out so far.
  package var damaged: UInt64 {
    kind == .frame && numbers.count > Self.damagedPlace ? UInt64(clamping: numbers[Self.damagedPlace]) : 0
  }

  /// The layout of a frame message; nil when the numbers do not fit each other or the shared memory.
  package func layout(limit: Int) -> PixelLayout? {
    guard kind == .frame, numbers.count >= 23,
      let planeCount = Int(exactly: numbers[7]), planeCount == 1 || planeCount == 3
    else { return nil }
    let color: ColorModel
    switch numbers[4] {
    case 0: color = .gray
    case 1: color = .rgb
    case 2...7:
      let code = Int(numbers[4] - 2)
      color = .yuv(Self.matrices[code % 3], code >= 3 ? .full : .limited)
    default: return nil
    }
    // Larger numbers than these are no picture; small ones can be computed with safely.
    let most = Int64(1) << 31
    guard numbers[2...22].allSatisfy({ $0 > -most && $0 < most }) else { return nil }
    let planes = (0..<planeCount).map { number in
      let first = 8 + 5 * number
      return Plane(
        offset: Int(numbers[first]), rowStride: Int(numbers[first + 1]), pixelStride: Int(numbers[first + 2]),
        horizontalShift: Int(numbers[first + 3]), verticalShift: Int(numbers[first + 4]))
    }
    return PixelLayout.checked(
      size: PixelSize(width: Int(numbers[2]), height: Int(numbers[3])), color: color, planes: planes,
      byteCount: Int(numbers[5]), limit: limit)
  }
}
