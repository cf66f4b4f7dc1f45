public import ArgumentParser
import Foundation
import Surroundings

/// The way of every program from its start to its exit code: nothing printed by strangers' rules, nothing lost.
public enum Launch {
  /// Runs the command that the arguments name and ends the process. `check` looks at the surroundings first and gives
  /// what is wrong with them.
  public static func run(
    _ root: any ParsableCommand.Type, arguments: [String]? = nil, check: () -> String? = { nil }
  ) -> Never {
    StandardStreams.prepare()
    let name = root.configuration.commandName ?? "vigil"
    var code: Int32 = 0
    do {
      if let problem = check() ?? misspelt(root) {
        StandardErrors.say(problem, program: name)
        throw ExitCode(ExitClass.usage.code)
      }
      var command = try root.parseAsRoot(arguments)
      try command.run()
    } catch { code = report(error, root, name) }
    end(code, name)
  }

  /// The same for a command that waits for others.
  public static func run(_ root: any AsyncParsableCommand.Type) async -> Never {
    StandardStreams.prepare()
    let name = root.configuration.commandName ?? "vigil"
    var code: Int32 = 0
    do {
      var command = try root.parseAsRoot()
      if var waiting = command as? any AsyncParsableCommand {
        try await waiting.run()
      } else {
        try command.run()
      }
    } catch { code = report(error, root, name) }
    end(code, name)
  }

  private static func end(_ code: Int32, _ name: String) -> Never {
    StandardOutput.finish()
    if let failure = StandardOutput.takeFailure() { StandardErrors.say("\(failure)", program: name) }
    exit(StandardOutput.hasFailed ? ExitClass.fault.code : code)
  }

  /// Prints what an error has to say, help and versions on standard output, and gives its exit code: the one place
  /// where an error becomes one.
  private static func report(_ error: any Error, _ root: any ParsableCommand.Type, _ name: String) -> Int32 {
    // Whatever a lost result led to on its way up: the loss is what is said, at the end.
    guard !StandardOutput.hasFailed else { return ExitClass.fault.code }
    if error is ExitCode { return root.exitCode(for: error).rawValue }
    let parser = root.exitCode(for: error).rawValue
    // The parser of arguments knows its own errors; one that it cannot place is ours, or nobody's.
    guard !(error is any ClassifiedError), parser != ExitCode.failure.rawValue else {
      StandardErrors.say(line(error), program: name)
      return ExitClass(of: error).code
    }
    let text = root.fullMessage(for: error)
    guard !text.isEmpty else { return parser }
    guard parser == 0 else {
      StandardErrors.lines(text)
      return parser
    }
    try? StandardOutput.text(text + "\n")
    return 0
  }

  /// An error on one line, whatever a library's message brought along.
  private static func line(_ error: any Error) -> String {
    "\(error)".split(whereSeparator: \.isNewline).joined(separator: "; ")
  }

  /// What to say of a first argument that is no command; nil when it is one, or when there are no commands.
  private static func misspelt(_ root: any ParsableCommand.Type) -> String? {
    let configuration = root.configuration
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard names.count > 1, configuration.defaultSubcommand == nil,
      let first = CommandLine.arguments.dropFirst().first,
      !first.hasPrefix("-"), !names.contains(first)
    else { return nil }
    let shown = configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .compactMap { $0.configuration.commandName }
    let near =
      NearestName.of(first, among: shown).map { "did you mean \($0)?" }
      ?? "see \(configuration.commandName ?? "") --help"
    return "\(first): no such command; \(near)"
  }
}
