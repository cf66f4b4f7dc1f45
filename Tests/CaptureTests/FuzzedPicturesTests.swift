import Capture
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// Media made by ffmpeg, to be damaged.
private enum Media {
  static let program = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let none: Comment = "ffmpeg is not installed: scripts/install-packages.sh test"

  /// Twelve moving pictures of 160x96 in a container.
  static func bytes(_ format: String, _ codec: [String]) throws -> [UInt8] {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(program))
    process.arguments =
      ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x96:rate=10", "-frames:v", "12"] + codec
      + ["-f", format, url.path]
    try process.run()
    process.waitUntilExit()
    return Array(try Data(contentsOf: url))
  }

  /// JPEG pictures, each by itself.
  static let pictures = Result { () -> [[UInt8]] in
    var splitter = JPEGSplitter(limit: 1 << 20)
    splitter.append(try bytes("mjpeg", ["-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-q:v", "4"])[...])
    var found: [[UInt8]] = []
    while let picture = splitter.next() { found.append(Array(picture)) }
    return found
  }
}

/// Flips, cuts, repeats and blanks bytes.
private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...12, using: &random) where bytes.count > 8 {
    let place = Int.random(in: 0..<bytes.count, using: &random)
    // Heads steer the decoder: half of the damage goes there.
    let early = Bool.random(using: &random) ? place % min(bytes.count, 700) : place
    let length = min(Int.random(in: 1...40, using: &random), bytes.count - early)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[early] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[early] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: for at in early..<early + length { bytes[at] = 0xFF }
    case 3: bytes.insert(contentsOf: bytes[early..<early + length], at: early)
    case 4: bytes.removeSubrange(early..<early + length)
    default: bytes.removeLast(min(bytes.count / 3, length * 20))
    }
  }
  return bytes
}

/// A camera of paper that gives Motion JPEG.
private final class PictureDevice: StreamingDevice, BufferOwner {
  let grant = CameraGrant(
    format: "MJPG", size: PixelSize(width: 160, height: 96), layout: nil, rate: 1000)
  let entry = ScriptedDevice.entry()
  private let next: () -> [UInt8]
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  private(set) var numbered: UInt32 = 0

  init(next: @escaping () -> [UInt8]) { self.next = next }
  deinit { memory.deallocate() }

  func read(patience: Duration) -> DeviceReading {
    let bytes = next()
    memory.copyBytes(from: bytes)
    defer { numbered += 1 }
    return .buffer(
      DriverBuffer(
        bytes: UnsafeRawBufferPointer(rebasing: memory[0..<bytes.count]), sequence: numbered,
        captured: .now(),
        isTimeCopied: false, isFlagged: false, number: 0, owner: self))
  }

  func readReady() -> DriverBuffer? { nil }
  func restart() {}
  func requeue(_ number: UInt32) {}
}

@Suite(.enabled(if: Media.program != nil, Media.none)) struct FuzzedPicturesTests {
  /// 12,000 damaged pictures: each is a frame of the granted size, or counted as undecodable; the camera goes on.
  @Test(arguments: 1...40) func aCameraOfDamagedPictures(seed: UInt64) throws {
    let pictures = try Media.pictures.get()
    #expect(pictures.count == 12)
    var random = SeededGenerator(seed: seed)
    var left = 300
    let device = PictureDevice {
      left -= 1
      let picture = pictures[Int.random(in: 0..<pictures.count, using: &random)]
      return left >= 0 ? damaged(picture, &random) : picture
    }
    var options = SourceOptions(decoder: BuiltPrograms.vigil)
    options.log = .silent()
    let camera = try Camera(
      path: "/dev/video0", options: options, opener: { _, _ in device }, locate: { _, path in path })
    while left > 0 {
      if case .frame(let frame) = try camera.next() { #expect(frame.size.area <= (160 + 15) * (96 + 15)) }
    }
    let counters = camera.counters
    #expect(counters.accounted == UInt64(device.numbered))
    #expect(counters.undecodable + counters.damaged > 0 && counters.delivered > 0)
    guard case .frame(let frame) = try camera.next() else {
      Issue.record("a good picture after the damaged ones is not seen")
      return
    }
    #expect(frame.size == PixelSize(width: 160, height: 96))
  }

  /// Pictures with headers between them, cut and flipped, read from a file descriptor to their end.
  @Test(arguments: 1...20) func aStreamOfDamagedBytes(seed: UInt64) throws {
    let pictures = try Media.pictures.get()
    var random = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    for _ in 0..<60 {
      bytes += Array("\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n".utf8)
      bytes += damaged(pictures[Int.random(in: 0..<pictures.count, using: &random)], &random)
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    // Zeros end whatever a damaged length runs over: the good picture behind them must be found.
    try Data(bytes + [UInt8](repeating: 0, count: 70_000) + pictures[0]).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let handle = try #require(FileHandle(forReadingAtPath: url.path))
    defer { try? handle.close() }
    let stream = MotionJPEGStream(descriptor: handle.fileDescriptor, name: "fuzz")
    var events = 0
    reading: while events < 2000 {
      events += 1
      if case .ended = try stream.next() { break reading }
    }
    #expect(events < 2000)
    #expect(stream.counters.delivered > 0)
  }

  /// Real containers with damage, demuxed and decoded in the fenced child: frames, an end, or one clear error.
  @Test(
    .enabled(if: BuiltPrograms.vigil != nil, "vigil is not built beside the tests"),
    arguments: ["avi mjpeg", "matroska mpeg4", "mp4 mpeg4", "mpegts mpeg2video", "flv flv"])
  func containersInTheFence(kind: String) throws {
    let words = kind.split(separator: " ").map(String.init)
    let whole = try Media.bytes(words[0], ["-c:v", words[1]])
    #expect(whole.count > 1000)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    for seed: UInt64 in 1...8 {
      var random = SeededGenerator(seed: seed)
      try Data(damaged(whole, &random)).write(to: url)
      do {
        let source = try SourceSpecification.file(url.path).open(
          options: SourceOptions(decoder: BuiltPrograms.vigil))
        var events = 0
        reading: while events < 400 {
          events += 1
          if case .ended = try source.next() { break reading }
        }
        #expect(events < 400)
      } catch {
        #expect(error.description.contains(url.path))
      }
    }
  }
}
