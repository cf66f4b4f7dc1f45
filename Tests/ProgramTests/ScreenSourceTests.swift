import Foundation
import Testing
import VigilTesting

/// A screen without a monitor and windows on it.
private final class TestScreen: Sendable {
  let server: BackgroundProcess
  let display: String

  init() throws {
    server = try BackgroundProcess(
      "Xvfb", ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
    display = ":" + server.firstLine()
  }

  /// Red, green and blue of one pixel of the screen; empty when the tool cannot read it.
  private func pixel(_ x: Int, _ y: Int) throws -> [UInt8] {
    let reader = Process()
    let output = Pipe()
    reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    reader.arguments = ["import", "-window", "root", "-crop", "1x1+\(x)+\(y)", "-depth", "8", "rgb:-"]
    reader.environment = ProcessInfo.processInfo.environment.merging(["DISPLAY": display]) { $1 }
    reader.standardOutput = output
    reader.standardError = FileHandle.nullDevice
    try reader.run()
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    reader.waitUntilExit()
    return bytes
  }

  /// Starts a player that opens a window at 100, 50.
  func player(_ title: String, _ input: [String]) throws -> BackgroundProcess {
    try BackgroundProcess(
      "ffplay",
      ["-v", "error", "-noborder", "-left", "100", "-top", "50", "-window_title", title] + input,
      environment: ["DISPLAY": display, "SDL_AUDIODRIVER": "dummy"])
  }

  /// A window of a player at 100, 50; returns when its picture is on the screen.
  func window(_ title: String, _ input: [String]) throws -> BackgroundProcess {
    let player = try player(title, input)
    try eventually("the player shows its picture") {
      let colour = try pixel(140, 170)
      return colour.count == 3 && colour[0] > 200 && colour[2] < 60
    }
    return player
  }
}

/// The screen, a rectangle of it and windows, under Xvfb, through the program.
@Suite(
  .serialized,
  .enabled(if: TestPicture.tools && BackgroundProcess.has("import"), .init(rawValue: TestPicture.noTools)))
struct ScreenSourceTests {
  private let screen: TestScreen

  init() throws { screen = try TestScreen() }

  private func probe(_ source: String, frames: Int = 20, seconds: Int = 110) throws -> ProbeResult {
    try ProbeResult(
      ProgramRun(
        ["probe", "--frames", "\(frames)", "--seconds", "\(seconds)", source],
        environment: ["DISPLAY": screen.display]))
  }

  @Test func wholeScreenRectangleAndWindow() throws {
    let player = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    let whole = try probe("screen")
    #expect(whole.frames == 20 && whole.size == "1280x800", "\(whole)")
    for source in ["screen:320x240+100+50", "window:with Ada"] {
      let part = try probe(source)
      #expect(part.frames == 20 && part.size == "320x240" && part.isRedAndBlue, "\(source): \(part)")
    }
    withExtendedLifetime(player) {}
  }

  @Test func whatCannotBeSeenIsSaid() throws {
    #expect(try probe("window:no such title").error?.contains("no window") == true)
    #expect(try probe("screen:100x100+5000+5000").error?.contains("nothing of it") == true)
    let run = try ProgramRun(["probe", "screen:axb"])
    #expect(run.status == 3 && run.output.contains("screen:WxH+X+Y"))
    let blind = try ProgramRun(["probe", "screen"], environment: ["DISPLAY": ":9999"])
    #expect(blind.status == 3 && blind.output.contains("DISPLAY"))
  }

  /// A call's window that closes is looked for, and found when it is there again.
  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func aWindowThatClosesIsFoundAgain() throws {
    let folder = try TemporaryFolder()
    let log = folder.url.path + "/log.sqlite"
    let player = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    let (program, seconds) = try monitor(folder, log: log)
    func onRecord(_ event: String) -> Bool {
      ((try? Record.all(in: log)) ?? []).contains {
        $0.kind == "camera" && $0.data["event"] as? String == event
      }
    }
    try eventually("the monitor sees the window") { seconds() > 0 }
    player.end()
    try eventually("the loss is on record") { onRecord("lost") }
    let next = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    try eventually("the return is on record") { onRecord("reconnected") }
    let before = seconds()
    try eventually("the monitor sees the window again") { seconds() > before }
    kill(program.id, SIGTERM)
    program.wait()
    #expect(program.status == 0)
    withExtendedLifetime(next) {}
  }

  /// `vigil monitor` on a window says something every second.
  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func monitorWatchesAWindow() throws {
    let player = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    let folder = try TemporaryFolder()
    let (program, seconds) = try monitor(folder, log: "none")
    try eventually("two seconds are reported") { seconds() >= 2 }
    kill(program.id, SIGTERM)
    program.wait()
    #expect(program.status == 0)
    withExtendedLifetime(player) {}
  }

  /// A monitor of the call's window, and how many seconds it has reported.
  private func monitor(
    _ folder: TemporaryFolder, log: String
  ) throws -> (program: BackgroundProcess, seconds: () -> Int) {
    let events = folder.url.appendingPathComponent("events.jsonl").path
    let program = try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path,
      ["monitor", "--headless", "--log", log, "--jsonl", events, "window:with Ada"],
      environment: ["DISPLAY": screen.display])
    return (
      program,
      {
        let text = (try? String(contentsOfFile: events, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count { $0.contains("\"second\"") }
      }
    )
  }
}
