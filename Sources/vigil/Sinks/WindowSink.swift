package import Capture
package import Display
import Foundation
package import Imaging
package import Observations
package import Overlay
package import Pipeline
package import Quantities
import Surroundings
import Wording

/// What the monitor's window is made of: a screen for pictures, and what a person does in front of it.
package protocol PictureScreen: AnyObject {
  /// What happened since the last call, oldest first.
  func pollEvents() -> [WindowEvent]
  /// The canvas with a frame of this size on it.
  func viewport(for frame: PixelSize) -> Viewport
  /// Shows a frame (none: only the background) with a list over it.
  func show(_ frame: Frame?, _ list: DrawList) throws
}

extension MonitorWindow: PictureScreen {
  package func show(_ frame: Frame?, _ list: DrawList) throws {
    do { try present(frame, list) } catch { throw Failure(.fault, "\(error)") }
  }
}

/// The monitor's window with its overlay and keys: shows what comes, answers with what the person asked for. Main
/// thread only.
package final class WindowSink: ReportSink {
  /// Where a window's pictures, times and files come from.
  package struct Place {
    /// The screen.
    package var screen: any PictureScreen
    /// Widths of texts.
    package var metrics: any TextMetrics
    /// The machine's clock.
    package var now: () -> MonotonicInstant
    /// Writes a frame with its overlay into a file.
    package var write: (Frame, DrawList, _ path: String) throws -> Void
    /// Whether somebody is there who could close the window at the end.
    package var isWatched: Bool

    /// All the parts.
    package init(
      screen: any PictureScreen, metrics: any TextMetrics, now: @escaping () -> MonotonicInstant,
      write: @escaping (Frame, DrawList, String) throws -> Void, isWatched: Bool
    ) {
      (self.screen, self.metrics, self.now, self.write) = (screen, metrics, now, write)
      self.isWatched = isWatched
    }
  }

  private let place: Place
  private let composer: DrawListComposer
  private let snapshots: String
  private var options: OverlayOptions
  private var history = ScoreHistory()
  private var newest: JudgedFrame?
  private var rate = FrameRate()
  /// Nil for recordings, whose pictures are never of now.
  private var age: PictureAge?
  private var isOld = false

  /// Shows the empty window. `snapshots`: the folder for pictures that the person keeps.
  package init(_ place: Place, options: OverlayOptions, snapshots: String) throws {
    (self.place, self.options, self.snapshots) = (place, options, snapshots)
    composer = DrawListComposer(metrics: place.metrics)
    try draw()
  }

  /// The window begins to show a source.
  package func begin(_ source: SourceDescription) {
    age = source.kind == .live ? PictureAge(framesPerSecond: source.framesPerSecond) : nil
  }

  /// Twice a screen's refresh, so that a picture is never late because of the wait.
  package var patience: Int { 8 }

  package var holdsEnd: Bool { place.isWatched }

  package func take(_ event: SessionEvent) throws {
    switch event {
    case .frame(let judged): try show(judged)
    case .waiting: try markWhenFrozen()
    case .cameraLost(let reason): try showLoss(reason)
    case .failed(let error): try showLoss("\(error)")
    case .asked(.pause(let paused)):
      options.isPaused = paused
      try draw()
    case .cameraReturned, .ended, .asked: break
    }
  }

  private func show(_ judged: JudgedFrame) throws {
    newest = judged
    history.record(judged.report)
    options.framesPerSecond = rate.add(place.now())
    isOld = false
    let late = place.now() - judged.frame.captured
    options.notices = age.map { late > $0.limit } == true ? [words.latePicture(late.inMilliseconds)] : []
    options.patches = options.showsDetails ? HeatPatch.patches(judged.report) : [:]
    try draw()
    age?.shown(judged.frame.captured, at: place.now())
  }

  /// A picture that none follows stays, but nothing is said of it as of now.
  private func markWhenFrozen() throws {
    guard let age, newest != nil, !isOld, age.isFrozen(at: place.now()) else { return }
    (isOld, options.notices) = (true, [words.noNewPicture])
    try draw()
    self.age?.markedOld(at: place.now())
  }

  private var words: Words { Words(options.language) }

  /// The camera is away: nothing stale is shown as if it were current.
  private func showLoss(_ reason: String) throws {
    newest = nil
    options.notices = [reason]
    try draw()
    age?.markedOld(at: place.now())
  }

  package func requests() throws -> [SessionRequest] {
    var requests: [SessionRequest] = []
    for event in place.screen.pollEvents() {
      switch event {
      case .quit: requests.append(.quit(reason: "closed by the user"))
      case .togglePause: requests += pause(!options.isPaused)
      case .step: requests += options.isPaused ? [.step] : pause(true) + [.step]
      case .toggleLandmarks: options.showsLandmarks.toggle()
      case .toggleDetails: options.showsDetails.toggle()
      case .toggleHelp: options.showsHelp.toggle()
      case .snapshot: requests += snapshot()
      case .toggleFullScreen, .pressed, .resized, .exposed: break
      }
      try draw()
    }
    return requests
  }

  private func pause(_ paused: Bool) -> [SessionRequest] {
    options.isPaused = paused
    return [.pause(paused)]
  }

  private func snapshot() -> [SessionRequest] {
    guard let newest else { return [] }
    let list = composer.compose(
      newest.report, history: history, options: options, on: Viewport(picture: newest.frame.size))
    let path = "\(snapshots)/vigil-\(Int(Date().timeIntervalSince1970))-\(newest.frame.index).png"
    do {
      try place.write(newest.frame, list, path)
      options.notices = [path]
      return [.snapshot(path: path)]
    } catch {
      options.notices = ["\(error)"]
      return []
    }
  }

  private func draw() throws {
    let size = newest?.frame.size ?? PixelSize(width: 1280, height: 720)
    let list = composer.compose(
      isOld ? nil : newest?.report, history: history, options: options, on: place.screen.viewport(for: size))
    try place.screen.show(newest?.frame, list)
  }

  /// Says how old the shown pictures were.
  package func finish(_ ending: SessionEnding, _ counters: FrameCounters) {
    guard let ages = age?.summary else { return }
    StandardErrors.say(
      String(
        format: "%d pictures shown; their age then: median %.1f ms, 95 %% under %.1f ms, worst %.1f ms; "
          + "none as current that was older than %.0f ms",
        ages.count, ages.median.inMilliseconds, ages.late.inMilliseconds, ages.worst.inMilliseconds,
        ages.oldestCurrent.inMilliseconds))
  }
}

