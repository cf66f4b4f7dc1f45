import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// Pictures count as pictures and recordings as recordings, whatever their container; damage and guesses are reported.
@Suite(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)))
struct PictureFormatTests {
  private let source = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=10:d=1"]

  @Test(
    arguments: [
      ("one.mp4", ["-c:v", "mpeg4"]), ("one.mkv", ["-c:v", "ffv1"]), ("one.gif", []),
      ("one.avi", ["-c:v", "mjpeg"]),
      ("one.mjpeg", []), ("one.png", []), ("one.bmp", []), ("one.tiff", []), ("one.webp", []),
      ("one.jpg", []),
    ]) func oneFrameIsAPicture(name: String, codec: [String]) throws
  {
    let path = try MadeMedia.ffmpeg(name, source + ["-frames:v", "1"] + codec)
    let file = try MediaFile(path: path)
    #expect(file.description.kind == .still)
    #expect(file.description.framesPerSecond == nil)
    let (count, damage) = try MadeMedia.all(file)
    #expect(count == 1 && damage == nil, "\(damage ?? "")")
    #expect(!file.description.presentation.format.isEmpty)
  }

  @Test(
    arguments: [
      ("ten.gif", [], false), ("ten.mjpeg", [], true), ("ten.avi", ["-c:v", "mjpeg"], false),
      ("ten.mkv", ["-c:v", "ffv1"], false), ("ten.y4m", ["-pix_fmt", "yuv420p"], false),
    ] as [(String, [String], Bool)])
  func tenFramesAreARecording(name: String, codec: [String], isAssumed: Bool) throws {
    let file = try MediaFile(path: try MadeMedia.ffmpeg(name, source + codec))
    #expect(file.description.kind == .recording)
    #expect(file.description.presentation.isRateAssumed == isAssumed)
    #expect(file.description.framesPerSecond == (isAssumed ? 25 : 10))
    #expect(try MadeMedia.all(file).count == 10)
  }

