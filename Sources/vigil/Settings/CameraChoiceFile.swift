import Capture
import Foundation
import Surroundings

/// Where the chosen camera is remembered: `camera.json` in the user's state folder.
enum CameraChoiceFile {
  private static var place: String? {
    UserFolder.state(ProcessInfo.processInfo.environment).map { $0 + "/camera.json" }
  }

  /// The file; throws when there is no home folder.
  static var path: String {
    get throws {
      guard let place else {
        throw Failure(.usage, "no home folder (HOME is not set) to remember a camera in; set XDG_STATE_HOME")
      }
      return place
    }
  }

  /// The choice; a file that holds none is said and changes nothing.
  static func read() -> CameraChoice? {
    guard let place else { return nil }
    do { return try CameraChoice.read(place) } catch {
      StandardErrors.say(error.description)
      return nil
    }
  }

  /// Forgets the choice; without one that is done already.
  static func forget() throws {
    let path = try path
    guard unlink(path) != 0, errno != ENOENT, errno != ENOTDIR else { return }
    throw Failure(.noInput, "\(path): cannot be removed: \(String(cString: strerror(errno)))")
  }
}
