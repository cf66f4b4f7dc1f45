import CFence
import Foundation
package import Imaging
package import Observations
package import Quantities

/// A number of a decoder's message that is outside its range: the decoder was taken over by what it reads, or is broken.
package struct DecoderFieldError: Error, Equatable, CustomStringConvertible {
  /// The field's name in `fence_message`.
  package let field: String
  package let found: Int64
  package let allowed: ClosedRange<Int64>

  init(_ field: String, _ found: Int64, _ allowed: ClosedRange<Int64>) {
    (self.field, self.found, self.allowed) = (field, found, allowed)
  }

  /// What was wrong, without the source's name.
  package var description: String {
    "the decoder's message has \(field) = \(found), outside \(allowed.lowerBound)...\(allowed.upperBound); "
      + "the file may be hostile, and was not read further"
  }

  /// `value` when it is in its range.
  static func checked(
    _ field: String, _ value: Int64, _ allowed: ClosedRange<Int64>
  ) throws(DecoderFieldError) -> Int64 {
    guard allowed.contains(value) else { throw DecoderFieldError(field, value, allowed) }
    return value
  }
}

/// What the decoder process says. Everything in it was checked by itself when it was read, because the writer may have
/// been taken over by the bytes it reads; ``FrameAdmission`` checks what depends on the frames before.
package enum DecoderMessage: Equatable {
  /// The source is open.
  case opened(Opening)
  /// A frame lies in the shared memory.
  case frame(FrameHead)
  case timeout
  /// No frame this time; so many could not be decoded, or were damaged, so far.
  case dropped(undecodable: Int64, damaged: Int64 = 0)
  case lost(reason: String)
  case ended(damage: String?)
  case failed(CaptureError.Kind, String)
  /// A line about the source's life, for the log.
  case note(String)
  /// The addresses of this host are wanted.
  case resolve(host: String)
  /// A call was tried inside the fence; the kernel's errno, 0 when it worked. See ``FenceTrial``.
  case tried(call: String, answer: Int64)
  /// Sound that belongs between the frames.
  case sound(SoundBlock)

  /// What is known of an open source.
  package struct Opening: Equatable {
    package var kind: SourceKind
    package var size: PixelSize
    /// Frames a second; nil when the source does not say.
    package var framesPerSecond: Double?
    package var presentation: Presentation
    /// Codec, rate and channels of the sound; nil without any.
    package var sound: String?

    package init(
      kind: SourceKind, size: PixelSize, framesPerSecond: Double?,
      presentation: Presentation = Presentation(),
      sound: String? = nil
    ) {
      (self.kind, self.size, self.framesPerSecond) = (kind, size, framesPerSecond)
      (self.presentation, self.sound) = (presentation, sound)
    }
  }

  /// A frame's place in time and the layout of its bytes.
  package struct FrameHead: Equatable {
    package var index: Int64
    package var captured: MonotonicInstant
    package var layout: PixelLayout
    package var undecodable: Int64
    package var damaged: Int64
  }
}

// MARK: Reading

extension DecoderMessage {
  /// The ranges of what crosses the fence.
  package enum Limit {
    package static let side: ClosedRange<Int64> = 1...16384
    /// A thousand frames a second: what a decoder claims beyond that it leaves out.
    package static let rate: ClosedRange<Int64> = 0...1_000_000_000
    /// At a thousand frames a second, thirty years.
    package static let count: ClosedRange<Int64> = 0...1 << 40
    /// A part of a pixel's width to its height.
    package static let aspect: ClosedRange<Int64> = 1...1 << 30
    /// Files begin at most a second before 0 and end within sixty years; streams have the machine's own clock.
    package static let time: ClosedRange<Int64> = -1_000_000_000...2_000_000_000_000_000_000
  }

  /// A message from bytes of the other process.
  package init(bytes: ArraySlice<UInt8>) throws(DecoderFieldError) {
    if bytes.count == MemoryLayout<fence_sound>.size {
      self = .sound(try SoundBlock(bytes: bytes))
      return
    }
    let size = MemoryLayout<fence_message>.size
    guard bytes.count == size else {
      throw DecoderFieldError("size", Int64(bytes.count), Int64(size)...Int64(size))
    }
    try self.init(bytes.withUnsafeBytes { $0.loadUnaligned(as: fence_message.self) })
  }

