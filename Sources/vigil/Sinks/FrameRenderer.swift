import Capture
import Display
import Foundation
import Imaging
import Observations
import Overlay
import Pipeline
import Quantities
import Reports
import Surroundings
import Wording

/// Kind of the files that ``FrameRenderer`` writes.
enum PictureFormat: String, CaseIterable {
  /// Every pixel as it was drawn.
  case png
  /// A tenth of the size; libjpeg-turbo's quality 85.
  case jpeg
}

/// Writes frames with their overlay as PNG or JPEG files, without a screen.
final class FrameRenderer: ReportSink {
  private let folder: URL
  private let renderer: PictureRenderer
  private let composer: DrawListComposer
  private var options: OverlayOptions
  private var history = ScoreHistory()
  /// What files are named after from now on; nil: the frame's camera.
  var recording: String?
  private var file = ""
  private let most: Int?
  private let format: PictureFormat
  /// Pixels of a picture's longer side, at most; nil for those of the frame.
  private let side: Int?
  private let encoder = JPEGEncoder()
  private var pick: EvenPick?
  private var count = 0
  private var written: [Int: URL] = [:]

  /// Makes the folder if needed. Throws when it cannot be made or no font is found.
  /// `most`: of each file so many frames at most, evenly spread; nil for all.
  init(
    folder: String, settings: Settings, most: Int? = nil, format: PictureFormat = .png, side: Int? = nil,
    isPlain: Bool = false
  ) throws {
    self.folder = URL(fileURLWithPath: folder)
    (self.most, self.format, self.side) = (most, format, side)
    do {
      try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
      let typesetter = try Typesetter(try FontFiles.find())
      renderer = PictureRenderer(typesetter: typesetter)
      composer = DrawListComposer(metrics: typesetter)
    } catch { throw Failure(.usage, "\(folder): \(error)") }
    options = OverlaySettings.options(settings)
    (options.showsDetails, options.showsLandmarks, options.showsBar) = (!isPlain, !isPlain, !isPlain)
  }

  /// Writes one frame; files are named after the recording and the frame's index.
  func take(_ event: SessionEvent) throws {
    guard case .frame(let judged) = event else { return }
    let (frame, report, file) = (judged.frame, judged.report, recording ?? judged.report.camera)
    if file != self.file {
      (self.file, history, count, pick) = (file, ScoreHistory(), 0, most.map { EvenPick(most: $0) })
      written = [:]
    }
    history.record(report)
    defer { count += 1 }
    if let action = pick?.handle(count) {
      for dropped in action.drops.compactMap({ written.removeValue(forKey: $0) }) {
        try? FileManager.default.removeItem(at: dropped)
      }
      guard action.takes else { return }
    }
    options.patches = HeatPatch.patches(report)
    let viewport = side.map { Viewport(frame: frame.size, canvas: Self.size(frame.size, within: $0)) }
    let list = composer.compose(
      report, history: history, options: options, on: viewport ?? Viewport(picture: frame.size))
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let ending = format == .png ? "png" : "jpg"
    let name = "\(stem)-\(String(format: "%06d", Int(frame.index))).\(ending)"
    let place = folder.appendingPathComponent(name)
    try write(renderer.render(frame, list), to: place)
    if most != nil { written[count] = place }
  }

  private func write(_ picture: RGBImage, to place: URL) throws {
    switch format {
    case .png: try picture.writePNG(to: place.path)
    case .jpeg:
      guard let bytes = encoder.encode(picture, quality: 85) else {
        throw Failure(.fault, "\(place.path): the picture cannot be encoded")
      }
      try OutputFile.write(bytes, to: place.path)
    }
  }

  /// The frame's size, made smaller until its longer side has no more than `side` pixels.
  private static func size(_ frame: PixelSize, within side: Int) -> PixelSize {
    let longer = max(frame.width, frame.height)
    guard longer > side else { return frame }
    func scaled(_ length: Int) -> Int { max(1, length * side / longer) }
    return PixelSize(width: scaled(frame.width), height: scaled(frame.height))
  }
}

/// The overlay's options as the settings ask for them.
enum OverlaySettings {
  static func options(_ settings: Settings) -> OverlayOptions {
    var options = OverlayOptions()
    let environment = ProcessInfo.processInfo.environment
    let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? "en"
    options.language =
      switch settings.language {
      case .arabic: .arabic
      case .english: .english
      case .auto: Language(locale: locale)
      }
    options.theme = settings.theme == .light ? .light : .dark
    return options
  }
}
