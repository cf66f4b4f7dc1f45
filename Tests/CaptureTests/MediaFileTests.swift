import Capture
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// A small file made by hand, so that no program is needed to make it.
private func temporary(_ name: String, _ bytes: [UInt8]) throws -> String {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)")
  try Data(bytes).write(to: url)
  return url.path
}

/// A binary PPM of one colour.
private func ppm(_ width: Int, _ height: Int, _ rgb: [UInt8]) -> [UInt8] {
  Array("P6\n\(width) \(height)\n255\n".utf8) + (0..<width * height).flatMap { _ in rgb }
}

@Suite struct MediaFileTests {
  @Test func pictureIsOneFrameWithItsColours() throws {
    let path = try temporary("a.ppm", ppm(4, 2, [200, 100, 50]))
    let file = try MediaFile(path: path)
    #expect(file.description.kind == .still)
    guard case .frame(let frame) = try file.next() else {
      Issue.record("no frame")
      return
    }
    #expect(frame.size == PixelSize(width: 4, height: 2))
    let image = frame.rgbImage()
    #expect(image[1, 1, 0] == 200 && image[1, 1, 1] == 100 && image[1, 1, 2] == 50)
    guard case .ended(damage: nil) = try file.next() else {
      Issue.record("a picture has one frame")
      return
    }
  }

  @Test func onePixelIsAPicture() throws {
    let file = try MediaFile(path: try temporary("one.ppm", ppm(1, 1, [9, 9, 9])))
    guard case .frame(let frame) = try file.next() else {
      Issue.record("no frame")
      return
    }
    #expect(frame.size.area == 1)
  }

  @Test(
    arguments: [
      ("missing.mp4", nil, "no such file"), ("zero.png", [], "0 bytes"),
      ("text.mp4", Array("this is not a video at all, only words".utf8), "not a photo or video"),
    ] as [(String, [UInt8]?, String)]) func badFilesAreNamed(name: String, bytes: [UInt8]?, words: String)
    throws
  {
    let path = try bytes.map { try temporary(name, $0) } ?? "/nonexistent/\(name)"
    let error = #expect(throws: CaptureError.self) { _ = try MediaFile(path: path) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "no error")")
  }

  @Test func hugePicturesAreRefusedBeforeTheyAreDecoded() throws {
    // Only the header claims 16384 x 16384; the body is short.
    let path = try temporary(
      "huge.ppm", Array("P6\n16384 16384\n255\n".utf8) + [UInt8](repeating: 7, count: 4096))
    let error = #expect(throws: CaptureError.self) { _ = try MediaFile(path: path) }
    #expect(error?.description.contains("scale it down") == true, "\(error?.description ?? "no error")")
  }

  @Test func foldersAreNotFiles() {
    let error = #expect(throws: CaptureError.self) { _ = try MediaFile(path: "/tmp") }
    #expect(error?.kind == .unreadable)
  }
}

@Suite struct SpecificationTests {
  @Test func wordsAreUnderstood() throws {
    #expect(try SourceSpecification(nil) == .firstCamera)
    #expect(try SourceSpecification("-") == .standardInput)
    #expect(try SourceSpecification("/dev/video3") == .device("/dev/video3"))
    #expect(try SourceSpecification("a.mp4") == .file("a.mp4"))
  }

  @Test func missingDeviceIsNamed() {
    let error = #expect(throws: CaptureError.self) {
      _ = try SourceSpecification.device("/dev/video987").open(
        options: SourceOptions(decoder: BuiltPrograms.vigil))
    }
    #expect(error?.kind == .missing)
    #expect(error?.description.contains("/dev/video987") == true)
  }

  @Test func notAVideoDeviceIsNamed() {
    let error = #expect(throws: CaptureError.self) {
      _ = try SourceSpecification.device("/dev/null").open(
        options: SourceOptions(decoder: BuiltPrograms.vigil))
    }
    #expect(error?.kind == .unreadable)
  }
}

@Suite struct SpecificationOfStreamsAndScreens {
  @Test(arguments: ["rtsp://a/b", "http://a:8080/video", "HTTPS://a/x.mjpg"]) func addressesAreStreams(
    address: String
  ) throws { #expect(try SourceSpecification(address) == .stream(address)) }

  @Test func rectanglesAreRead() throws {
    #expect(try SourceSpecification("screen") == .screen(nil))
    let rectangle = PixelRect(x: 10, y: 20, width: 640, height: 480)
    #expect(try SourceSpecification("screen:640x480+10+20") == .screen(rectangle))
    #expect(try SourceSpecification("window:Call") == .window("Call"))
  }

  @Test(arguments: ["screen:", "screen:640x480", "screen:0x9+0+0", "screen:1x1+-5+0", "screen:99999x1+0+0"])
  func wrongRectanglesAreNamed(text: String) {
    let error = #expect(throws: CaptureError.self) { _ = try SourceSpecification(text) }
    #expect(error?.description.contains("screen:WxH+X+Y") == true)
  }
}
