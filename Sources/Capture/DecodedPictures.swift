import CFFmpeg
import Observations

/// What was lost while decoding, by reason; each number only grows.
struct DecodingLosses: Equatable {
  /// Packets that could not be decoded.
  var undecodable: UInt64 = 0
  /// Pictures that came out damaged and were left out.
  var damaged: UInt64 = 0
  /// Why reading stopped before the end, or that the container marks packets as damaged.
  var reading: String?

  /// The losses in words; nil when nothing was lost.
  var words: String? {
    var parts: [String] = []
    if let reading { parts.append(reading) }
    if undecodable > 0 { parts.append("a packet cannot be decoded (\(undecodable) in all)") }
    if damaged > 0 {
      parts.append("\(damaged) \(damaged == 1 ? "picture is" : "pictures are") damaged and not judged")
    }
    return parts.isEmpty
      ? nil : parts.joined(separator: "; ") + "; the file may be truncated or damaged"
  }
}

/// What a container says of its pictures.
struct PictureTraits {
  /// Name of the format, for people.
  var format = ""
  /// Orientation from the file's own header, which then counts instead of a display matrix.
  var headerOrientation: PictureOrientation?
  /// Seconds of one tick of the frames' time stamps.
  var timeBase = 0.0
  /// Frames a second; nil when unknown.
  var rate: Double?
  /// Whether the rate is a guess.
  var isRateAssumed = false
  /// Only the first picture counts, whatever follows.
  var isSingle = false
  /// A second picture of another size is not of this recording but something appended to a photo.
  var needsEqualSizes = false
  /// Whether a format with alpha means that parts may be transparent; not where decoders give every picture so.
  var mayBeTransparent = true
  /// The picture is the cover of an audio file.
  var isCover = false
}

/// Gives FFmpeg's decoded frames of one file, one after the other. Used from one queue only.
protocol DecodedPictures: AnyObject {
  /// What the container says; complete once the first frame has come.
  var traits: PictureTraits { get }
  /// What was lost so far.
  var losses: DecodingLosses { get }
  /// The sound beside the pictures; nil when there is none or it is not wanted.
  var sound: SoundTrack? { get }
  /// The next whole frame, valid until the next call; nil at the end.
  func next() throws(CaptureError) -> UnsafeMutablePointer<AVFrame>?
  /// The first picture that ``next()`` left out as damaged, as far as it can be decoded; nil when there is none.
  func firstDamaged() -> UnsafeMutablePointer<AVFrame>?
  /// Width to height of the frame's pixels; 0 to 1 when the file does not say.
  func pixelAspect(of frame: UnsafeMutablePointer<AVFrame>) -> AVRational
  /// The matrix by which the frame is to be shown; nil when there is none.
  func displayMatrix(of frame: UnsafeMutablePointer<AVFrame>) -> DisplayMatrix?
}

extension DecodedPictures {
  /// Pictures alone.
  var sound: SoundTrack? { nil }
}
