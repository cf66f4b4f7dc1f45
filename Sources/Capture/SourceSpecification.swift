import Foundation

/// What a person named as the source of frames.
public enum SourceSpecification: Sendable, Equatable {
  /// The first camera that is really one.
  case firstCamera
  /// A camera's device file.
  case device(String)
  /// A photo or video file.
  case file(String)
  /// Motion JPEG on standard input.
  case standardInput

  /// Reads the word given on the command line; nil means the first camera.
  public init(_ text: String?) throws(CaptureError) {
    guard let text, !text.isEmpty else {
      self = .firstCamera
      return
    }
    let unsupported = ["rtsp://", "http://", "https://", "screen"]
    if let scheme = unsupported.first(where: { text.hasPrefix($0) }),
      !FileManager.default.fileExists(atPath: text)
    {
      throw CaptureError(
        .unreadable, text,
        "sources that begin with \"\(scheme)\" are not supported yet; give a camera, a file or -")
    }
    if text == "-" {
      self = .standardInput
    } else if text.hasPrefix("/dev/") {
      self = .device(text)
    } else {
      self = .file(text)
    }
  }

  /// Opens the source.
  public func open() throws(CaptureError) -> any FrameSource {
    switch self {
    case .file(let path): try MediaFile(path: path)
    case .standardInput: MotionJPEGStream(descriptor: 0, name: "standard input")
    case .device(let path): try Camera(path: path)
    case .firstCamera:
      try Camera(path: CameraList.firstReal().path)
    }
  }
}
