import Display
import Foundation
import Geometry
import Imaging
import Observations
import Overlay
import Reports

/// Writes frames with their overlay as PNG files, without a screen.
final class FrameRenderer {
  private let folder: URL
  private let renderer: PictureRenderer
  private let composer: DrawListComposer
  private var options: OverlayOptions
  private var history = ScoreHistory()
  private var file = ""
  private let most: Int?
  private var pick: EvenPick?
  private var count = 0
  private var written: [Int: URL] = [:]

  /// Makes the folder if needed. Throws when it cannot be made or no font is found.
  /// `most`: of each file so many frames at most, evenly spread; nil for all.
  init(folder: String, settings: Settings, most: Int? = nil) throws {
    self.folder = URL(fileURLWithPath: folder)
    self.most = most
    do {
      try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
      let typesetter = try Typesetter(try FontFiles.find())
      renderer = PictureRenderer(typesetter: typesetter)
      composer = DrawListComposer(metrics: typesetter)
    } catch { throw Failure(.usage, "\(folder): \(error)") }
    options = OverlaySettings.options(settings)
  }

  /// Writes one frame; files are named after the recording and the frame's index.
  func render(_ frame: Frame, _ report: FrameReport, file: String) throws {
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
    let list = composer.compose(report, history: history, options: options, on: Viewport(picture: frame.size))
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let name = "\(stem)-\(String(format: "%06d", Int(frame.index))).png"
    let place = folder.appendingPathComponent(name)
    do { try renderer.render(frame, list).writePNG(to: place.path) } catch {
      throw Failure(.fault, "\(error)")
    }
    if most != nil { written[count] = place }
  }
}

/// The overlay's options as the settings ask for them.
enum OverlaySettings {
  static func options(_ settings: Settings) -> OverlayOptions {
    var options = OverlayOptions()
    let environment = ProcessInfo.processInfo.environment
    let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? "en"
    switch settings["lang"] {
    case "ar": options.language = .arabic
    case "en": options.language = .english
    default: options.language = Language(locale: locale)
    }
    options.theme = settings["theme"] == "light" ? .light : .dark
    return options
  }
}
