import ArgumentParser

/// Checks of the network readers and operators that are too long, or need too much, for the tests.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Checks the network readers and operators.",
    subcommands: [CasesCommand.self, CompareCommand.self, FuzzCommand.self, ServeCommand.self])
}
