import Foundation
import Yams

/// Reads the YAML settings file into flat text values.
enum SettingsFile {
  /// `--config`, else `VIGIL_CONFIG`, else `vigil/config.yaml` in the user's configuration folder if it exists.
  static func load(option: String?, environment: [String: String]) throws(SettingError) -> (
    path: String, values: [String: String], lines: [String: Int]
  )? {
    let named = option ?? environment["VIGIL_CONFIG"]
    guard let path = named ?? UserFolder.settings(environment).map({ $0 + "/config.yaml" }) else {
      return nil
    }
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
    let (values, lines) = try parse(text, path: path)
    return (path, values, lines)
  }

  /// The flat `key: value` pairs of a settings text, and the line of each key.
  static func parse(
    _ text: String, path: String
  ) throws(SettingError) -> (values: [String: String], lines: [String: Int]) {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw SettingError(description: "\(path): not valid YAML: \(error)")
    }
    guard let node else { return ([:], [:]) }
    guard let mapping = node.mapping else {
      throw SettingError(description: "\(path): expected lines of \"key: value\"")
    }
    var values: [String: String] = [:]
    var lines: [String: Int] = [:]
    for (key, value) in mapping {
      guard let name = key.string, let text = value.scalar?.string else {
        let line = key.mark.map { " line \($0.line)" } ?? ""
        throw SettingError(description: "\(path)\(line): expected \"key: value\" with a single value")
      }
      values[name] = text
      lines[name] = key.mark?.line
    }
    return (values, lines)
  }
}
