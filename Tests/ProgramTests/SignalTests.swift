import Foundation
import Testing
import VigilTesting

/// Signals end sessions in order; those that were ignored when the program began stay ignored.
@Suite(
  .serialized, .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
  .enabled(if: BackgroundProcess.has("ffmpeg", "python3"), "ffmpeg or python3 is not installed"))
struct SignalTests {
  private func clip(_ folder: TemporaryFolder, seconds: Int, _ name: String) throws -> String {
    let path = folder.url.appendingPathComponent(name).path
    let maker = try BackgroundProcess(
      "ffmpeg",
      [
        "-v", "error", "-loop", "1", "-i", Prerequisites.portrait.path, "-t", "\(seconds)", "-r", "25", "-vf",
        "scale=320:-2", "-c:v", "mjpeg", path,
      ])
    try eventually("ffmpeg makes a clip") { !maker.isRunning }
    return path
  }

  /// A monitor of a camera, started by a shell that ignores `ignored`; the events file shows that it lives.
  private func monitor(
    _ folder: TemporaryFolder, _ camera: BackgroundProcess, ignoring ignored: String
  ) throws -> (program: BackgroundProcess, events: () -> Int) {
    let port = try #require(camera.firstLine().split(separator: " ").last)
    let events = folder.url.appendingPathComponent("events.jsonl").path
    let words = [
      ProgramRun.products.appendingPathComponent("vigil").path, "monitor", "--headless", "--log",
      folder.url.appendingPathComponent("log.sqlite").path, "--jsonl", events, "http://127.0.0.1:\(port)/",
    ]
    let program = try BackgroundProcess(
      "sh", ["-c", (ignored.isEmpty ? "" : "trap '' \(ignored); ") + "exec \"$@\"", "sh"] + words)
    return (
      program, { (try? String(contentsOfFile: events, encoding: .utf8))?.split(separator: "\n").count ?? 0 }
    )
  }

  private func camera(_ folder: TemporaryFolder) throws -> BackgroundProcess {
    let server = Prerequisites.root.appendingPathComponent("Tests/Servers/picture-server.py").path
    return try BackgroundProcess("python3", [server, try clip(folder, seconds: 1, "camera.mjpg")])
  }

  private func ended(_ folder: TemporaryFolder) throws -> String {
    try ProgramRun([
      "log", "show", "--kind", "session_end", "--log", folder.url.appendingPathComponent("log.sqlite").path,
    ])
    .output
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func aSignalEndsTheSession(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let camera = try camera(folder)
    // Alive to the end: it goes with its last use.
    defer { camera.end() }
    let (program, events) = try monitor(folder, camera, ignoring: "")
    try eventually("the monitor says something") { events() > 2 }
    kill(program.id, signal)
    try eventually("the monitor ends") { !program.isRunning }
    #expect(program.status == 0)
    #expect(try ended(folder).contains("interrupted"))
  }

  @Test func whatNohupIgnoresStaysIgnored() throws {
    let folder = try TemporaryFolder()
    let camera = try camera(folder)
    // Alive to the end: it goes with its last use.
    defer { camera.end() }
    let (program, events) = try monitor(folder, camera, ignoring: "HUP")
    try eventually("the monitor says something") { events() > 2 }
    kill(program.id, SIGHUP)
    // It goes on saying things after the signal: handled or not, it lives.
    let before = events()
    try eventually("the monitor goes on") { events() > before + 2 }
    #expect(program.isRunning)
    kill(program.id, SIGTERM)
    try eventually("the monitor ends") { !program.isRunning }
    #expect(program.status == 0)
  }

  @Test func anAnalysisThatIsStoppedFinishesItsSession() throws {
    let folder = try TemporaryFolder()
    let log = folder.url.appendingPathComponent("log.sqlite").path
    let program = try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path,
      ["analyze", "--each-frame", "--log", log, try clip(folder, seconds: 120, "long.mkv")])
    #expect(program.firstLine().contains("\"frame\""))
    kill(program.id, SIGTERM)
    try eventually("the analysis ends") { !program.isRunning }
    #expect(program.status == 128 + SIGTERM)
    #expect(try ended(folder).contains("interrupted"))
    #expect(try ProgramRun(["log", "verify", "--log", log]).status == 0)
  }
}
