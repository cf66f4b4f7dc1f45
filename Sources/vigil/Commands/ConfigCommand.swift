import ArgumentParser
import Surroundings

/// `vigil config`: the settings in force and where each came from.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Prints every setting, its value and where the value came from.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    for entry in try common.settings().entries {
      try StandardOutput.line(
        "\(entry.definition.key): \(entry.value.isEmpty ? "\"\"" : entry.value)  # \(entry.origin.rawValue) (\(entry.place)); \(entry.definition.help)"
      )
    }
  }
}