  init(_ raw: fence_message) throws(DecoderFieldError) {
    try Self.expect("magic", raw.magic, FENCE_MAGIC)
    try Self.expect("version", raw.version, FENCE_VERSION)
    let text = try Self.text(raw)
    switch raw.kind {
    case FENCE_OPENED.rawValue: self = .opened(try Opening(raw))
    case FENCE_FRAME.rawValue: self = .frame(try FrameHead(raw))
    case FENCE_TIMEOUT.rawValue: self = .timeout
    case FENCE_DROPPED.rawValue:
      self = .dropped(
        undecodable: try DecoderFieldError.checked("undecodable", raw.undecodable, Limit.count),
        damaged: try DecoderFieldError.checked("damaged", raw.damaged, Limit.count))
    case FENCE_LOST.rawValue: self = .lost(reason: text)
    case FENCE_ENDED.rawValue:
      let isDamaged = try DecoderFieldError.checked("is_damaged", raw.is_damaged, 0...1) == 1
      self = .ended(damage: isDamaged ? text : nil)
    case FENCE_FAILED.rawValue:
      let kinds = CaptureError.Kind.numbered
      let number = try DecoderFieldError.checked("failure", raw.failure, 0...Int64(kinds.count - 1))
      self = .failed(kinds[Int(number)], text.isEmpty ? "the decoder failed" : text)
    case FENCE_NOTE.rawValue: self = .note(text)
    case FENCE_RESOLVE.rawValue: self = .resolve(host: text)
    case FENCE_TRIED.rawValue:
      self = .tried(call: text, answer: try DecoderFieldError.checked("answer", raw.answer, 0...4095))
    default:
      throw DecoderFieldError(
        "kind", Int64(raw.kind), Int64(FENCE_OPENED.rawValue)...Int64(FENCE_TRIED.rawValue))
    }
  }

  private static func expect(
    _ field: String, _ found: UInt32, _ wanted: some BinaryInteger
  ) throws(DecoderFieldError) {
    _ = try DecoderFieldError.checked(field, Int64(found), Int64(wanted)...Int64(wanted))
  }

  private static func text(_ raw: fence_message) throws(DecoderFieldError) -> String {
    let count = try DecoderFieldError.checked(
      "text_bytes", Int64(raw.text_bytes), 0...Int64(FENCE_TEXT_BYTES))
    return withUnsafeBytes(of: raw.text) { shown($0.prefix(Int(count))) }
  }

  /// Words on one line, without anything that a terminal or a page would obey.
  static func shown(_ bytes: some Sequence<UInt8>) -> String {
    let text = String(decoding: Array(bytes), as: UTF8.self)
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter {
          switch $0.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: false
          default: true
          }
        }))
  }
}

extension DecoderMessage.Opening {
  init(_ raw: fence_message) throws(DecoderFieldError) {
    let kinds: [SourceKind] = [.live, .recording, .still]
    kind = kinds[Int(try DecoderFieldError.checked("source_kind", raw.source_kind, 0...2))]
    size = try DecoderMessage.size(raw)
    let rate = try DecoderFieldError.checked(
      "rate_microhertz", raw.rate_microhertz, DecoderMessage.Limit.rate)
    framesPerSecond = rate > 0 ? Double(rate) / 1e6 : nil
    presentation = try Self.presentation(raw)
    let words = withUnsafeBytes(of: raw.sound) { DecoderMessage.shown($0.prefix { $0 != 0 }) }
    sound = words.isEmpty ? nil : words
  }

  private static func presentation(_ raw: fence_message) throws(DecoderFieldError) -> Presentation {
    func number(
      _ field: String, _ value: Int64, _ allowed: ClosedRange<Int64>
    ) throws(DecoderFieldError) -> Int { Int(try DecoderFieldError.checked(field, value, allowed)) }
    func word(_ bytes: UnsafeRawBufferPointer) -> String? {
      let word = DecoderMessage.shown(bytes.prefix { $0 != 0 })
      return word.isEmpty ? nil : word
    }
    let aspect = DecoderMessage.Limit.aspect
    let transfers = DynamicRange.allCases
    return Presentation(
      format: withUnsafeBytes(of: raw.format, word) ?? "",
      orientation: PictureOrientation(rawValue: try number("orientation", raw.orientation, 1...8))
        ?? .upright,
      oddMatrix: withUnsafeBytes(of: raw.odd_matrix, word),
      pixelAspect: PixelAspect(
        horizontal: try number("aspect_horizontal", raw.aspect_horizontal, aspect),
        vertical: try number("aspect_vertical", raw.aspect_vertical, aspect)),
      oddPixelAspect: withUnsafeBytes(of: raw.odd_pixel_aspect, word),
      transfer: transfers[try number("transfer", raw.transfer, 0...Int64(transfers.count - 1))],
      hasAlpha: try number("has_alpha", raw.has_alpha, 0...1) == 1,
      isRateAssumed: try number("is_rate_assumed", raw.is_rate_assumed, 0...1) == 1,
      isCover: try number("is_cover", raw.is_cover, 0...1) == 1)
  }
}

