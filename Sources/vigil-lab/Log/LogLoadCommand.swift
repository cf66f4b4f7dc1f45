import ArgumentParser

/// Tools for the log's own tests. A step names a moment at which the program kills itself: see `MakingStep`, `TurningStep`.
struct LogLoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Writes session logs under load, to be killed, measured, changed and verified.",
    subcommands: [
      AppendCommand.self, CutCommand.self, TurnCommand.self, BenchCommand.self, SampleCommand.self,
      DayCommand.self, FuzzRowsCommand.self, SessionCommand.self,
    ])

  struct AppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "append", abstract: "Appends until it is killed; prints the number of records on disk.")
    @Argument var log: String
    @Argument(help: "Records a second; as fast as it can when left out.") var rate: Int?
    func run() throws { try LogLoad.append(log, rate) }
  }

  struct CutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cut", abstract: "Makes the log and kills itself at a step of that.")
    @Argument var log: String
    @Argument var step: String
    func run() throws { try LogLoad.cut(log, at: step) }
  }

  struct TurnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "turn", abstract: "Goes on in another file and kills itself at a step of that.")
    @Argument var log: String
    @Argument var step: String
    func run() throws { try LogLoad.turn(log, at: step) }
  }

  struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bench", abstract: "Appends records and verifies them; writes the same into plain SQLite.")
    @Argument var log: String
    @Argument(help: "Records.") var count: Int
    func run() throws { try LogLoad.bench(log, count) }
  }

  struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sample", abstract: "Makes a log with something of everything, for attacks on it.")
    @Argument var log: String
    @Argument(help: "Files that have sessions of their own.") var files: Int
    func run() throws { try SampleLog.make(log, files: files) }
  }

  struct DayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "day", abstract: "Writes hours of a busy monitor by an injected clock, file after file.")
    @Argument var log: String
    @Argument(help: "Hours.") var hours: Int
    func run() throws { try SimulatedDay(log, hours: hours).run() }
  }

  struct FuzzRowsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fuzz", abstract: "Changes rows of a log by chance; both verifiers must answer right.")
    @Argument var folder: String
    @Argument var rows: Int
    @Argument(help: "Drawn when left out, and printed.") var seed: UInt64?
    func run() throws {
      try RowFuzzer(folder: folder, seed: seed ?? UInt64.random(in: 1...999_999)).run(rows: rows)
    }
  }

  struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "session",
      abstract: "A monitor's load, one summary a second; prints the processor time used.")
    @Argument var log: String
    @Argument(help: "Length in seconds.") var duration: Int
    func run() throws { try LogLoad.session(log, duration) }
  }
}
