import Capture
import Display
import Foundation
import Imaging
import Observations
import Overlay
import Pipeline
import Quantities
import Surroundings

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
  /// Nil for recordings, whose pictures are never of now.
  private var age: PictureAge?
  private var isOld = false

  init(settings: Settings, fullScreen: Bool, snapshots: String) throws {
    do {
      let typesetter = try Typesetter(try FontFiles.find())
      window = try MonitorWindow(
        title: "Vigil", size: PixelSize(width: 1280, height: 720), fullScreen: fullScreen,
        typesetter: typesetter)
      composer = DrawListComposer(metrics: typesetter)
      renderer = PictureRenderer(typesetter: typesetter)
    } catch { throw Failure(window: error) }
    options = OverlaySettings.options(settings)
    self.snapshots = snapshots
    try draw()
  }

  /// What the shown pictures' ages come to; nil for recordings.
  var ages: PictureAge.Summary? { age?.summary }

  /// The window begins to show a source.
  func begin(_ source: SourceDescription) {
    age = source.kind == .live ? PictureAge(framesPerSecond: source.framesPerSecond) : nil
  }

  func show(_ frame: Frame, _ report: FrameReport) throws {
    newest = (frame, report)
    history.record(report)
    options.framesPerSecond = rate.add(.now())
    isOld = false
    let late = MonotonicInstant.now() - frame.captured
    options.notices = age.map { late > $0.limit } == true ? [words.latePicture(late.inMilliseconds)] : []
    options.patches = options.showsDetails ? HeatPatch.patches(report) : [:]
    try draw()
    age?.shown(frame.captured, at: .now())
  }

  /// A picture that none follows stays, but nothing is said of it as of now.
  func noteAge(_ now: MonotonicInstant) throws {
    guard let age, newest != nil, !isOld, age.isFrozen(at: now) else { return }
    (isOld, options.notices) = (true, [words.noNewPicture])
    try draw()
    self.age?.markedOld(at: .now())
  }

  private var words: Words { Words(options.language) }

  /// The camera is away: nothing stale is shown as if it were current.
  func showLoss(_ reason: String) throws {
    // Said several times a second while the camera is away: drawn once.
    if newest == nil, options.notices == [reason] { return }
    newest = nil
    options.notices = [reason]
    try draw()
    age?.markedOld(at: .now())
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
      isOld ? nil : newest?.report, history: history, options: options, on: window.viewport(for: size))
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
      sinks.evidence?.keep("operator")
    } catch { options.notices = ["\(error)"] }
  }
}

extension Failure {
  /// No window: a missing screen is a missing input of the person's side, the rest a fault of the installation.
  init(window error: any Error) {
    let isScreen = (error as? DisplayError)?.isScreenMissing == true
    self.init(isScreen ? .noInput : .fault, "\(error)")
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