extension DecoderMessage.FrameHead {
  init(_ raw: fence_message) throws(DecoderFieldError) {
    index = try DecoderFieldError.checked("index", raw.index, DecoderMessage.Limit.count)
    captured = MonotonicInstant(
      nanoseconds: try DecoderFieldError.checked("captured_ns", raw.captured_ns, DecoderMessage.Limit.time))
    undecodable = try DecoderFieldError.checked("undecodable", raw.undecodable, DecoderMessage.Limit.count)
    damaged = try DecoderFieldError.checked("damaged", raw.damaged, DecoderMessage.Limit.count)
    let size = try DecoderMessage.size(raw)
    // No layout of a decoder has more than three full planes: a small picture cannot ask for much memory.
    let most = 3 * Int64(size.area)
    let byteCount = try DecoderFieldError.checked("byte_count", raw.byte_count, 1...most)
    let color = try Self.color(raw.color)
    let count: Int64 = color == .gray ? 1 : 3
    _ = try DecoderFieldError.checked("plane_count", raw.plane_count, count...count)
    var planes: [Plane] = []
    for (number, plane) in raw.allPlanes.prefix(Int(count)).enumerated() {
      planes.append(try Self.plane(number, plane, size: size, byteCount: byteCount))
    }
    layout = PixelLayout(size: size, color: color, planes: planes, byteCount: Int(byteCount))
  }

  fileprivate static let matrices: [ColorMatrix] = [.bt601, .bt709, .bt2020]

  private static func color(_ code: Int64) throws(DecoderFieldError) -> ColorModel {
    switch try DecoderFieldError.checked("color", code, 0...7) {
    case 0: .gray
    case 1: .rgb
    case let code: .yuv(matrices[Int(code - 2) % 3], code >= 5 ? .full : .limited)
    }
  }

  /// A plane all of whose samples lie inside the frame's bytes.
  private static func plane(
    _ number: Int, _ raw: fence_plane, size: PixelSize, byteCount: Int64
  ) throws(DecoderFieldError) -> Plane {
    func checked(
      _ field: String, _ value: Int64, _ allowed: ClosedRange<Int64>
    ) throws(DecoderFieldError) -> Int {
      Int(try DecoderFieldError.checked("planes[\(number)].\(field)", value, allowed))
    }
    let plane = Plane(
      offset: try checked("offset", raw.offset, 0...byteCount - 1),
      rowStride: try checked("row_stride", raw.row_stride, -byteCount...byteCount),
      pixelStride: try checked("pixel_stride", raw.pixel_stride, -byteCount...byteCount),
      horizontalShift: try checked("horizontal_shift", raw.horizontal_shift, 0...2),
      verticalShift: try checked("vertical_shift", raw.vertical_shift, 0...2))
    // Sides below 2^14 and strides below 2^30 make products below 2^44.
    let across = ((size.width - 1) >> plane.horizontalShift) * plane.pixelStride
    let down = ((size.height - 1) >> plane.verticalShift) * plane.rowStride
    _ = try checked(
      "first sample", Int64(plane.offset + min(0, across) + min(0, down)), 0...byteCount - 1)
    _ = try checked("last sample", Int64(plane.offset + max(0, across) + max(0, down)), 0...byteCount - 1)
    return plane
  }
}

extension DecoderMessage {
  fileprivate static func size(_ raw: fence_message) throws(DecoderFieldError) -> PixelSize {
    let size = PixelSize(
      width: Int(try DecoderFieldError.checked("width", raw.width, Limit.side)),
      height: Int(try DecoderFieldError.checked("height", raw.height, Limit.side)))
    _ = try DecoderFieldError.checked("width * height", Int64(size.area), 1...Int64(MediaFile.largestArea))
    return size
  }
}

extension fence_message {
  fileprivate var allPlanes: [fence_plane] { [planes.0, planes.1, planes.2] }
}

// MARK: Writing

extension DecoderMessage {
  /// The message as the struct that crosses the fence; not for sound.
  var raw: fence_message {
    var raw = fence_message()
    raw.magic = UInt32(FENCE_MAGIC)
    raw.version = UInt32(FENCE_VERSION)
    switch self {
    case .opened(let opening): opening.write(to: &raw)
    case .frame(let head): head.write(to: &raw)
    case .timeout: raw.kind = FENCE_TIMEOUT.rawValue
    case .dropped(let undecodable, let damaged):
      (raw.kind, raw.undecodable, raw.damaged) = (FENCE_DROPPED.rawValue, undecodable, damaged)
    case .lost(let reason): raw.write(FENCE_LOST, reason)
    case .ended(let damage):
      raw.write(FENCE_ENDED, damage ?? "")
      raw.is_damaged = damage == nil ? 0 : 1
    case .failed(let kind, let problem):
      raw.write(FENCE_FAILED, problem)
      raw.failure = Int64(CaptureError.Kind.numbered.firstIndex(of: kind) ?? 0)
    case .note(let line): raw.write(FENCE_NOTE, line)
    case .resolve(let host): raw.write(FENCE_RESOLVE, host)
    case .tried(let call, let answer):
      raw.write(FENCE_TRIED, call)
      raw.answer = answer
    case .sound: preconditionFailure("sound has a message of its own kind")
    }
    return raw
  }

