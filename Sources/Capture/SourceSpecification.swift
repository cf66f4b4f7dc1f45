import Foundation
public import Quantities
import Surroundings

/// What a person named as the source of frames.
public enum SourceSpecification: Sendable, Equatable {
  /// The chosen camera, or the first that is really one.
  case firstCamera
  /// A camera's device file, its name under `/dev/v4l/by-id` or `by-path`, or `pipewire:NAME` for a source of PipeWire.
  case device(String)
  /// A photo or video file.
  case file(String)
  /// Motion JPEG on standard input.
  case standardInput
  /// A network stream: `rtsp://`, `http://` or `https://`.
  case stream(String)
  /// The screen, or a rectangle of it (X11).
  case screen(PixelRect?)
  /// The window whose title contains the words (X11), or that the person chooses (Wayland).
  case window(String)

  /// Reads the word given on the command line; nil means the first camera.
  public init(_ text: String?) throws(CaptureError) {
    guard let text, !text.isEmpty else {
      self = .firstCamera
      return
    }
    let schemes = ["rtsp://", "rtsps://", "http://", "https://"]
    if text == "-" {
      self = .standardInput
    } else if schemes.contains(where: { text.lowercased().hasPrefix($0) }) {
      guard !SafeAddress(text).isAmbiguous else {
        throw CaptureError(
          .unreadable, text,
          "there is an @ behind a /, ? or #; write such signs of a password as %40, %2F, %3F and %23")
      }
      self = .stream(text)
    } else if FileManager.default.fileExists(atPath: text), !text.hasPrefix("/dev/") {
      self = .file(text)
    } else if text == "screen" {
      self = .screen(nil)
    } else if text.hasPrefix("screen:") {
      self = .screen(try Self.rectangle(text))
    } else if text.hasPrefix("window:") {
      self = .window(String(text.dropFirst("window:".count)))
    } else if text.hasPrefix("/dev/") || PipeWireNodes.isNamed(text) {
      self = .device(text)
    } else {
      self = .file(text)
    }
  }

  /// The screen by the way that runs: a Wayland desktop shows it through its portal alone (X11's way gives black
  /// pictures there, if any), X11 directly.
  private static func screen(
    _ specification: SourceSpecification, _ options: SourceOptions
  ) throws(CaptureError) -> any FrameSource {
    let environment = ProcessInfo.processInfo.environment
    guard environment["WAYLAND_DISPLAY"].map({ !$0.isEmpty }) ?? false else {
      return try ScreenSource(specification, options: options)
    }
    switch specification {
    case .screen(.some):
      throw CaptureError(
        .missing, "screen",
        "a rectangle of the screen can be had on X11 only; on Wayland give screen, or window:")
    case .window(let words):
      if !words.isEmpty {
        options.log.note(
          "window: on Wayland the desktop asks which window; the words are not used", at: .now())
      }
      return try PortalScreenSource(.window, options: options)
    default: return try PortalScreenSource(.monitor, options: options)
    }
  }

  /// Reads `screen:WxH+X+Y`.
  private static func rectangle(_ text: String) throws(CaptureError) -> PixelRect {
    let parts = text.dropFirst("screen:".count).split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "x" || $0 == "+" }
    ).map { Int($0) }
    guard parts.count == 4, let width = parts[0], let height = parts[1], let x = parts[2], let y = parts[3],
      (1...16384).contains(width), (1...16384).contains(height), (0...65535).contains(x),
      (0...65535).contains(y)
    else {
      throw CaptureError(
        .unreadable, text,
        "not a rectangle of the screen; write screen:WxH+X+Y, for example screen:1280x720+0+0")
    }
    return PixelRect(x: Float(x), y: Float(y), width: Float(width), height: Float(height))
  }

  /// Opens the source; frames that are dark between lit ones are left out and counted (see ``LitFrames``).
  public func open(options: SourceOptions) throws(CaptureError) -> any FrameSource {
    LitFrames(try openUnfiltered(options: options))
  }

  /// Opens the source with every frame it gives.
  public func openUnfiltered(options: SourceOptions) throws(CaptureError) -> any FrameSource {
    switch self {
    case .file(let path):
      guard let program = options.decoder else {
        return try MediaFile(path: path, mostPixels: options.mostPixels, sound: options.sound)
      }
      return try DecoderProcess(program: program, medium: .file(path), options: options)
    case .standardInput:
      guard let program = options.decoder else {
        return MotionJPEGStream(descriptor: 0, name: "standard input", mostPixels: options.mostPixels)
      }
      return try DecoderProcess(program: program, medium: .standardInput, options: options)
    case .device(let path): return try Camera(path: path, options: options)
    case .firstCamera:
      let (entry, isChosen) = try CameraList.standard(options.choice, of: CameraList.all())
      if let choice = options.choice, !isChosen {
        options.log.note("the chosen camera \(choice.card) is not there; using \(entry.path)", at: .now())
      }
      return try Camera(path: entry.path, options: options)
    case .stream(let address):
      guard let program = options.decoder else {
        return try NetworkStream(address: address, options: options)
      }
      return try DecoderProcess(program: program, medium: .stream(address), options: options)
    case .screen, .window: return try Self.screen(self, options)
    }
  }
}
