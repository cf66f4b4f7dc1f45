import Capture
import Foundation
import Observations
import Testing

@Suite(.enabled(if: MadeMedia.hasFFmpeg, .init(rawValue: MadeMedia.noFFmpeg)))
struct MotionJPEGStreamTests {
  /// Sixty pictures; every tenth has no end, every tenth rubbish behind it, every tenth random bytes inside.
  private func broken() throws -> [UInt8] {
    let whole = try MadeMedia.bytes(
      try MadeMedia.ffmpeg("s.mjpeg", ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=2", "-q:v", "4"]))
    let starts = (0..<whole.count - 2).filter {
      whole[$0] == 0xFF && whole[$0 + 1] == 0xD8 && whole[$0 + 2] == 0xFF
    }
    #expect(starts.count == 60)
    var random = SeededGenerator(seed: 3)
    var result: [UInt8] = []
    for (number, start) in starts.enumerated() {
      var part = Array(whole[start..<(number + 1 < starts.count ? starts[number + 1] : whole.count)])
      switch number % 10 {
      case 3: part = Array(part.prefix(part.count / 2))
      case 6: part += (0..<300).map { _ in UInt8.random(in: 0...0xFE, using: &random) }
      case 8:
        for _ in 0..<20 {
          part[Int.random(in: 700..<part.count - 2, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      default: break
      }
      result += part
    }
    return result
  }

  private func check(_ stream: MotionJPEGStream) throws -> String? {
    let (count, damage) = try MadeMedia.all(stream)
    let counters = stream.counters
    #expect(UInt64(count) == counters.delivered)
    #expect(counters.accounted == 60, "\(counters)")
    // Forty-eight are whole; of the six with random bytes some may by chance decode without a complaint.
    #expect((48...54).contains(counters.delivered) && counters.damaged >= 6, "\(counters)")
    return damage
  }

  @Test func everyPictureOfAPipeIsDeliveredOrCounted() throws {
    let bytes = try broken()
    let pipe = Pipe()
    let writer = pipe.fileHandleForWriting
    DispatchQueue.global().async {
      try? writer.write(contentsOf: Data(bytes))
      try? writer.close()
    }
    let stream = MotionJPEGStream(descriptor: pipe.fileHandleForReading.fileDescriptor, name: "pipe")
    #expect(stream.description.kind == .live)
    #expect(try check(stream) == nil)
  }

  @Test func anOrdinaryFileIsARecording() throws {
    let path = try MadeMedia.write("broken.mjpeg", try broken())
    let handle = try #require(FileHandle(forReadingAtPath: path))
    let stream = MotionJPEGStream(descriptor: handle.fileDescriptor, name: "file")
    #expect(stream.description.kind == .recording)
    #expect(stream.description.presentation.isRateAssumed)
    #expect(try check(stream)?.contains("damaged") == true)
  }
}
