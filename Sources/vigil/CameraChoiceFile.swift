import Capture
import Foundation

/// Where the chosen camera is remembered: `vigil/camera.json` in the user's state folder.
enum CameraChoiceFile {
  static var path: String {
    let environment = ProcessInfo.processInfo.environment
    let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return (state ?? (environment["HOME"] ?? "") + "/.local/state") + "/vigil/camera.json"
  }

  /// The choice; a file that holds none is told and changes nothing.
  static func read() -> CameraChoice? {
    do { return try CameraChoice.read(path) } catch {
      Notice.write(error.description)
      return nil
    }
  }

  /// Forgets the choice; without one that is done already.
  static func forget() throws {
    guard unlink(path) != 0, errno != ENOENT, errno != ENOTDIR else { return }
    throw Failure(.noInput, "\(path): cannot be removed: \(String(cString: strerror(errno)))")
  }
}
