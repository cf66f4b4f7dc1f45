import ArgumentParser
import Inference

/// Long measurements and tools for tests, which no user of the monitor needs: simulated checks, the log under load, the
/// readers of networks.
@main
struct VigilLab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-lab", abstract: "Long measurements of Vigil, and tools for its tests.",
    subcommands: [RehearseCommand.self, LogLoadCommand.self, ModelsCommand.self, LipsCommand.self])

  static func main() {
    MatrixLibrary.chooseCore()
    guard let problem = InstructionSet.problem else { return main(nil) }
    exit(withError: ValidationError(problem))
  }
}
