import ArgumentParser
import AuditLog
import Foundation
import LogProofs
import Surroundings

/// `vigil log rotate`
struct LogRotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Ends the log's file and goes on in a new one; each proves that the other belongs to it.",
    discussion: """
      Sessions do this by themselves, by the settings log-rotate-mb and log-rotate-days. The ended file gets a number: \
      sessions.sqlite.000001. Example: vigil log rotate --log sessions.sqlite
      """)
  @OptionGroup var options: LogOptions

  func run() throws {
    try LogOptions.reported { try StandardOutput.line("ended: \(LogUpkeep.turn(options.settings))") }
  }
}

/// `vigil log prune`
struct LogPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract:
      "Takes ended files away, oldest first, each with a signed record of it; the rest stays verifiable.",
    discussion: """
      Sessions do this by themselves when log-keep-days or log-keep-mb is set. A file that does not verify is never \
      taken away. Example: vigil log prune --older-than 90 --archive /srv/old-logs
      """)
  @OptionGroup var options: LogOptions
  @Option(name: .long, help: "Takes away files whose last record is at least so many days old (0 to 36500).")
  var olderThan: Int?
  @Option(name: .long, help: "Takes away the oldest until all files together have at most so many MB.")
  var largerThan: Int?
  @Option(name: .long, help: "Moves them to this folder instead of deleting them.") var archive: String?

  func validate() throws {
    guard olderThan != nil || largerThan != nil else {
      throw ValidationError("give --older-than DAYS or --larger-than MB")
    }
    guard (0...36500).contains(olderThan ?? 0) else {
      throw ValidationError("--older-than is 0 to 36500 days")
    }
    guard (0...1_000_000).contains(largerThan ?? 0) else {
      throw ValidationError("--larger-than is 0 to 1000000 MB")
    }
  }

  func run() throws {
    try LogOptions.reported {
      var settings = try options.settings
      settings.segments.keepDays = olderThan
      settings.segments.keepBytes = largerThan.map { $0 << 20 }
      settings.segments.archive = archive
      let removed = try LogUpkeep.retain(settings)
      for one in removed {
        let place = one.archive.map { "moved to \($0)" } ?? "deleted"
        try StandardOutput.line(
          "file \(one.segment), \(one.last.size) records, \(one.span.from) to \(one.span.to): \(place)")
      }
      if removed.isEmpty { try StandardOutput.line("nothing to take away") }
    }
  }
}
