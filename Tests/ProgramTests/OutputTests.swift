import Foundation
import Testing

/// Nothing that is written is lost in silence, and nothing is replaced by a file of another kind.
@Suite struct OutputTests {
  /// Runs the program in a shell that redirects its output; `"$0"` is the program.
  private func shell(_ script: String, _ environment: [String: String] = [:]) throws -> (
    status: Int32, errors: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script, ProgramRun.products.appendingPathComponent("vigil").path]
    process.environment = ProcessInfo.processInfo.environment.merging(["VIGIL_LOG": "none"]) { $1 }
      .merging(environment) { $1 }
    let errors = Pipe()
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  /// Commands that need no network and print something, each to a full disk and to a closed descriptor.
  @Test(arguments: [
    "config", "--help", "--version", "devices", "models list", "help analyze", "log key --log \"$L\"",
  ])
  func everyCommandSaysThatItsOutputIsLost(command: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("l.pub", "vigil.log/h/1+\(key)\n")
    let log = ["L": folder.url.appendingPathComponent("l").path]
    let full = try shell("\"$0\" \(command) > /dev/full", log)
    #expect(full.status == 70, "\(full.errors)")
    #expect(full.errors.contains("standard output: the disk is full"), "\(full.errors)")
    #expect(full.errors.split(separator: "\n").count == 1)
    let closed = try shell("\"$0\" \(command) >&-", log)
    #expect(closed.status == 70, "\(closed.errors)")
    #expect(closed.errors.contains("standard output: closed"), "\(closed.errors)")
  }

  private var key: String { "ea66548d+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }

  @Test func otherProgramsToo() throws {
    for program in ["vigil-verify", "vigil-ship"] {
      let run = try shell("\"$(dirname \"$0\")/\(program)\" --help > /dev/full")
      #expect(run.status == 70, "\(program): \(run.errors)")
      #expect(run.errors.contains("\(program): standard output: the disk is full"), "\(run.errors)")
    }
  }

  @Test func aReaderThatHasGoneIsSaidAndNoSilentEnd() throws {
    let process = Process()
    process.executableURL = ProgramRun.products.appendingPathComponent("vigil")
    process.arguments = ["config"]
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try output.fileHandleForReading.close()
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 70)
    #expect(text.contains("standard output: the program that reads it has ended"), "\(text)")
  }

  @Test(
    .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
    arguments: ["jsonl", "csv", "html"])
  func resultsAreNotLost(format: String) throws {
    let run = try shell("\"$0\" analyze --format \(format) '\(Prerequisites.portrait.path)' > /dev/full")
    #expect(run.status == 70, "\(run.errors)")
    #expect(run.errors.contains("standard output: the disk is full"))
  }

  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func outputsStayWhatTheyAre() throws {
    let folder = try TemporaryFolder()
    let portrait = Prerequisites.portrait.path
    func place(_ name: String) -> String { folder.url.appendingPathComponent(name).path }
    func kind(_ name: String) -> mode_t {
      var status = stat()
      return lstat(place(name), &status) == 0 ? status.st_mode & S_IFMT : 0
    }
    for (number, option) in [("1", "landmarks"), ("2", "jsonl")] {
      _ = try folder.file("target" + number, "old")
      symlink("target" + number, place("link" + number))
      let arguments =
        option == "landmarks"
        ? ["analyze", "--landmarks", place("link1"), portrait]
        : ["monitor", "--headless", "--no-log", "--jsonl", place("link2"), portrait]
      let run = try ProgramRun(arguments)
      #expect(run.status == 0, "\(run.errors)")
      #expect(kind("link" + number) == S_IFLNK)
      #expect(try String(contentsOfFile: place("target" + number), encoding: .utf8).count > 20)
    }
    let labels = try folder.file("L.tsv", "path\tlabel\tprobability\na\tfake\t0.9\nb\treal\t0.1\n")
    for option in ["--json", "--html"] {
      _ = try folder.file("page", "old")
      symlink("page", place("shown"))
      let run = try ProgramRun(["evaluate", "--given", "probability", option, place("shown"), labels])
      #expect(run.status == 0 && kind("shown") == S_IFLNK, "\(run.errors)")
      let full = try ProgramRun(["evaluate", "--given", "probability", option, "/dev/full", labels])
      #expect(full.status == 70 && full.errors.contains("/dev/full: the disk is full"), "\(full.errors)")
      unlink(place("shown"))
    }
    for arguments in [
      ["monitor", "--headless", "--no-log", "--jsonl", "/dev/full", portrait],
      ["analyze", "--landmarks", "/dev/full", portrait],
    ] {
      let run = try ProgramRun(arguments)
      #expect(run.status == 70 && run.errors.contains("/dev/full: the disk is full"), "\(run.errors)")
    }
  }

  /// One way out: no source of a program writes to the standard streams or makes output files in its own way.
  @Test func sourcesHaveOneWayOut() throws {
    let root = Prerequisites.root.appendingPathComponent("Sources")
    let words = [
      "print(", "FileHandle.standardOutput", "standardError.write", "createFile(atPath", "fputs(",
      "options: .atomic",
    ]
    var found: [String] = []
    for program in [
      "vigil", "vigil-verify", "vigil-ship", "vigil-server", "Capture", "IdentityCheck", "Reports",
    ] {
      let folder = root.appendingPathComponent(program)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        for word in words where text.contains(word) { found.append("\(program)/\(name): \(word)") }
      }
    }
    #expect(found.isEmpty, "\(found)")
  }
}
