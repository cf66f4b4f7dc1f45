import CFFmpeg
import Foundation
import Imaging
public import Observations
import Quantities

/// A video file or a picture, decoded by FFmpeg's libraries.
///
/// Presentation time is the clock, so the same file gives the same frames at the same instants. A file with one frame
/// is a picture, whatever its container; one with more is a recording. Frames are upright, have square pixels, 8 bits
/// and standard dynamic range: what was done for that is in ``SourceDescription/presentation``. Ordinary 8-bit planar
/// formats are kept as they are, and turning moves no pixel. Damaged pictures of a recording are left out and counted;
/// a damaged still picture comes as far as it goes, and the end says so. Cost: decoding, and one copy of the planes
/// into a pooled buffer; the first two frames are decoded on opening.
public final class MediaFile: FrameSource {
  /// Largest accepted picture: an 8K x 8K square.
  public static let largestArea = 8192 * 8192
  /// Frames a second of a recording that does not say.
  static let assumedRate = 25.0

  /// What is known of the file.
  public let description: SourceDescription
  /// Always zero but for frames that were delivered, damaged or undecodable.
  public private(set) var counters = SourceCounters()

  private let path: String
  private let mostPixels: Int
  private let medium: OwnedDescriptor
  private let pictures: any DecodedPictures
  private let ahead: FramesAhead
  private let store: DecodedFrameStore
  private let damage: String?
  private var index: UInt64 = 0
  private var lastSeconds = -1.0
  private var isEnding = false

  /// Opens the file at `path` and prepares its first video stream, with `sound` also its sound. Frames of more than
  /// `mostPixels` are refused.
  public convenience init(
    path: String, mostPixels: Int = MediaFile.largestArea, sound: Bool = false
  ) throws(CaptureError) {
    try self.init(owning: try Self.openFile(path), path: path, mostPixels: mostPixels, sound: sound)
  }

  /// Reads a file that is open already, and closes it in the end; `path` is only a name.
  package init(
    owning descriptor: Int32, path: String, mostPixels: Int, sound: Bool = false
  ) throws(CaptureError) {
    (self.path, self.mostPixels, medium) = (path, mostPixels, OwnedDescriptor(descriptor))
    av_log_set_level(AV_LOG_QUIET)
    let file = FileBytes(descriptor: descriptor)
    if let problem = FormatName.sentence(file) {
      throw CaptureError(.unreadable, path, problem)
    }
    if let picture = try HEIFPictures(file, path: path, mostPixels: mostPixels) {
      pictures = picture
    } else {
      pictures = try ContainerPictures(
        descriptor: descriptor, path: path, file: file, mostPixels: mostPixels, wantsSound: sound)
    }
    ahead = try FramesAhead(pictures, path: path, mostPixels: mostPixels)
    damage = ahead.damage
    let still = ahead.isStill
    let presentation = ahead.presentation(pictures)
    let square = ahead.squareSize(pictures)
    let turned = presentation.orientation.transposes
    let rate = presentation.isRateAssumed ? Self.assumedRate : pictures.traits.rate
    description = SourceDescription(
      name: FileName.last(path), kind: still ? .still : .recording,
      size: turned ? PixelSize(width: square.height, height: square.width) : square,
      framesPerSecond: still ? nil : rate, presentation: presentation,
      sound: still ? nil : pictures.sound?.description)
    store = DecodedFrameStore(source: path, mostPixels: mostPixels)
  }

  /// The next frame; frames that cannot be decoded are skipped and counted.
  public func next() throws(CaptureError) -> SourceEvent {
    if let decoded = ahead.take() {
      defer { ahead.release(decoded) }
      return try deliver(decoded)
    }
    let decoded = description.kind == .still ? nil : try pictures.next()
    counters.undecodable = pictures.losses.undecodable
    counters.damaged = pictures.losses.damaged
    guard let decoded else {
      // What was counted last goes out before the end.
      if !isEnding, counters.undecodable + counters.damaged > 0 {
        isEnding = true
        return .dropped
      }
      return .ended(damage: description.kind == .still ? damage : pictures.losses.words)
    }
    return try deliver(decoded)
  }

  /// The sound that was decoded since the last call; a picture has none.
  public func takeSound() -> [SoundBlock] {
    description.kind == .still ? [] : pictures.sound?.takeBlocks() ?? []
  }

