import ArgumentParser
import AuditLog
import Foundation
import Reports
import Surroundings
import Wording

/// `vigil log report`
struct LogReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a session as one HTML page, or compares weeks of each camera (--all).",
    discussion: "Example: vigil log report --lang ar --output report.html")
  @OptionGroup var options: LogOptions
  @Argument(help: "The session's name or its beginning. Default: the newest.") var session: String?
  @Option(name: .long, help: "en or ar.") var lang = "en"
  @Option(name: .shortAndLong, help: "The page's file. Default: standard output.") var output: String?
  @Option(name: .long, help: "The public key: a file or its text. Default: the .pub file beside the log.")
  var key: String?
  @Flag(name: .long, help: "All sessions: has a camera or a network drifted between weeks?") var all = false

  func validate() throws {
    guard Language(rawValue: lang) != nil else { throw ValidationError("--lang is en or ar") }
  }

  func run() throws {
    try LogOptions.reported {
      let history = try options.history()
      let verification = try history.verify(key: LogOptions.publicKey(key ?? options.path + ".pub"))
      let trust = try LogTrust(path: options.path, report: verification)
      if all {
        try compareWeeks(history)
        return try trust.finish()
      }
      let page = try LogPage.html(
        history, session: history.session(session), verification: verification,
        language: Language(rawValue: lang) ?? .english)
      if let output {
        try OutputFile.write(Array(page.utf8), to: output)
      } else {
        try StandardOutput.text(page)
      }
      try trust.finish()
    }
  }

  private func compareWeeks(_ history: LogHistory) throws {
    let report = try DriftReport(history)
    if report.lines.isEmpty {
      try StandardOutput.line(
        "nothing to compare: no camera has two weeks, and no two cameras have the same week, "
          + "with \(DriftReport.fewest) numbers each")
    }
    for line in report.lines {
      let index = String(format: "%.3f", line.index)
      try StandardOutput.line(
        "\(line.word)  \(line.camera)  \(line.reading)  week of \(line.week) against \(line.baseline)  PSI \(index)  (\(line.count) numbers)"
      )
    }
    if !report.lines.isEmpty, report.conclusions.isEmpty { try StandardOutput.line("nothing has drifted") }
    for conclusion in report.conclusions { try StandardOutput.line("DRIFT: \(conclusion)") }
  }
}