extension WindowSink {
  /// Opens the monitor's window on the screen. A window that nobody watches (tests, scripts) does not wait for a key.
  convenience init(settings: Settings, fullScreen: Bool, snapshots: String) throws {
    let typesetter = try Typesetter(try FontFiles.find())
    let window = try MonitorWindow(
      title: "Vigil", size: PixelSize(width: 1280, height: 720), fullScreen: fullScreen,
      typesetter: typesetter)
    let renderer = PictureRenderer(typesetter: typesetter)
    let holds = ProcessInfo.processInfo.environment["VIGIL_HOLD"] == "1"
    try self.init(
      Place(
        screen: window, metrics: typesetter, now: { .now() },
        write: { try renderer.render($0, $1).writePNG(to: $2) }, isWatched: isatty(0) == 1 || holds),
      options: OverlaySettings.options(settings), snapshots: snapshots)
  }
}

/// Frames shown a second, smoothed over about a second.
struct FrameRate {
  private var last: MonotonicInstant?
  private var smoothed: Double?

  mutating func add(_ now: MonotonicInstant) -> Double? {
    defer { last = now }
    guard let last, now > last else { return smoothed }
    let instant = 1 / (now - last).inSeconds
    smoothed = smoothed.map { $0 + (instant - $0) * 0.05 } ?? instant
    return smoothed
  }
}
