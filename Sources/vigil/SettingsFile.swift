import Foundation
import Yams

/// Reads the YAML settings file into flat text values.
enum SettingsFile {
  /// `--config`, else `VIGIL_CONFIG`, else `vigil/config.yaml` in the user's configuration folder if it exists.
  static func load(option: String?, environment: [String: String]) throws(SettingError) -> (
    path: String, values: [String: String]
  )? {
    let named = option ?? environment["VIGIL_CONFIG"]
    let path = named ?? standardPath(environment)
    guard FileManager.default.fileExists(atPath: path) else {
      guard named == nil else {
        throw SettingError(
          description: "\(path): no such settings file; check the path given by --config or VIGIL_CONFIG")
      }
      return nil
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SettingError(description: "\(path): the settings file cannot be read as UTF-8 text")
    }
    return (path, try parse(text, path: path))
  }

  /// The flat `key: value` pairs of a settings text.
  static func parse(_ text: String, path: String) throws(SettingError) -> [String: String] {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw SettingError(description: "\(path): not valid YAML: \(error)")
    }
    guard let node else { return [:] }
    guard let mapping = node.mapping else {
      throw SettingError(description: "\(path): expected lines of \"key: value\"")
    }
    var values: [String: String] = [:]
    for (key, value) in mapping {
      guard let name = key.string, let text = value.scalar?.string else {
        let line = key.mark.map { " line \($0.line)" } ?? ""
        throw SettingError(description: "\(path)\(line): expected \"key: value\" with a single value")
      }
      values[name] = text
    }
    return values
  }

  private static func standardPath(_ environment: [String: String]) -> String {
    let home = environment["HOME"] ?? "/"
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
    return folder + "/vigil/config.yaml"
  }
}
