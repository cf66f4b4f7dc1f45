import AuditLog
import Foundation
import Surroundings

/// Where session logs lie.
enum SessionLogPlace {
  /// The file for a setting: the one it names, or `vigil/sessions.sqlite` in the user's state folder.
  static func path(_ setting: Settings.LogChoice, _ environment: [String: String]) throws -> String {
    if case .file(let path) = setting { return path }
    guard let folder = UserFolder.state(environment) else {
      throw Failure(
        .usage, "no home folder (HOME is not set) to keep the session log in; give a file with --log FILE")
    }
    return folder + "/sessions.sqlite"
  }

  /// The file to write for a setting, with the folder of the standard place made; nil: no log is wanted.
  static func prepared(
    _ setting: Settings.LogChoice, _ environment: [String: String]
  ) throws -> String? {
    guard setting != .none else { return nil }
    let path = try path(setting, environment)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if setting == .standard {
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      } catch {
        throw Failure(
          .usage,
          "\(folder): the folder of session logs cannot be made; give another file with --log, or --log none")
      }
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      let reason = String(cString: strerror(errno))
      throw Failure(
        .usage,
        "\(path): the session log cannot be written: \(folder): \(reason); give another file with --log")
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw Failure(.usage, "\(path): no plain file, so no session log; give another file with --log")
    }
    return path
  }
}
