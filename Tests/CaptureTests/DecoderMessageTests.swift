import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// Messages of the decoder process are believed only as far as they make sense.
@Suite struct DecoderMessageTests {
  private static func frame(_ layout: PixelLayout) -> Frame {
    Frame(
      layout: layout, stamp: FrameStamp(index: 7, captured: MonotonicInstant(nanoseconds: 99), camera: "t"),
      fill: { _ in })
  }

  private static func read(_ bytes: [UInt8]) throws(DecoderFieldError) -> DecoderMessage {
    try DecoderMessage(bytes: bytes[...])
  }

  @Test func framesComeBackAsTheyWent() throws {
    let size = PixelSize(width: 31, height: 17)
    let layouts: [PixelLayout] = [
      .i420(size, .bt2020, .limited), .i420(size, .bt2020, .full), .gray(size), .rgb24(size),
      .i420(size, .bt709, .limited), .nv12(size, .bt601, .full),
      .planar(size, chromaShift: (0, 0), .bt709, .full),
      PixelLayout.i420(size, .bt601, .full).turned(quarterTurns: 1),
      PixelLayout.rgb24(size).turned(quarterTurns: 2),
    ]
    for layout in layouts {
      let head = DecoderMessage.FrameHead(Self.frame(layout), undecodable: 3, damaged: 4)
      #expect(try Self.read(DecoderMessage.frame(head).bytes) == .frame(head))
      #expect(
        head.index == 7 && head.captured.nanoseconds == 99 && head.undecodable == 3 && head.damaged == 4)
    }
  }

  @Test(arguments: [
    DecoderMessage.timeout, .dropped(undecodable: 4), .lost(reason: "the stream broke off"),
    .ended(damage: nil),
    .ended(damage: "the file is truncated"), .failed(.tooLarge, "too large"), .note("a line"),
    .resolve(host: "camera.local"), .tried(call: "open", answer: 1),
    .opened(.init(kind: .live, size: PixelSize(width: 1280, height: 720), framesPerSecond: 29.97)),
    .opened(
      .init(
        kind: .recording, size: PixelSize(width: 3, height: 4), framesPerSecond: 25,
        presentation: Presentation(
          format: "H.264 in MP4", orientation: .transversed, oddMatrix: "1 2 3",
          pixelAspect: PixelAspect(horizontal: 64, vertical: 45), oddPixelAspect: "1:17",
          transfer: .perceptualQuantizer, hasAlpha: true, isRateAssumed: true, isCover: true))),
    .opened(
      .init(
        kind: .live, size: PixelSize(width: 64, height: 48), framesPerSecond: 25,
        sound: "aac, 44100 Hz, 2 channels")),
    .sound(SoundBlock(start: MonotonicInstant(nanoseconds: -7), samples: [0, -1, 0.25])),
    .sound(
      SoundBlock(start: MonotonicInstant(nanoseconds: 1 << 60), samples: Array(repeating: 1, count: 2048))),
    .opened(.init(kind: .still, size: PixelSize(width: 1, height: 1), framesPerSecond: nil)),
  ])
  func othersComeBackAsTheyWent(message: DecoderMessage) throws {
    #expect(try Self.read(message.bytes) == message)
  }

  /// What a decoder was taken over may write: whatever is accepted lies inside the frame's own bytes.
  @Test(arguments: 1...20) func changedBytesAreRefusedOrHarmless(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let size = PixelSize(width: 8, height: 6)
    let good = DecoderMessage.frame(.init(Self.frame(.i420(size, .bt601, .full)), undecodable: 0, damaged: 0))
      .bytes
    let wild: [Int64] = [.min, .max, -1, 0, 1, 2, 16384, 16385, 1 << 31, 1 << 32, 1 << 40]
    var admission = FrameAdmission(mostPixels: 4096, clock: .file)
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Whole numbers as often as single bytes: every field is 8 bytes wide and begins at a multiple of 8.
        let place = Int.random(in: 0..<77, using: &random) * 8
        if Bool.random(using: &random), let value = wild.randomElement(using: &random) {
          withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + 8, with: $0) }
        } else {
          bytes[place + Int.random(in: 0..<8, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      }
      guard let message = try? Self.read(bytes), case .frame(let head) = message else { continue }
      let layout = head.layout
      #expect((1...3 * layout.size.area).contains(layout.byteCount))
      for plane in layout.planes {
        for x in [0, (layout.size.width - 1) >> plane.horizontalShift] {
          for y in [0, (layout.size.height - 1) >> plane.verticalShift] {
            let place = plane.offset + x * plane.pixelStride + y * plane.rowStride
            #expect((0..<layout.byteCount).contains(place))
          }
        }
      }
      try? admission.admit(head, now: MonotonicInstant(nanoseconds: 0))
    }
    #expect(throws: DecoderFieldError.self) { _ = try Self.read([]) }
    #expect(throws: DecoderFieldError.self) { _ = try Self.read(good + [0]) }
    #expect(throws: DecoderFieldError.self) { _ = try Self.read([UInt8](repeating: 0xFF, count: good.count)) }
  }

  /// A stream's times are the machine's: not before it was opened, not after now.
  @Test func timesOfStreamsAreOfThisMachine() throws {
    let head = DecoderMessage.FrameHead(
      Self.frame(.gray(PixelSize(width: 2, height: 2))), undecodable: 0, damaged: 0)
    func admit(since: Int64, now: Int64) throws(DecoderFieldError) {
      var admission = FrameAdmission(
        mostPixels: 4, clock: .machine(since: MonotonicInstant(nanoseconds: since)))
      try admission.admit(head, now: MonotonicInstant(nanoseconds: now))
    }
    try admit(since: 99, now: 99)
    #expect(throws: DecoderFieldError.self) { try admit(since: 100, now: 200) }
    #expect(throws: DecoderFieldError.self) { try admit(since: 0, now: 98) }
  }
}
