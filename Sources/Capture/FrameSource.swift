import Foundation
public import Imaging
public import Observations
public import Quantities
import Surroundings

/// What kind of thing gives the frames.
public enum SourceKind: Sendable, Equatable {
  /// A camera, a stream or a screen: frames come when they come.
  case live
  /// A recording with presentation times.
  case recording
  /// One picture.
  case still
}

/// What is known of an open source.
public struct SourceDescription: Sendable {
  /// Name shown to people and written into records.
  public let name: String
  /// Live, recording or still.
  public let kind: SourceKind
  /// Size of the frames.
  public let size: PixelSize
  /// Frames a second as the source claims; nil when it does not say.
  public let framesPerSecond: Double?
  /// What the file says about how its pictures are to be shown, and what was done about it.
  public let presentation: Presentation
  /// Codec, rate and channels of the sound that comes with the frames; nil when there is none, or it was not asked for.
  public let sound: String?

  /// A source's description.
  public init(
    name: String, kind: SourceKind, size: PixelSize, framesPerSecond: Double?,
    presentation: Presentation = Presentation(), sound: String? = nil
  ) {
    // What is shown and recorded of a source never holds the secrets of its address.
    self.name = SafeAddress(name).description
    (self.kind, self.size, self.framesPerSecond) = (kind, size, framesPerSecond)
    (self.presentation, self.sound) = (presentation, sound)
  }
}

extension SourceDescription {
  /// The same source where nobody listens to its sound.
  public var unheard: SourceDescription {
    SourceDescription(
      name: name, kind: kind, size: size, framesPerSecond: framesPerSecond, presentation: presentation)
  }
}

/// How many frames came, how many did not, by reason; each number only grows.
///
/// For a camera ``accounted`` is the number of frames that the driver
/// counted while it streamed.
public struct SourceCounters: Sendable, Equatable {
  /// Handed on as a frame.
  public var delivered: UInt64 = 0
  /// Lost by the driver: gaps in its sequence numbers.
  public var lost: UInt64 = 0
  /// Flagged as damaged by the driver or the decoder, or cut short.
  public var damaged: UInt64 = 0
  /// Bytes that could not be decoded.
  public var undecodable: UInt64 = 0
  /// No free buffer in the pool.
  public var poolExhausted: UInt64 = 0
  /// Left out because they were dark between lit ones; see ``LightPattern``.
  public var unlit: UInt64 = 0
  /// Dropped because a newer one was already waiting.
  public var stale: UInt64 = 0
  /// Times that the stream was started anew on the same open device.
  public var restarts: UInt64 = 0
  /// Times that the source was opened again after it had gone.
  public var reconnects: UInt64 = 0

  /// All zero.
  public init() {}

  /// Whether more frames were damaged or undecodable than delivered.
  public var isMostlyDamaged: Bool { damaged + undecodable > delivered }

  /// Frames that the source counted, wherever they went.
  public var accounted: UInt64 { delivered + lost + damaged + undecodable + poolExhausted + unlit + stale }
}

/// What a source has to say next.
public enum SourceEvent: Sendable {
  /// A frame.
  case frame(Frame)
  /// Nothing came in time; asking again is right.
  case timeout
  /// No frame this time because one was dropped and counted; asking again is right.
  case dropped
  /// A live source is away and is being looked for; what was shown last is not current any more. Asking again is
  /// right, and comes back within about a second.
  case lost(reason: String)
  /// There are no more frames; `damage` says why when it ended before its time.
  case ended(damage: String?)
}

/// Something that gives frames, one at a time. Used from one queue only.
public protocol FrameSource: AnyObject {
  /// What is known of the source.
  var description: SourceDescription { get }
  /// Frames that did and did not arrive, so far.
  var counters: SourceCounters { get }
  /// What speaks for or against the frames coming from a sensor, so far; nil for recordings and pictures.
  var injection: InjectionEvidence? { get }
  /// The camera's device file, whose controls may be set; nil for what is no camera.
  var devicePath: String? { get }
  /// How the source is lit, so far.
  var illumination: Illumination { get }
  /// The next event; waits for a live source at most about a second.
  func next() throws(CaptureError) -> SourceEvent
  /// The sound that came since the last call, oldest first, by the clock of the frames. It may come a little before or
  /// behind the frames of the same time.
  func takeSound() -> [SoundBlock]
}

extension FrameSource {
  /// Recordings and pictures: the question does not arise.
  public var injection: InjectionEvidence? { nil }
  /// Only a camera has one.
  public var devicePath: String? { nil }
  /// Nothing is known of the light until ``LitFrames`` looks at it.
  public var illumination: Illumination { .steady }
  /// Most sources are silent.
  public func takeSound() -> [SoundBlock] { [] }
}

/// How sources are opened and looked after; each source takes what concerns it.
public struct SourceOptions {
  /// What to ask a camera for.
  public var wish = CameraWish()
  /// The camera that a person chose, taken when no source is named.
  public var choice: CameraChoice?
  /// When a camera's life takes which turn.
  public var patience = CameraPatience()
  /// Where lines about a source's life go.
  public var log = CaptureLog.standardError()
  /// The program whose hidden command `decode-child` reads files and streams in a process of its own; nil: they are
  /// read in this process.
  public var decoder: String?
  /// Folder of what is kept from one start to the next, such as the desktop's permission to look at the screen; nil:
  /// nothing is kept.
  public var stateFolder = SourceOptions.userStateFolder
  /// Pixels of the largest frame that is accepted, whatever its source and however late it comes.
  public var mostPixels = MediaFile.largestArea {
    didSet { mostPixels = min(max(mostPixels, 1), MediaFile.largestArea) }
  }
  /// Whether the sound of files and streams is decoded beside their pictures.
  public var sound = false

  /// `vigil` below the folder of states of this user (the XDG Base Directory Specification).
  private static var userStateFolder: String? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder + "/vigil" }
    return environment["HOME"].flatMap { $0.isEmpty ? nil : $0 + "/.local/state/vigil" }
  }

  /// 1280x720 at 30 frames a second, patience without end, log on standard error. `decoder` is said by every caller:
  /// reading strangers' files in one's own process is never a default.
  public init(decoder: String?) { self.decoder = decoder }
}
