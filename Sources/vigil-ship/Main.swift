import ArgumentParser
import AuditLog
import Foundation
import Launching
import LogProofs
import LogShipping
import Surroundings

/// `vigil-ship`, also `vigil log ship`: sends a session log to a PostgreSQL server.
@main
struct VigilShip: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-ship",
    abstract: "Sends a session log's records and checkpoints to a PostgreSQL server, each exactly once.",
    discussion: """
      May be stopped or killed at any moment, and so may the server: the next run goes on where the copy stands. \
      A log that was changed or rolled back since is refused. Pictures kept as evidence are not sent.

      A password belongs into ~/.pgpass, not on the command line.

      Examples:
        vigil log ship --to postgresql://kiosk7@records.example/vigil
        vigil log ship --follow --to "host=records.example dbname=vigil user=kiosk7"
        vigil log ship --verify --to postgresql://auditor@records.example/vigil

      Exit codes: 0 done, 1 the log or its copy does not verify, 3 no server or no log, 64 wrong usage.
      """, version: "0.1.0")

  @Option(name: .long, help: "The log's file. Default: the environment's VIGIL_LOG.") var log: String?
  @Option(
    name: .long, help: "The server: a connection string or URI. Default: the environment's PG… variables.")
  var to = ""
  @Flag(name: .long, help: "Goes on sending as records come, until stopped; waits for a server that is away.")
  var follow = false
  @Option(name: .long, help: "Seconds between two looks at the log, with --follow (0.1 to 3600).")
  var interval = 1.0
  @Option(name: .long, help: "Records in one transaction, at most (1 to 100000).") var batch = 1000
  @Flag(name: .long, help: "Sends nothing: checks the copy by itself, and that it is equal to the log.")
  var verify = false
  @Option(
    name: .long,
    help: "The public key for --verify: a file or its text. Default: the .pub file beside the log.")
  var key: String?

  func validate() throws {
    guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is 0.1 to 3600 seconds") }
    guard (1...100_000).contains(batch) else { throw ValidationError("--batch is 1 to 100000 records") }
    guard !(verify && follow) else { throw ValidationError("give --verify or --follow, not both") }
  }

  static func main() { Launch.run(Self.self) }

  func run() throws {
    do {
      guard let path = log ?? ProcessInfo.processInfo.environment["VIGIL_LOG"], !path.isEmpty else {
        throw ValidationError("give the log's file: --log FILE")
      }
      let history = try LogHistory(path: path)
      if verify { return try check(history, path) }
      let shipper = HistoryShipper(path: path, to: to, batch: batch)
      try follow ? forever(shipper) : StandardOutput.line("shipped: the copy has \(shipper.ship()) records")
    } catch let error as ShipError {
      Self.say("\(error)")
      if case .diverged = error { throw ExitCode(1) }
      throw ExitCode(3)
    } catch let error as LogError {
      Self.say("\(error)")
      if case .tampered = error { throw ExitCode(1) }
      throw ExitCode(3)
    } catch let error as NoteError {
      Self.say("\(error)")
      throw ExitCode(64)
    }
  }

  private func check(_ history: LogHistory, _ path: String) throws {
    let keyText: String
    let argument = key ?? path + ".pub"
    if FileManager.default.fileExists(atPath: argument) {
      keyText = try String(contentsOfFile: argument, encoding: .utf8)
    } else {
      keyText = argument
    }
    let key = try NotePublicKey(text: keyText)
    var isGood = true
    for reader in history.readers {
      let copy = try ShippedCopy(of: reader.origin, on: to)
      let report = try copy.verify(key: key)
      let differences = try copy.differences(from: reader)
      for line in report.lines { try StandardOutput.line(line) }
      try StandardOutput.line(
        differences.isEmpty
          ? "the copy is equal to the log" : "NOT EQUAL: " + differences.joined(separator: "; "))
      isGood = isGood && report.isGood && differences.isEmpty
    }
    if !isGood { throw ExitCode(1) }
  }

  /// Sends until a signal comes; what is on its way then is finished first. A kill at any moment loses nothing either.
  private func forever(_ shipper: HistoryShipper) throws {
    var pause = 0.0
    var said = ""
    Interrupts.install()
    while !Interrupts.received {
      do throws(ShipError) {
        _ = try shipper.ship()
        if !said.isEmpty { Self.say("the server is back") }
        (pause, said) = (0, "")
      } catch {
        guard case .unreachable = error else { throw error }
        if said != "\(error)" { Self.say("\(error); trying again") }
        said = "\(error)"
        pause = min(30, max(0.25, pause * 2))
      }
      Interrupts.sleep(max(interval, pause))
    }
  }

  private static func say(_ text: String) {
    StandardErrors.say(text, program: "vigil-ship")
  }
}
