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

  /// `look.mirrors`: the picture is shown as in a mirror; a camera that mirrors already is left as it is.
  init(_ look: KioskLook, fullScreen: Bool) throws {
    let typesetter = try Typesetter(try FontFiles.find())
    window = try MonitorWindow(
      title: "Vigil", size: PixelSize(width: 1280, height: 720), fullScreen: fullScreen,
      typesetter: typesetter)
    screen = KioskScreen(metrics: typesetter, look: look)
    self.look = look
  }

  /// Whether the person closed the window.
  func wantsToQuit() throws -> Bool { window.pollEvents().contains(.quit) }

  func show(_ frame: Frame, _ conductor: CheckConductor, at now: MonotonicInstant) throws {
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
    let size = frame?.size ?? PixelSize(width: 1280, height: 720)
    let list = screen.compose(view, on: window.viewport(for: size))
    do { try window.present(frame, list, mirrored: look.mirrors) } catch { throw Failure(.fault, "\(error)") }
  }
}
