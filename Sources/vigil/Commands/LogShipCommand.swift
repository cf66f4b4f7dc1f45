import ArgumentParser
import Foundation
import Surroundings

/// `vigil log ship`: becomes `vigil-ship`, so that `vigil` itself runs where PostgreSQL's library is not installed.
struct LogShipCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ship",
    abstract: "Sends a log to a PostgreSQL server, exactly once: see vigil log ship --help.")
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    setenv("VIGIL_LOG", try SessionLogPlace.path(.init(environment["VIGIL_LOG"] ?? ""), environment), 1)
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let program = own.deletingLastPathComponent().appendingPathComponent("vigil-ship").path
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    execv(program, &words)
    throw Failure(
      .usage, "\(program): \(String(cString: strerror(errno))); vigil-ship must be installed beside vigil")
  }
}
