import Display
import Foundation
import IdentityCheck
import Imaging
import Overlay
import Quantities
import Surroundings

/// The kiosk's window. Main thread only.
final class KioskSink {
  private let window: MonitorWindow
  private let screen: KioskScreen
  private let look: KioskLook
  private var size = PixelSize(width: 1280, height: 720)
  private var shownAt = MonotonicInstant.now()
  private var lit: LightZones?

  /// `look.mirrors`: the picture is shown as in a mirror; a camera that mirrors already is left as it is.
  init(_ look: KioskLook, fullScreen: Bool) throws {
    let typesetter = try Typesetter(try FontFiles.find())
    window = try MonitorWindow(
      title: "Vigil", size: PixelSize(width: 1280, height: 720), fullScreen: fullScreen,
      typesetter: typesetter)
    screen = KioskScreen(metrics: typesetter, look: look)
    self.look = look
  }

  /// What a person wishes at the window.
  enum Wish { case quit, noLight }

  /// What the person did since the last call, if anything counts now: a key, or a press on the button that refuses the
  /// light.
  func wish(_ conductor: CheckConductor) throws -> Wish? {
    let events = window.pollEvents()
    if events.contains(.quit) { return .quit }
    guard conductor.announcesLight else { return nil }
    let button = screen.refusal(
      KioskView(conductor, at: shownAt), on: window.viewport(for: size))
    let isRefused = events.contains { event in
      switch event {
      case .togglePause: true
      case .pressed(let point): button?.contains(point) == true
      default: false
      }
    }
    return isRefused ? .noLight : nil
  }

  /// Shows the light that is due and gives it back.
  func showLight(_ conductor: CheckConductor) throws -> LightZones {
    let zones = conductor.light?.zones ?? .rest
    guard zones != lit else { return zones }
    lit = zones
    try present(nil, KioskView(conductor, at: shownAt))
    return zones
  }

  /// Whether the person closed the window.
  func wantsToQuit() throws -> Bool { window.pollEvents().contains(.quit) }

  func show(_ frame: Frame, _ conductor: CheckConductor, at now: MonotonicInstant) throws {
    (size, shownAt) = (frame.size, now)
    // The screen is the light meanwhile, shown when it changes.
    guard conductor.light == nil else { return }
    lit = nil
    try present(frame, KioskView(conductor, at: now))
  }

  /// The end stays on the screen for `hold` seconds.
  func showResult(_ result: CheckResult, hold: Double) throws {
    let progress = (done: result.completed, of: result.asked)
    try stay(KioskView(prompt: .finished(result), progress: progress, seconds: 0), hold)
  }

  func showLocked(_ seconds: Double, hold: Double) throws {
    try stay(KioskView(prompt: .wait, progress: (0, 1), seconds: 0, locked: seconds), hold)
  }

  private func stay(_ view: KioskView, _ hold: Double) throws {
    let end = MonotonicInstant.now() + .nanoseconds(Int64(hold * 1e9))
    repeat {
      try present(nil, view)
      if try wantsToQuit() || Interrupts.received { return }
      usleep(30_000)
    } while MonotonicInstant.now() < end
  }

  private func present(_ frame: Frame?, _ view: KioskView) throws {
    let list = screen.compose(view, on: window.viewport(for: size))
    do { try window.present(frame, list, mirrored: look.mirrors) } catch { throw Failure(.fault, "\(error)") }
  }
}
