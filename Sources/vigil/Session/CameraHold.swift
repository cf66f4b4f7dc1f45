import Capture
import Surroundings

/// Holds a check's camera still while the screen lights the face, and gives it back as it was.
final class CameraHold {
  private let path: String
  private let lock: LightLock
  private var isTried = false
  /// Whether exposure and white balance were both held still.
  private(set) var wasHeld = false

  /// Nil for a source that is no camera.
  init?(_ path: String?) {
    guard let path else { return nil }
    (self.path, lock) = (path, LightLock(path: path))
  }

  /// From now on; a second call does nothing. A camera that cannot be held is said, and judged as it is.
  func hold() {
    guard !isTried else { return }
    isTried = true
    do { lock.hold(try CameraControls(path: path).all()) } catch { StandardErrors.say("\(error)") }
    wasHeld = lock.isHeld
    if !wasHeld {
      StandardErrors.say(
        "\(path): exposure or white balance cannot be held still while the screen lights the face")
    }
  }

  func release() { lock.release() }
}
