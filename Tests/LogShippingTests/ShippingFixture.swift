import AuditLog
import Foundation
import LogProofs
import LogShipping
import Testing

/// A log in a folder of its own.
final class LocalLog {
  let folder: String
  var path: String { folder + "/log.sqlite" }

  init() throws {
    folder = NSTemporaryDirectory() + "/vigil-ship-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Adds a session with so many summaries.
  func addSession(_ count: Int) throws {
    let log = try SessionLog.open(
      SessionLogSettings(path: path), header: SessionHeader(purpose: "monitor", program: "test"))
    try log.append(
      .operatorAction(OperatorAction(action: "note", detail: "tab\t line\n slash\\ \0 عربي \"x\"")))
    for second in 0..<count {
      try log.append(
        .summary(
          SecondSummary(
            frame: UInt64(second), framesPerSecond: 30, counters: [:],
            tracks: [TrackSummary(track: 1, label: "live", readings: ["risk": .value(0.25)])])))
    }
    try log.close(SessionEnd(reason: "finished"))
  }

  func reader() throws -> LogReader { try LogReader(path: path) }

  func key() throws -> NotePublicKey {
    try NotePublicKey(text: String(contentsOfFile: path + ".pub", encoding: .utf8))
  }
}

/// A program of the package, run as a person would.
struct Program {
  let process = Process()
  private let errors: URL

  /// Starts it; its words go to a file, so that no pipe can fill.
  init(_ name: String, _ arguments: [String]) throws {
    let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let places =
      [folder.appendingPathComponent(name)]
      + [".build/release", ".build/debug"].map { URL(fileURLWithPath: $0 + "/" + name) }
    let found = places.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    let program: URL = try #require(found, "\(name) is not built")
    process.executableURL = program
    process.arguments = arguments
    errors = URL(fileURLWithPath: NSTemporaryDirectory() + "/vigil-words-" + UUID().uuidString)
    try Data().write(to: errors)
    let file = try FileHandle(forWritingTo: errors)
    (process.standardOutput, process.standardError) = (file, file)
    try process.run()
  }

  /// Waits for its end: its exit status and everything it said.
  func finish() throws -> (status: Int32, words: String) {
    process.waitUntilExit()
    let words = try String(contentsOf: errors, encoding: .utf8)
    try FileManager.default.removeItem(at: errors)
    return (process.terminationStatus, words)
  }

  /// kill -9.
  func kill() throws -> String {
    Glibc.kill(process.processIdentifier, SIGKILL)
    return try finish().words
  }
}