  private func deliver(_ decoded: UnsafeMutablePointer<AVFrame>) throws(CaptureError) -> SourceEvent {
    defer { index += 1 }
    let stamp = decoded.pointee.best_effort_timestamp
    var seconds = stamp == vf_no_timestamp() ? .nan : Double(stamp) * pictures.traits.timeBase
    if !seconds.isFinite || seconds <= lastSeconds || abs(seconds) > 1e9 {
      // No usable time: go on by the nominal rate, so that time never stands still or runs back.
      seconds = max(lastSeconds, 0) + (index == 0 ? 0 : 1 / (description.framesPerSecond ?? Self.assumedRate))
    }
    lastSeconds = seconds
    let identity = FrameStamp(
      index: index, captured: MonotonicInstant(seconds: seconds), camera: description.name)
    let upright = Upright(decoded, pictures, mostPixels: mostPixels)
    guard
      let frame = try store.frame(
        decoded, orientation: upright.orientation, size: upright.square.size, stamp: identity)
    else {
      counters.poolExhausted += 1
      return .dropped
    }
    counters.delivered += 1
    return .frame(frame)
  }
}

/// A descriptor that is closed with its owner.
private final class OwnedDescriptor {
  private let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }
}

// MARK: Opening

extension MediaFile {
  /// Opens an ordinary file for reading, or says what is wrong with it.
  static func openFile(_ path: String) throws(CaptureError) -> Int32 {
    try checkFile(path)
    let descriptor = FileName.withSystemName(path) { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw CaptureError(.forbidden, path, "\(String(cString: strerror(errno))); check its permissions")
    }
    return descriptor
  }

  private static func checkFile(_ path: String) throws(CaptureError) {
    var status = stat()
    guard FileName.withSystemName(path, { stat($0, &status) }) == 0 else {
      let missing = errno == ENOENT || errno == ENOTDIR
      throw CaptureError(
        missing ? .missing : .forbidden, path,
        missing
          ? "no such file; check the path" : "\(String(cString: strerror(errno))); check its permissions")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CaptureError(.unreadable, path, "not an ordinary file; give a photo or a video file")
    }
    guard status.st_size > 0 else { throw CaptureError(.unreadable, path, "the file is empty (0 bytes)") }
    guard FileName.withSystemName(path, { access($0, R_OK) }) == 0 else {
      throw CaptureError(.forbidden, path, "may not be read; check its permissions")
    }
  }

  /// Throws when a picture's size is unknown or above the `most` pixels that are allowed.
  static func checkSize(
    _ path: String, _ width: Int, _ height: Int, most: Int
  ) throws(CaptureError) {
    guard width > 0, height > 0 else {
      throw CaptureError(
        .unreadable, path,
        "its picture size is unknown or above \(largestArea) pixels; if it is not truncated, scale it down")
    }
    guard width <= 16384, height <= 16384, width * height <= largestArea else {
      throw CaptureError(
        .tooLarge, path,
        "a picture of \(width)x\(height); at most \(largestArea) pixels are accepted: scale it down")
    }
    guard width * height <= most else {
      throw CaptureError(
        .tooLarge, path,
        "frames of \(width)x\(height) have more than the \(most) pixels that are allowed")
    }
  }

  /// The limit for FFmpeg, which counts the pixels of whole blocks: more than `most`, but not without a bound.
  static func codedPixels(_ most: Int) -> Int { min(most + most / 4 + 65536, largestArea) }

  static func openDecoder(
    _ path: String, _ codec: UnsafePointer<AVCodec>, _ track: UnsafeMutablePointer<AVStream>,
    mostPixels: Int, isStrict: Bool = false
  ) throws(CaptureError) -> UnsafeMutablePointer<AVCodecContext>? {
    var decoder = avcodec_alloc_context3(codec)
    guard let context = decoder else { throw CaptureError(.unreadable, path, "out of memory") }
    avcodec_parameters_to_context(context, track.pointee.codecpar)
    context.pointee.max_pixels = Int64(codedPixels(mostPixels))
    context.pointee.thread_count = 1
    if isStrict {
      // A part that cannot be right makes the whole picture fail, instead of being filled with something.
      context.pointee.err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER
    }
    let opened = avcodec_open2(context, codec, nil)
    guard opened == 0 else {
      avcodec_free_context(&decoder)
      throw CaptureError(.unreadable, path, "its codec cannot be opened: \(words(opened))")
    }
    return decoder
  }

  static func words(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    av_strerror(code, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
