import Capture
import Display
import Foundation
import Geometry
import Imaging
import Observations
import Overlay
import Pipeline
import Units

/// The monitor's window with its overlay and keys. Main thread only.
final class WindowSink {
  enum Outcome {
    case goOn, quit
  }

  private let window: MonitorWindow
  private let composer: DrawListComposer
  private let renderer: PictureRenderer
  private let snapshots: String
  private var options: OverlayOptions
  private var history = ScoreHistory()
  private var newest: (frame: Frame, report: FrameReport)?
  private var rate = FrameRate()

  init(settings: Settings, fullScreen: Bool, snapshots: String) throws {
    do {
      let typesetter = try Typesetter(try FontFiles.find())
      window = try MonitorWindow(
        title: "Vigil", size: PixelSize(width: 1280, height: 720), fullScreen: fullScreen,
        typesetter: typesetter)
      composer = DrawListComposer(metrics: typesetter)
      renderer = PictureRenderer(typesetter: typesetter)
    } catch { throw Failure(.fault, "\(error); without a screen use --headless") }
    options = OverlaySettings.options(settings)
    self.snapshots = snapshots
    try draw()
  }

  func show(_ frame: Frame, _ report: FrameReport) throws {
    newest = (frame, report)
    history.record(report)
    options.framesPerSecond = rate.add(.now())
    options.notices = []
    try draw()
  }

  /// The camera is away: nothing stale is shown as if it were current.
  func showLoss(_ reason: String) throws {
    newest = nil
    options.notices = [reason]
    try draw()
  }

  func handleEvents(_ session: LiveSession, _ sinks: MonitorSinks) throws -> Outcome {
    for event in window.pollEvents() {
      switch event {
      case .quit: return .quit
      case .togglePause: pause(!session.isPaused, session, sinks)
      case .step:
        if !session.isPaused { pause(true, session, sinks) }
        session.step()
      case .toggleLandmarks: options.showsLandmarks.toggle()
      case .toggleDetails: options.showsDetails.toggle()
      case .toggleHelp: options.showsHelp.toggle()
      case .snapshot: snapshot(sinks)
      case .toggleFullScreen, .resized, .exposed: break
      }
      options.isPaused = session.isPaused
      try draw()
    }
    return .goOn
  }

  /// The source has ended: the last frame stays until the person closes the window.
  func waitForClose(_ session: LiveSession, _ sinks: MonitorSinks) throws {
    guard isInteractive else { return }
    while !Interrupts.received, try handleEvents(session, sinks) == .goOn { usleep(20_000) }
  }

  /// A window that nobody watches (tests, scripts) must not wait for a key.
  private var isInteractive: Bool {
    isatty(0) == 1 || ProcessInfo.processInfo.environment["VIGIL_HOLD"] == "1"
  }

  private func draw() throws {
    let size = newest?.frame.size ?? PixelSize(width: 1280, height: 720)
    let list = composer.compose(
      newest?.report, history: history, options: options, on: window.viewport(for: size))
    do { try window.present(newest?.frame, list) } catch { throw Failure(.fault, "\(error)") }
  }

  private func pause(_ paused: Bool, _ session: LiveSession, _ sinks: MonitorSinks) {
    session.setPaused(paused)
    // A camera is not held by this; its frames are judged and recorded all the same.
    if session.source.kind == .recording { sinks.recorder.note(paused: paused) }
  }

  private func snapshot(_ sinks: MonitorSinks) {
    guard let newest else { return }
    let list = composer.compose(
      newest.report, history: history, options: options, on: Viewport(picture: newest.frame.size))
    let path = "\(snapshots)/vigil-\(Int(Date().timeIntervalSince1970))-\(newest.frame.index).png"
    do {
      try renderer.render(newest.frame, list).writePNG(to: path)
      options.notices = [path]
      sinks.recorder.note(action: "snapshot", detail: path)
    } catch { options.notices = ["\(error)"] }
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