  /// The message's bytes.
  package var bytes: [UInt8] {
    if case .sound(let block) = self { return block.message }
    return withUnsafeBytes(of: raw) { Array($0) }
  }
}

extension DecoderMessage.Opening {
  init(_ description: SourceDescription) {
    (kind, size, presentation) = (description.kind, description.size, description.presentation)
    framesPerSecond = description.framesPerSecond.flatMap { (1e-6...1000).contains($0) ? $0 : nil }
    sound = description.sound
  }

  fileprivate func write(to raw: inout fence_message) {
    raw.kind = FENCE_OPENED.rawValue
    raw.source_kind =
      switch kind {
      case .live: 0
      case .recording: 1
      case .still: 2
      }
    (raw.width, raw.height) = (Int64(size.width), Int64(size.height))
    raw.rate_microhertz = Int64((framesPerSecond ?? 0) * 1e6)
    raw.orientation = Int64(presentation.orientation.rawValue)
    raw.aspect_horizontal = Int64(presentation.pixelAspect.horizontal)
    raw.aspect_vertical = Int64(presentation.pixelAspect.vertical)
    raw.transfer = Int64(DynamicRange.allCases.firstIndex(of: presentation.transfer) ?? 0)
    raw.has_alpha = presentation.hasAlpha ? 1 : 0
    raw.is_rate_assumed = presentation.isRateAssumed ? 1 : 0
    raw.is_cover = presentation.isCover ? 1 : 0
    fence_message.copy(presentation.format, to: &raw.format)
    fence_message.copy(presentation.oddMatrix ?? "", to: &raw.odd_matrix)
    fence_message.copy(presentation.oddPixelAspect ?? "", to: &raw.odd_pixel_aspect)
    fence_message.copy(sound ?? "", to: &raw.sound)
  }
}

extension DecoderMessage.FrameHead {
  package init(_ frame: Frame, undecodable: UInt64, damaged: UInt64) {
    index = Int64(clamping: frame.index)
    (captured, layout) = (frame.captured, frame.layout)
    self.undecodable = Int64(clamping: undecodable)
    self.damaged = Int64(clamping: damaged)
  }

  fileprivate func write(to raw: inout fence_message) {
    raw.kind = FENCE_FRAME.rawValue
    (raw.index, raw.captured_ns) = (index, captured.nanoseconds)
    (raw.width, raw.height) = (Int64(layout.size.width), Int64(layout.size.height))
    (raw.byte_count, raw.undecodable) = (Int64(layout.byteCount), undecodable)
    raw.damaged = damaged
    raw.color =
      switch layout.color {
      case .gray: 0
      case .rgb: 1
      case .yuv(let matrix, let range):
        2 + Int64(Self.matrices.firstIndex(of: matrix) ?? 0) + (range == .full ? 3 : 0)
      }
    let planes = layout.planes.map { plane in
      fence_plane(
        offset: Int64(plane.offset), row_stride: Int64(plane.rowStride),
        pixel_stride: Int64(plane.pixelStride), horizontal_shift: Int64(plane.horizontalShift),
        vertical_shift: Int64(plane.verticalShift))
    }
    raw.plane_count = Int64(planes.count)
    raw.planes.0 = planes[0]
    if planes.count == 3 { (raw.planes.1, raw.planes.2) = (planes[1], planes[2]) }
  }
}

extension fence_message {
  fileprivate mutating func write(_ kind: fence_message_kind, _ words: String) {
    self.kind = kind.rawValue
    let bytes = Array(words.utf8.prefix(Int(FENCE_TEXT_BYTES)))
    text_bytes = UInt32(bytes.count)
    withUnsafeMutableBytes(of: &text) { $0.copyBytes(from: bytes) }
  }

  /// Copies a word into a field that a zero ends.
  fileprivate static func copy<Field>(_ word: String, to field: inout Field) {
    withUnsafeMutableBytes(of: &field) { $0.copyBytes(from: word.utf8.prefix($0.count - 1)) }
  }
}

extension CaptureError.Kind {
  /// The kinds by their number in a message.
  fileprivate static let numbered: [CaptureError.Kind] = [
    .missing, .forbidden, .busy, .unreadable, .tooLarge, .lost, .refused,
  ]
}
