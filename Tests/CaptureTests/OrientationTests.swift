import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// What the corners of ``MadeMedia/corners(width:height:)`` look like once a stored picture is shown with `orientation`.
private func shown(_ orientation: PictureOrientation) -> [String] {
  // Stored: row by row; EXIF's definitions (CIPA DC-008, 4.6.4 A), written out.
  let (a, b, c, d) = ("red", "lime", "blue", "white")
  switch orientation {
  case .upright: return [a, b, c, d]
  case .mirrored: return [b, a, d, c]
  case .halfTurn: return [d, c, b, a]
  case .flipped: return [c, d, a, b]
  case .transposed: return [a, c, b, d]
  case .quarterClockwise: return [c, a, d, b]
  case .transversed: return [d, b, c, a]
  case .quarterCounterclockwise: return [b, d, a, c]
  }
}

/// A TIFF header with one directory that says `orientation`.
private func exif(_ orientation: Int, littleEndian: Bool) -> [UInt8] {
  func number(_ value: Int, _ size: Int) -> [UInt8] {
    let bytes = (0..<size).map { UInt8(value >> (8 * $0) & 255) }
    return littleEndian ? bytes : bytes.reversed()
  }
  let entries = number(256, 2) + number(3, 2) + number(1, 4) + number(9, 2) + [0, 0]
  let entry = number(274, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
  let head = Array((littleEndian ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
  return head + number(2, 2) + entries + entry + number(0, 4)
}

@Suite struct OrientationTests {
  @Test(arguments: PictureOrientation.allCases) func layoutsAreSeenAsTheyAreTurned(
    orientation: PictureOrientation
  ) {
    let size = PixelSize(width: 3, height: 2)
    let layout = PixelLayout.gray(size).oriented(
      transposed: orientation.transposes, mirroredColumns: orientation.mirrorsColumns,
      mirroredRows: orientation.mirrorsRows)
    let stamp = FrameStamp(index: 0, captured: .init(nanoseconds: 0), camera: "t")
    let image = Frame(layout: layout, stamp: stamp) { $0.copyBytes(from: [1, 2, 3, 4, 5, 6]) }.rgbImage()
    let seen = (0..<image.size.height).map { y in (0..<image.size.width).map { Int(image[$0, y, 0]) } }
    let wanted: [[Int]] =
      switch orientation {
      case .upright: [[1, 2, 3], [4, 5, 6]]
      case .mirrored: [[3, 2, 1], [6, 5, 4]]
      case .halfTurn: [[6, 5, 4], [3, 2, 1]]
      case .flipped: [[4, 5, 6], [1, 2, 3]]
      case .transposed: [[1, 4], [2, 5], [3, 6]]
      case .quarterClockwise: [[4, 1], [5, 2], [6, 3]]
      case .transversed: [[6, 3], [5, 2], [4, 1]]
      case .quarterCounterclockwise: [[3, 6], [2, 5], [1, 4]]
      }
    #expect(seen == wanted)
  }

  /// One step after the other is the same as both at once: all 64 pairs, against corners moved by hand.
  @Test func stepsFollowEachOther() {
    func move(_ corners: [Int], _ next: PictureOrientation) -> [Int] {
      var corners = next.transposes ? [corners[0], corners[2], corners[1], corners[3]] : corners
      if next.mirrorsColumns { corners = [corners[1], corners[0], corners[3], corners[2]] }
      if next.mirrorsRows { corners = [corners[2], corners[3], corners[0], corners[1]] }
      return corners
    }
    for first in PictureOrientation.allCases {
      for second in PictureOrientation.allCases {
        let stepwise = move(move([0, 1, 2, 3], first), second)
        #expect(move([0, 1, 2, 3], first.then(second)) == stepwise, "\(first) then \(second)")
      }
    }
  }

  /// Sixteen-sixteen numbers of the four that turn, as FFmpeg and phones write them.
  @Test(
    arguments: [
      ([1, 0, 0, 1], 1), ([-1, 0, 0, 1], 2), ([-1, 0, 0, -1], 3), ([1, 0, 0, -1], 4), ([0, 1, 1, 0], 5),
      ([0, 1, -1, 0], 6), ([0, -1, -1, 0], 7), ([0, -1, 1, 0], 8), ([2, 0, 0, 1], 1), ([0, 3, -3, 0], 6),
    ] as [([Double], Int)]) func matricesAreRead(turns: [Double], number: Int) throws
  {
    let parts = turns.map { Int32($0 * 65536) }
    let matrix = try #require(DisplayMatrix([parts[0], parts[1], 0, parts[2], parts[3], 0, 7, 9, 1 << 30]))
    #expect(matrix.orientation?.rawValue == number)
  }

  @Test(
    arguments: [
      [0.866, 0.5, -0.5, 0.866], [1, 0.5, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0], [0.99, 0.14, -0.14, 0.99],
    ])
  func oddMatricesAreNone(turns: [Double]) throws {
    let parts = turns.map { Int32($0 * 65536) }
    let matrix = try #require(DisplayMatrix([parts[0], parts[1], 0, parts[2], parts[3], 0, 0, 0, 1 << 30]))
    #expect(matrix.orientation == nil)
    #expect(!matrix.description.isEmpty)
  }

  @Test(arguments: 1...8, [true, false]) func headersOfPicturesAreRead(number: Int, littleEndian: Bool) {
    let header = exif(number, littleEndian: littleEndian)
    let wanted = PictureOrientation(rawValue: number)
    func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
      [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
    }
    let jpeg =
      [0xFF, 0xD8] + segment(0xE0, Array("JFIF\0".utf8)) + segment(0xE1, Array("Exif\0\0".utf8) + header)
      + [0xFF, 0xDA, 0, 2]
    func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
      [0, 0, 0, UInt8(body.count)] + Array(type.utf8) + body + [0, 0, 0, 0]
    }
    let png = [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + chunk("IHDR", [1, 2, 3]) + chunk("eXIf", header)
    let riff = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8 ".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]
    let webp = riff + Array("EXIF".utf8) + [UInt8(header.count), 0, 0, 0] + header
    for file in [jpeg, png, webp, header] {
      #expect(PictureHeader(FileBytes(file)).orientation == wanted)
    }
  }

  /// Damaged headers are upright pictures, never a crash or an endless loop.
  @Test(arguments: 1...20) func damagedHeadersAreUpright(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let whole: [UInt8] =
      [0xFF, 0xD8, 0xFF, 0xE1, 0, 80] + Array("Exif\0\0".utf8) + exif(6, littleEndian: true)
    for _ in 0..<200 {
      var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
      for place in bytes.indices where Int.random(in: 0..<8, using: &random) == 0 {
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      let header = PictureHeader(FileBytes(bytes))
      #expect(PictureOrientation.allCases.contains(header.orientation))
    }
    #expect(PictureHeader(FileBytes(Array(whole.prefix(20)))).orientation == .upright)
  }

  /// A JPEG with each EXIF orientation is seen as EXIF says.
  @Test(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)), arguments: 1...8)
  func picturesStandUpright(number: Int) throws {
    let plain = try MadeMedia.bytes(
      try MadeMedia.ffmpeg("c.jpg", MadeMedia.corners() + ["-frames:v", "1", "-q:v", "2"]))
    let body = Array("Exif\0\0".utf8) + exif(number, littleEndian: false)
    let path = try MadeMedia.write(
      "c\(number).jpg",
      [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + plain.dropFirst(2))
    let (frame, file) = try MadeMedia.first(path)
    let orientation = try #require(PictureOrientation(rawValue: number))
    #expect(file.description.kind == .still)
    #expect(file.description.presentation.orientation == orientation)
    #expect(MadeMedia.corners(of: frame) == shown(orientation))
    #expect(frame.size == file.description.size)
    #expect(frame.size.width == (orientation.transposes ? 48 : 64))
  }

  /// An MP4 with each display matrix is seen as ffmpeg shows it.
  @Test(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)), arguments: 1...8)
  func recordingsStandUpright(number: Int) throws {
    let orientation = try #require(PictureOrientation(rawValue: number))
    let a: Int32 = orientation.transposes ? 0 : orientation.mirrorsColumns ? -1 : 1
    let d: Int32 = orientation.transposes ? 0 : orientation.mirrorsRows ? -1 : 1
    let c: Int32 = orientation.transposes ? (orientation.mirrorsColumns ? -1 : 1) : 0
    let b: Int32 = orientation.transposes ? (orientation.mirrorsRows ? -1 : 1) : 0
    let path = try withMatrix([a, b, 0, c, d, 0, 0, 0], scale: 65536)
    let (frame, file) = try MadeMedia.first(path)
    #expect(file.description.kind == .recording)
    #expect(file.description.presentation.orientation == orientation)
    #expect(MadeMedia.corners(of: frame) == shown(orientation))
    // The same through ffmpeg itself.
    let converted = try MadeMedia.ffmpeg("ff.ppm", ["-i", path, "-frames:v", "1"])
    #expect(MadeMedia.corners(of: try MadeMedia.first(converted).frame) == shown(orientation))
  }

  @Test(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)))
  func oddMatricesAreReportedAndNotGuessed() throws {
    let path = try withMatrix([56756, 32768, 0, -32768, 56756, 0, 0, 0], scale: 1)
    let (frame, file) = try MadeMedia.first(path)
    #expect(file.description.presentation.oddMatrix == "0.866 0.5 -0.5 0.866")
    #expect(MadeMedia.corners(of: frame) == shown(.upright))
  }

  private func withMatrix(_ numbers: [Int32], scale: Int32) throws -> String {
    let made = try MadeMedia.ffmpeg(
      "m.mp4", MadeMedia.corners() + ["-c:v", "mpeg4", "-q:v", "2", "-pix_fmt", "yuv420p"])
    var bytes = try MadeMedia.bytes(made)
    let word = Array("tkhd".utf8)
    let place = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == word })
    // Version 0: flags, times, identity, duration, layer, group, volume, then the matrix (ISO/IEC 14496-12, 8.3.2).
    let start = place + 4 + 4 + 20 + 8 + 8
    for (index, number) in (numbers.map { $0 &* scale } + [1 << 30]).enumerated() {
      let big = UInt32(bitPattern: number)
      for byte in 0..<4 { bytes[start + 4 * index + byte] = UInt8(big >> (24 - 8 * UInt32(byte)) & 255) }
    }
    return try MadeMedia.write("matrix.mp4", bytes)
  }
}
