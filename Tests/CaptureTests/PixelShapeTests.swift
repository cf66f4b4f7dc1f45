import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// Pixels that are not square, more than 8 bits, other matrices and ranges, high dynamic range, alpha.
@Suite(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)))
struct PixelShapeTests {
  private let source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=0.4"]

  @Test(
    arguments: [
      ("scale=160:240,setsar=2", 320, 240), ("scale=320:120,setsar=1/2", 320, 240),
      ("scale=180:240,setsar=16/9", 320, 240), ("setsar=1", 320, 240), ("setsar=1000/999", 320, 240),
    ]) func pixelsAreMadeSquare(filter: String, width: Int, height: Int) throws
  {
    let path = try MadeMedia.ffmpeg(
      "sar.mkv", source + ["-vf", filter, "-c:v", "mpeg4", "-q:v", "2", "-pix_fmt", "yuv420p"])
    let (frame, file) = try MadeMedia.first(path)
    #expect(frame.size == PixelSize(width: width, height: height))
    #expect(file.description.size == frame.size)
    let plain = try MadeMedia.first(try MadeMedia.ffmpeg("p.ppm", source + ["-frames:v", "1"])).frame
    #expect(difference(frame.rgbImage(), plain.rgbImage()) < 16, "what is seen keeps its place")
  }

  @Test func shapesThatCannotBeMeantAreReported() throws {
    let path = try MadeMedia.ffmpeg(
      "odd.mkv", source + ["-vf", "setsar=40/1", "-c:v", "mpeg4", "-pix_fmt", "yuv420p"])
    let (frame, file) = try MadeMedia.first(path)
    #expect(frame.size == PixelSize(width: 320, height: 240))
    #expect(file.description.presentation.oddPixelAspect == "40:1")
  }

  /// The same picture in every coding looks the same to two levels of 255 in the mean.
  @Test(
    arguments: [
      ("yuv420p10le", "bt709", "tv"), ("yuv420p10le", "bt709", "pc"), ("yuv422p12le", "bt709", "pc"),
      ("yuv444p10le", "smpte170m", "tv"), ("yuv420p", "smpte170m", "pc"), ("yuv420p", "bt709", "pc"),
      ("yuv420p10le", "bt2020nc", "tv"), ("yuv444p12le", "bt2020nc", "pc"), ("yuv444p", "bt2020nc", "tv"),
    ]) func colorsAreWhatTheTagsSay(format: String, matrix: String, range: String) throws
  {
    let name = matrix == "smpte170m" ? "bt601" : matrix == "bt2020nc" ? "bt2020" : matrix
    let path = try MadeMedia.ffmpeg(
      "color.mkv",
      ["-f", "lavfi", "-i", "smptehdbars=s=320x240:r=10:d=0.2"] + [
        "-vf",
        "format=gbrp,scale=out_color_matrix=\(name):out_range=\(range):flags=accurate_rnd,format=\(format)",
        "-c:v", "ffv1", "-colorspace", matrix, "-color_range", range,
      ])
    let plain = try MadeMedia.ffmpeg(
      "plain.ppm",
      ["-f", "lavfi", "-i", "smptehdbars=s=320x240:r=10:d=0.2", "-vf", "format=gbrp", "-frames:v", "1"])
    let found = difference(
      try MadeMedia.first(path).frame.rgbImage(), try MadeMedia.first(plain).frame.rgbImage())
    #expect(found < 2, "\(format) \(matrix) \(range): \(found)")
  }

  @Test func limitedGrayBecomesFull() throws {
    let path = try MadeMedia.ffmpeg(
      "gray.mkv",
      [
        "-f", "lavfi", "-i", "color=white:s=64x64:r=10:d=0.2", "-vf",
        "scale=in_range=pc:out_range=tv,format=gray10le", "-c:v", "ffv1", "-color_range", "tv",
      ])
    let image = try MadeMedia.first(path).frame.rgbImage()
    #expect(image[32, 32, 0] >= 253)
  }

  @Test func alphaIsShownOnWhite() throws {
    let path = try MadeMedia.ffmpeg(
      "alpha.png", ["-f", "lavfi", "-i", "color=black@0.25:s=32x32,format=rgba", "-frames:v", "1"])
    let (frame, file) = try MadeMedia.first(path)
    #expect(file.description.presentation.hasAlpha)
    #expect(abs(Int(frame.rgbImage()[9, 9, 1]) - 191) <= 1)
  }

  /// 75 % HLG and 58 % PQ are both the white of a page (BT.2408): the same bright gray on a standard screen.
  @Test(arguments: [("arib-std-b67", 0.75, "hlg"), ("smpte2084", 0.5807, "pq")])
  func highRangeIsShownAsAScreenWould(transfer: String, code: Double, name: String) throws {
    let luma = Int((16 + 219 * code) * 4)
    let path = try MadeMedia.ffmpeg(
      "hdr.mkv",
      [
        "-f", "lavfi", "-i", "color=gray:s=64x64:r=10:d=0.2", "-vf",
        "format=yuv420p10le,geq=lum=\(luma):cb=512:cr=512", "-c:v", "ffv1", "-colorspace", "bt2020nc",
        "-color_primaries", "bt2020", "-color_trc", transfer, "-color_range", "tv",
      ])
    let (frame, file) = try MadeMedia.first(path)
    #expect(file.description.presentation.transfer.rawValue == name)
    let image = frame.rgbImage()
    let gray = (0..<3).map { Int(image[30, 30, $0]) }
    // The roll-off of BT.2390 takes 203 cd/m2 to 159 of 203, and BT.1886 gives that the code 230.
    #expect(gray.allSatisfy { abs($0 - 230) <= 3 }, "\(gray)")
  }

  private func difference(_ one: RGBImage, _ other: RGBImage) -> Double {
    guard one.size == other.size else { return .infinity }
    let sum = zip(one.bytes, other.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(one.bytes.count)
  }
}
