import ArgumentParser
import AuditLog
import Foundation
import JSON
import LogProofs
import Surroundings

/// `vigil log`: reads, checks and keeps session logs.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Lists, shows, checks and exports session logs.",
    discussion: "Example: vigil log verify --log sessions.sqlite --checkpoint kept-elsewhere.txt",
    subcommands: [
      LogListCommand.self, LogShowCommand.self, LogFollowCommand.self, LogVerifyCommand.self,
      LogExportCommand.self, LogReportCommand.self, LogProveCommand.self, LogCheckpointCommand.self,
      LogWitnessCommand.self, LogPictureCommand.self, LogKeyCommand.self, LogEraseCommand.self,
      LogRotateCommand.self, LogPruneCommand.self, LogShipCommand.self,
    ])
}

/// Which log a command works on.
struct LogOptions: ParsableArguments {
  @Option(name: .long, help: "The log's file. Default: vigil/sessions.sqlite in the state folder.")
  var log: String?

  /// The option, else `VIGIL_LOG`, else the standard place.
  var path: String {
    get throws {
      let environment = ProcessInfo.processInfo.environment
      let setting = Settings.LogChoice(log ?? environment["VIGIL_LOG"] ?? "")
      return try SessionLogPlace.path(setting, environment)
    }
  }

  var settings: SessionLogSettings {
    get throws { SessionLogSettings(path: try path) }
  }

  /// The one file at ``path``.
  func reader() throws -> LogReader { try LogReader(path: path) }

  /// The log at ``path`` with its ended files.
  func history() throws -> LogHistory { try LogHistory(path: path) }

  /// Runs a command's body; a log's error becomes one line and the right exit code.
  static func reported(_ body: () throws -> Void) throws {
    do { try body() } catch let error as LogError {
      if case .tampered = error { throw Failure(.negative, "\(error)") }
      throw Failure(.noInput, "\(error)")
    } catch let error as NoteError {
      throw Failure(.usage, "\(error)")
    }
  }

  /// The text of a file that a person named.
  static func text(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Failure(.noInput, "\(path): cannot be read as text")
    }
    return text
  }

  /// A public key given as a file or as its text.
  static func publicKey(_ argument: String) throws -> NotePublicKey {
    let isFile = FileManager.default.fileExists(atPath: argument)
    return try NotePublicKey(text: isFile ? text(argument) : argument)
  }
}

/// `vigil log list`
struct LogListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "One line a session.")
  @OptionGroup var options: LogOptions
  @OptionGroup var check: LogCheckOptions

  func run() throws {
    try LogOptions.reported {
      let history = try options.history()
      let trust = try check.trust(in: history, options.path)
      for one in try history.sessions() {
        try StandardOutput.line(
          "\(one.session)  \(one.started)  records \(one.range)  \(one.purpose)  \(one.result)  \(one.device)"
        )
      }
      try trust.finish()
    }
  }
}

/// `vigil log show`
struct LogShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "The records of a session, one line each; a changed one begins with BAD.")
  @OptionGroup var options: LogOptions
  @OptionGroup var check: LogCheckOptions
  @Argument(help: "The session's name or its beginning. Default: the newest.") var session: String?
  @Option(name: .long, help: "Only this kind: verdict, camera, challenge, summary, ...") var kind: String?

  func run() throws {
    try LogOptions.reported {
      let history = try options.history()
      let trust = try check.trust(in: history, options.path)
      try history.forEach(session: history.session(session), kind: kind) { place, text in
        try StandardOutput.line((trust.isBad(place) ? "BAD " : "") + LogLine.text(place, text))
      }
      try trust.finish()
    }
  }
}

/// A record as one line for people.
enum LogLine {
  static func text(_ place: RecordPlace, _ body: String) -> String {
    guard let record = try? JSONParser.parse(Array(body.utf8)) else { return "\(place)  unreadable" }
    let data = record["data"].map { CanonicalJSON.text($0) } ?? ""
    return "\(place)  \(record["wall"]?.text ?? "")  \(record["kind"]?.text ?? "")  \(data)"
  }
}

/// `vigil log follow`
struct LogFollowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "follow",
    abstract: "Prints records as they are committed, until stopped or the session ends.")
  @OptionGroup var options: LogOptions
  @Flag(name: .long, help: "JSON Lines instead of lines for people.") var jsonl = false
  @Flag(name: .long, help: "Goes on after the end of a session.") var forever = false

  func run() throws {
    try LogOptions.reported {
      var reader = try options.reader()
      var file = try LogHistory(reader).files[0]
      // A log that was just made has no session yet.
      var next = try reader.sessions().last?.first ?? 0
      while true {
        var last = ""
        try reader.forEach(from: next) { number, text in
          try StandardOutput.line(jsonl ? text : LogLine.text(RecordPlace(file: file, number: number), text))
          next = number + 1
          last = (try? JSONParser.parse(Array(text.utf8)))?["kind"]?.text ?? ""
        }
        if last == "session_end", !forever { return }
        if last == "segment_end" {
          // The log goes on in another file, from its first record.
          (reader, next) = (try options.reader(), 0)
          file = try LogHistory(reader).files[0]
        } else {
          Thread.sleep(forTimeInterval: 0.25)
        }
      }
    }
  }
}

