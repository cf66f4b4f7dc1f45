import ArgumentParser

/// Checks of the network readers and operators that are too long, or need too much, for the tests.
@main
struct ModelsProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-models", abstract: "Checks the network readers and operators.",
    subcommands: [CasesCommand.self, CompareCommand.self, FuzzCommand.self, ServeCommand.self])
}
