import Capture
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// Files through the fenced process, when the program is built beside the tests.
@Suite struct DecoderProcessTests {
  private static let program = BuiltPrograms.vigil

  private func options(_ isolated: Bool) -> SourceOptions {
    var options = SourceOptions(decoder: BuiltPrograms.vigil)
    options.log = .silent()
    options.decoder = isolated ? Self.program : nil
    return options
  }

  private func temporary(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)")
    try Data(bytes).write(to: url)
    return url.path
  }

  @Test(.enabled(if: program != nil, "vigil is not built beside the tests")) func picturesAreTheSameInBoth()
    throws
  {
    let pixels = (0..<37 * 23 * 3).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = try temporary("a.ppm", Array("P6\n37 23\n255\n".utf8) + pixels)
    let images = try [true, false].map { isolated in
      let source = try SourceSpecification.file(path).open(options: options(isolated))
      #expect(source.description.kind == .still)
      for _ in 0..<60 {
        if case .frame(let frame) = try source.next() { return frame.rgbImage() }
      }
      Issue.record("no frame")
      return RGBImage(size: PixelSize(width: 1, height: 1)) { _ in }
    }
    #expect(images[0] == images[1])
  }

  @Test(.enabled(if: program != nil, "vigil is not built beside the tests")) func badFilesSayTheSame() throws
  {
    let path = try temporary("bad.mp4", Array("no video at all, only words, and some more of them".utf8))
    for isolated in [true, false] {
      let error = #expect(throws: CaptureError.self) {
        _ = try SourceSpecification.file(path).open(options: options(isolated))
      }
      #expect(error?.description.contains("not a photo or video") == true)
    }
  }

  /// A program that is no decoder, or dies at once, is an error and no crash here.
  @Test(arguments: ["/bin/true", "/bin/false", "/bin/cat", "/nonexistent"]) func strangeDecoders(
    program: String
  ) throws {
    let path = try temporary("one.ppm", Array("P6\n1 1\n255\n".utf8) + [1, 2, 3])
    var options = options(false)
    options.decoder = program
    let error = #expect(throws: CaptureError.self) {
      _ = try SourceSpecification.file(path).open(options: options)
    }
    #expect(error?.description.contains("decoder") == true)
  }

  /// Damaged bytes of a real container: frames, an end or an error, never a crash of this process.
  @Test(.enabled(if: program != nil, "vigil is not built beside the tests"), arguments: 1...6)
  func fuzzedFiles(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // A Motion JPEG AVI is small to make by hand: here a PNM picture serves, and random bytes behind known starts.
    let starts: [[UInt8]] = [
      Array("P6\n64 64\n255\n".utf8), [0xFF, 0xD8, 0xFF, 0xE0], Array("RIFF".utf8),
      [0x1A, 0x45, 0xDF, 0xA3], [0, 0, 0, 24] + Array("ftypisom".utf8),
      [0x89] + Array("PNG\r\n\u{1A}\n".utf8),
    ]
    let noise = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let path = try temporary("fuzz", starts[Int(seed) % starts.count] + noise)
    do {
      let source = try SourceSpecification.file(path).open(options: options(true))
      for _ in 0..<20 { if case .ended = try source.next() { break } }
    } catch {
      #expect(error.description.contains(path))
    }
  }
}
