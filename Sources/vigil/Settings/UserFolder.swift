import Foundation

/// The folders of the user who runs the program. Without a home there are none, and nothing is written elsewhere.
enum UserFolder {
  /// `vigil` in the folder for state; nil when neither XDG_STATE_HOME nor HOME names a folder.
  static func state(_ environment: [String: String]) -> String? {
    folder("XDG_STATE_HOME", ".local/state", environment)
  }

  /// `vigil` in the folder for settings; nil as above.
  static func settings(_ environment: [String: String]) -> String? {
    folder("XDG_CONFIG_HOME", ".config", environment)
  }

  /// The specification of these names has relative paths ignored.
  private static func folder(_ name: String, _ standard: String, _ environment: [String: String]) -> String? {
    if let given = environment[name], given.hasPrefix("/") { return given + "/vigil" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/\(standard)/vigil"
  }
}