  @Test func anAVIWithoutARateIsAssumed() throws {
    var bytes = try MadeMedia.bytes(try MadeMedia.ffmpeg("a.avi", source + ["-c:v", "mjpeg"]))
    func erase(_ word: String, _ offset: Int, _ count: Int) throws {
      let wanted = Array(word.utf8)
      let place = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == wanted })
      for byte in 0..<count { bytes[place + offset + byte] = 0 }
    }
    try erase("strh", 28, 8)
    try erase("avih", 8, 4)
    let file = try MediaFile(path: try MadeMedia.write("norate.avi", bytes))
    #expect(file.description.presentation.isRateAssumed)
    #expect(file.description.framesPerSecond == 25)
    #expect(try MadeMedia.all(file).count == 10)
  }

  /// What hangs on a photo's end is no recording: text, another picture of another size, a second eye.
  @Test func whatFollowsAPhotoIsNotItsRecording() throws {
    let photo = try MadeMedia.bytes(try MadeMedia.ffmpeg("p.jpg", source + ["-frames:v", "1"]))
    let small = try MadeMedia.bytes(
      try MadeMedia.ffmpeg("s.jpg", ["-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1"]))
    let mark: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE2, 0, 8] + Array("MPF\0".utf8) + [0, 0]
    let files = [
      photo + Array(String(repeating: "<?php trailing ", count: 500).utf8), photo + small,
      mark + photo.dropFirst(2) + photo,
    ]
    for bytes in files {
      let file = try MediaFile(path: try MadeMedia.write("tail.jpg", bytes))
      #expect(file.description.kind == .still)
      let (count, damage) = try MadeMedia.all(file)
      #expect(count == 1 && damage == nil)
    }
  }

  /// A cut or spoilt picture still comes, and its damage is reported with a count.
  @Test(arguments: ["jpg", "tiff", "bmp", "gif"]) func damagedPicturesSaySo(format: String) throws {
    let whole = try MadeMedia.bytes(try MadeMedia.ffmpeg("d.\(format)", source + ["-frames:v", "1"]))
    let path = try MadeMedia.write("cut.\(format)", Array(whole.prefix(whole.count * 6 / 10)))
    do {
      let file = try MediaFile(path: path)
      let (count, damage) = try MadeMedia.all(file)
      #expect(count == 1)
      #expect(damage?.contains("cannot be decoded (1") == true, "\(format): \(damage ?? "none")")
    } catch {
      // A format whose decoder gives nothing of a cut picture refuses it by name.
      #expect(format != "jpg" && "\(error)".contains(path) && "\(error)".contains("truncated"), "\(error)")
    }
  }

  @Test func spoiltPicturesOfARecordingAreLeftOutAndCounted() throws {
    var bytes = try MadeMedia.bytes(try MadeMedia.ffmpeg("r.mjpeg", source))
    let starts = (0..<bytes.count - 2).filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 }
    #expect(starts.count == 10)
    // The fourth picture loses its second half.
    let half = (starts[3] + starts[4]) / 2
    bytes.removeSubrange(half..<starts[4])
    let file = try MediaFile(path: try MadeMedia.write("spoilt.mjpeg", bytes))
    let (count, damage) = try MadeMedia.all(file)
    #expect(count == 9)
    #expect(file.counters.damaged == 1 && file.counters.delivered == 9)
    #expect(damage?.contains("1 picture is damaged") == true, "\(damage ?? "none")")
  }

  @Test func formatsThatCannotBeDecodedAreNamed() throws {
    let animated = Array("RIFF".utf8) + [30, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 2, 0, 0, 0]
    let files: [(String, [UInt8], String)] = [
      ("a.webp", animated + [UInt8](repeating: 0, count: 40), "animated WebP"),
      ("a.pdf", Array("%PDF-1.7 and so on and on and on".utf8), "PDF"),
      ("a.jxl", [0xFF, 0x0A] + [UInt8](repeating: 9, count: 60), "JPEG XL"),
      ("a.mp3", Array("ID3".utf8) + [UInt8](repeating: 0, count: 60), "sound"),
    ]
    for (name, bytes, words) in files {
      let path = try MadeMedia.write(name, bytes)
      let error = #expect(throws: CaptureError.self) { _ = try MediaFile(path: path) }
      #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "none")")
      #expect(error?.problem.contains("convert it") == true || error?.problem.contains("give a") == true)
    }
  }

  /// HEIC and AVIF, also of several tiles, are pictures with their colours.
  @Test(
    .enabled(if: MadeMedia.hasHEIFEncoder, "needs heif-enc: scripts/install-packages.sh test"),
    arguments: [("c.heic", []), ("c.avif", ["-A"])] as [(String, [String])])
  func heifPictures(name: String, options: [String]) throws {
    let png = try MadeMedia.ffmpeg("c.png", MadeMedia.corners(width: 128, height: 96) + ["-frames:v", "1"])
    let path = MadeMedia.path(name)
    try MadeMedia.run("heif-enc", options + ["-q", "90", "-o", path, png])
    let (frame, file) = try MadeMedia.first(path)
    #expect(file.description.kind == .still)
    #expect(frame.size == PixelSize(width: 128, height: 96))
    #expect(MadeMedia.corners(of: frame) == ["red", "lime", "blue", "white"])
    // The same with the rotation and the mirror of its index changed is turned, and cut short it says so.
    let bytes = try MadeMedia.bytes(path)
    let cut = try MadeMedia.write("cut-\(name)", Array(bytes.prefix(bytes.count * 2 / 3)))
    let error = #expect(throws: CaptureError.self) { _ = try MediaFile(path: cut) }
    #expect(error?.problem.contains("HEIF picture") == true, "\(error?.problem ?? "none")")
  }

  /// Whatever stands in an index, it is a picture or an error.
  @Test(
    .enabled(if: MadeMedia.hasHEIFEncoder, "needs heif-enc: scripts/install-packages.sh test"),
    arguments: 1...4)
  func fuzzedIndexes(seed: UInt64) throws {
    let png = try MadeMedia.ffmpeg("f.png", MadeMedia.corners() + ["-frames:v", "1"])
    let path = MadeMedia.path("f.heic")
    try MadeMedia.run("heif-enc", ["-o", path, png])
    let whole = try MadeMedia.bytes(path)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<min(500, bytes.count), using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let file = FileBytes(bytes)
      guard HEIFContainer.isPicture(file), let picture = try? HEIFContainer(file).picture() else { continue }
      #expect(picture.tiles.reduce(0) { $0 + $1.count } <= 64 << 20)
    }
  }
}
