import Foundation
import LogShipping
import Testing
import VigilTesting

/// Something that a test needs and could not get.
struct ServerFailure: Error, CustomStringConvertible {
  let description: String
}

/// A real PostgreSQL server of one test: made by initdb in a folder of its own, reached by a Unix socket only, run by
/// a user who is not root. Ended and removed with its owner.
final class PostgresServer {
  /// Where Debian puts the server's programs, newest version first; nil: not installed.
  static let binaries: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
      .first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
  }()

  /// Root must not run the server; the package's own user does it then.
  private static let account: (user: uid_t, group: gid_t)? =
    geteuid() == 0 ? getpwnam("postgres").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil

  /// Whether tests can have a server here.
  static let isPossible = binaries != nil && (geteuid() != 0 || account != nil)

  let folder: String
  /// Settings beside the standard ones.
  private var extra: [String] = []
  private var process: Process?

  /// The connection string.
  var target: String { "host=\(folder) dbname=postgres user=vigil" + (port.map { " port=\($0)" } ?? "") }
  private var port: String? { extra.first { $0.hasPrefix("port=") }.map { String($0.dropFirst(5)) } }

  /// A server; `prepare` may add files to its folder and settings before it starts.
  init(_ prepare: (_ folder: String) throws -> [String] = { _ in [] }) throws {
    // A socket's path is short, and the folder must be open to the other user: not under TMPDIR.
    var name = Array("/tmp/vigil-pg-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw ServerFailure(description: "no folder for the server") }
    folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if let account = Self.account { chown(folder, account.user, account.group) }
    let made = try launch(
      "initdb", ["-D", folder + "/data", "-U", "vigil", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"])
    made.waitUntilExit()
    guard made.terminationStatus == 0 else {
      throw ServerFailure(description: "initdb failed: see \(folder)")
    }
    extra = try prepare(folder)
    try start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Starts the server, also after it was killed; returns when it answers.
  func start() throws {
    try eventually("the server answers (see \(folder)/server.txt)") {
      if process?.isRunning != true {
        // Right after a kill the dead server's children may still hold its memory; then it ends and is started again.
        process = try launch(
          "postgres",
          ["-D", folder + "/data", "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=20"]
            + extra.flatMap { ["-c", $0] })
      }
      return (try? PostgresConnection(target)) != nil
    }
  }

  /// kill -9 of the server and all its processes at once.
  func kill() {
    guard let process, process.isRunning else { return }
    let server = process.processIdentifier
    for child in Self.children(of: server) + [server] { Glibc.kill(child, SIGKILL) }
    process.waitUntilExit()
  }

  /// kill -9 of one process that serves a client; the server then restarts its processes by itself. False: none.
  func killOneBackend() -> Bool {
    guard let process else { return false }
    let backend = Self.children(of: process.processIdentifier).filter { child in
      let words = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
      return words.contains("postgres: vigil")
    }.randomElement()
    guard let backend else { return false }
    return Glibc.kill(backend, SIGKILL) == 0
  }

  /// Gives a file to the server's user, who must own its key.
  static func giveToServer(_ path: String) {
    if let account { chown(path, account.user, account.group) }
  }

  private static func children(of parent: Int32) -> [Int32] {
    let path = "/proc/\(parent)/task/\(parent)/children"
    return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ").compactMap {
      Int32($0)
    }
  }

  private func launch(_ program: String, _ arguments: [String]) throws -> Process {
    guard let binaries = Self.binaries else {
      throw ServerFailure(description: "PostgreSQL is not installed")
    }
    let process = Process()
    let command = ["\(binaries)/\(program)"] + arguments
    if let account = Self.account {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      process.arguments =
        ["--reuid=\(account.user)", "--regid=\(account.group)", "--clear-groups"] + command
    } else {
      process.executableURL = URL(fileURLWithPath: command[0])
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    let notes = folder + "/server.txt"
    if access(notes, F_OK) != 0 { try Data().write(to: URL(fileURLWithPath: notes)) }
    let file = FileHandle(forWritingAtPath: notes)
    try file?.seekToEnd()
    (process.standardOutput, process.standardError) = (file, file)
    try process.run()
    return process
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs the test only where a server can be started.
  static var needsServer: Self {
    .enabled(if: PostgresServer.isPossible, "PostgreSQL's server is not installed (package postgresql)")
  }
}
