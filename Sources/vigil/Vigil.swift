import ArgumentParser
import Capture
import Foundation
import Inference
import Launching

/// The program: one subcommand a file, `Vigil+Name.swift` or `NameCommand.swift`.
@main
struct Vigil: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil",
    abstract: "Watches a camera, a call or a recording and says whether a live, genuine person is there.",
    version: "0.1.0",
    subcommands: [
      MonitorCommand.self, CheckCommand.self, AnalyzeCommand.self, EvaluateCommand.self,
      DevicesCommand.self, LogCommand.self, CalibrateCommand.self,
      ModelsCommand.self, ConfigCommand.self, DemoCommand.self, BenchCommand.self,
      PixelBenchCommand.self, CropsCommand.self, ProbeCommand.self, DecodeChildCommand.self,
      FenceTrialCommand.self,
    ])

  /// Begins with the arguments as they are, also names that are no UTF-8.
  static func main() {
    MatrixLibrary.chooseCore()
    Launch.run(Self.self, arguments: FileName.arguments) {
      EnvironmentNames.complaint(ProcessInfo.processInfo.environment) ?? InstructionSet.problem
    }
  }
}
