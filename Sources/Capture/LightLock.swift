import Foundation

/// Holds a camera's exposure and colours still for a while: automatic exposure, white balance and gain off, at the values
/// of now; and gives back what was.
///
/// Cameras without these controls are left as they are. Not for two threads.
public final class LightLock {
  /// One setting to make.
  struct Change: Equatable {
    let id: UInt32
    let value: Int
  }

  /// The controls that matter (linux/v4l2-controls.h).
  private enum Known {
    static let autoWhiteBalance: UInt32 = 0x0098_090C
    static let autoGain: UInt32 = 0x0098_0912
    static let gain: UInt32 = 0x0098_0913
    static let whiteBalance: UInt32 = 0x0098_091A
    static let autoExposure: UInt32 = 0x009A_0901
    static let exposure: UInt32 = 0x009A_0902
    /// V4L2_EXPOSURE_MANUAL.
    static let manual = 1
  }

  private let set: (UInt32, Int) -> Bool
  private var undo: [Change] = []
  /// Whether exposure and white balance are both held still.
  public private(set) var isHeld = false

  /// A lock for the camera at `path`; nothing happens yet.
  public convenience init(path: String) {
    let controls = CameraControls(path: path)
    self.init { id, value in (try? controls.set(id, to: value)) != nil }
  }

  /// `set` gives a control a value and says whether the driver took it.
  package init(set: @escaping (UInt32, Int) -> Bool) { self.set = set }

  deinit { release() }

  /// Holds still what is automatic among `controls`; a second call does nothing.
  public func hold(_ controls: [CameraControl]) {
    guard undo.isEmpty else { return }
    let plan = Self.plan(controls)
    var held: Set<UInt32> = []
    for (change, back) in plan {
      guard set(change.id, change.value) else { continue }
      undo.append(back)
      held.insert(change.id)
    }
    let byId = Dictionary(controls.map { ($0.id, $0) }) { first, _ in first }
    func isStill(_ id: UInt32, manual: Int) -> Bool {
      byId[id].map { $0.value == manual || held.contains(id) } ?? false
    }
    isHeld =
      isStill(Known.autoExposure, manual: Known.manual) && isStill(Known.autoWhiteBalance, manual: 0)
  }

  /// Gives back what was, in the other order; a second call does nothing.
  public func release() {
    for change in undo.reversed() { _ = set(change.id, change.value) }
    (undo, isHeld) = ([], false)
  }

  /// What to set, each with what gives it back. A value is set after its automatic was switched off, since drivers refuse
  /// it before, and not given back: the automatic finds its own.
  static func plan(_ controls: [CameraControl]) -> [(change: Change, back: Change)] {
    let byId = Dictionary(controls.map { ($0.id, $0) }) { first, _ in first }
    var plan: [(Change, Change)] = []
    for (automatic, off, value) in [
      (Known.autoExposure, Known.manual, Known.exposure), (Known.autoWhiteBalance, 0, Known.whiteBalance),
      (Known.autoGain, 0, Known.gain),
    ] {
      guard let control = byId[automatic], !control.isReadOnly, let now = control.value, now != off,
        control.minimum <= off, control.maximum >= off
      else { continue }
      plan.append((Change(id: automatic, value: off), Change(id: automatic, value: now)))
      if let still = byId[value], !still.isReadOnly, let held = still.value {
        plan.append((Change(id: value, value: held), Change(id: value, value: held)))
      }
    }
    return plan
  }
}