/// `vigil log verify`
struct LogVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks that nothing was changed, left out or added.")
  @OptionGroup var options: LogOptions
  @Option(name: .long, help: "The public key: a file or its text. Default: the .pub file beside the log.")
  var key: String?
  @Option(name: .long, help: "A signed checkpoint kept elsewhere (a file); may be given again.")
  var checkpoint: [String] = []
  @Option(name: .long, help: "A witness's public key: a file or its text; may be given again.")
  var witness: [String] = []
  @Option(name: .long, help: "A file of result lines of vigil check: are they signed, and in this log?")
  var result: String?

  func run() throws {
    try LogOptions.reported {
      let outside = try checkpoint.map { try SignedNote(text: LogOptions.text($0)) }
      let report = try options.history().verify(
        key: LogOptions.publicKey(key ?? options.path + ".pub"), outside: outside,
        witnesses: try witness.map(LogOptions.publicKey))
      for line in report.lines { try StandardOutput.line(line) }
      let lines = try result.map { try resultLines(LogOptions.text($0)) } ?? []
      for line in lines { try StandardOutput.line(line.text) }
      guard report.isGood, lines.allSatisfy(\.isGood) else { throw ExitCode(ExitClass.negative.code) }
    }
  }
}

extension LogVerifyCommand {
  /// What is to be said of each result line: signed by the log's key, and in the log as record so and so.
  fileprivate func resultLines(_ text: String) throws -> [ResultLines.Said] {
    let publicKey = try LogOptions.publicKey(key ?? options.path + ".pub")
    var records: [Int64: [JSONValue]] = [:]
    try options.history().forEach(kind: "check_result") { place, text in
      ResultLines.note(number: place.number, body: Array(text.utf8), in: &records)
    }
    let lines = ResultLines.check(text, keys: [publicKey], records: records)
    guard !lines.isEmpty else { throw LogError.notFound("result line of vigil check in \(result ?? "")") }
    return lines
  }
}

/// `vigil log export`
struct LogExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a session as JSON Lines (every record) or CSV (one line a track and second).")
  @OptionGroup var options: LogOptions
  @OptionGroup var check: LogCheckOptions
  @Argument(help: "The session's name or its beginning. Default: the newest.") var session: String?
  @Option(name: .long, help: "jsonl or csv.") var format = "jsonl"
  @Flag(name: .long, help: "All sessions.") var all = false

  func validate() throws {
    guard ["jsonl", "csv"].contains(format) else { throw ValidationError("--format is jsonl or csv") }
  }

  func run() throws {
    try LogOptions.reported {
      let history = try options.history()
      let trust = try check.trust(in: history, options.path)
      let one = all ? nil : try history.session(session)
      if format == "csv" { try StandardOutput.line(LogExport.header) }
      try history.forEach(session: one) { _, text in
        if format == "jsonl" {
          try StandardOutput.line(text)
        } else {
          for row in LogExport.rows(of: (try? JSONParser.parse(Array(text.utf8))) ?? .null) {
            try StandardOutput.line(row)
          }
        }
      }
      try trust.finish()
    }
  }
}

/// `vigil log prove`
struct LogProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Prints a record with the proof that it is in the log, as JSON.")
  @OptionGroup var options: LogOptions
  @Argument(help: "The record's number.") var record: Int64
  @Option(name: .long, help: "Also proves that the log of this many records is its beginning.") var older:
    Int64?

  func run() throws {
    try LogOptions.reported {
      try StandardOutput.line(CanonicalJSON.text(try options.reader().proof(of: record, older: older)))
    }
  }
}

/// `vigil log checkpoint`
struct LogCheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Prints the newest signed checkpoint, to keep elsewhere.")
  @OptionGroup var options: LogOptions

  func run() throws {
    try LogOptions.reported {
      guard let text = try options.reader().checkpoint() else { throw LogError.notFound("checkpoint yet") }
      try StandardOutput.text(text)
    }
  }
}

/// `vigil log witness`
struct LogWitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness", abstract: "Keeps a witness's cosignature of a checkpoint, after checking it.")
  @OptionGroup var options: LogOptions
  @Argument(help: "The cosigned checkpoint (a file).") var note: String
  @Option(name: .long, help: "The witness's public key: a file or its text.") var witness: String

  func run() throws {
    try LogOptions.reported {
      try LogUpkeep.addCosignature(
        SignedNote(text: LogOptions.text(note)), by: LogOptions.publicKey(witness), options.settings)
    }
  }
}

/// `vigil log key`
struct LogKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Prints the public key, makes another signing key, or makes an evidence key.")
  @OptionGroup var options: LogOptions
  @Flag(name: .long, help: "Signs with a new key from now on; a record signed by both says so.") var rotate =
    false
  @Option(name: .long, help: "Writes a new key for encrypted pictures to this file.") var newEvidenceKey:
    String?

  func run() throws {
    try LogOptions.reported {
      if let newEvidenceKey {
        try SnapshotKey().store(at: newEvidenceKey)
      } else if rotate {
        try StandardOutput.line("\(LogUpkeep.rotateKey(options.settings))")
      } else {
        try StandardOutput.line("\(LogOptions.publicKey(options.path + ".pub"))")
      }
    }
  }
}

/// `vigil log erase`
struct LogEraseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erases encrypted pictures past their time; the log stays verifiable.")
  @OptionGroup var options: LogOptions
  @Option(name: .long, help: "Erases pictures older than so many days.") var olderThan: Int

  func validate() throws {
    guard olderThan >= 0 else { throw ValidationError("--older-than is a number of days, 0 or more") }
  }

  func run() throws {
    try LogOptions.reported {
      try StandardOutput.line(
        "erased \(try LogUpkeep.erasePictures(olderThan: olderThan, options.settings)) pictures")
    }
  }
}
