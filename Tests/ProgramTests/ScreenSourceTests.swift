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
  @Test func aWindowThatClosesIsFoundAgain() throws {
    let player = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    let revival = Revival(player)
    let queue = DispatchQueue(label: "revival")
    // Again and again until the probe ends: however long it takes to start, one closing falls into its frames.
    queue.async { [screen] in
      while !revival.isOver {
        Thread.sleep(forTimeInterval: 2)
        revival.player = nil
        Thread.sleep(forTimeInterval: 0.5)
        revival.player = try? screen.player("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
      }
    }
    let result = try probe("window:with Ada", frames: 120, seconds: 110)
    revival.isOver = true
    queue.sync {}
    #expect(result.frames == 120 && result.isRedAndBlue, "\(result)")
    #expect(result.lost_events >= 1 && (result.reconnects ?? 0) >= 1)
  }

  /// The window that comes and goes; shared by two threads.
  private final class Revival: @unchecked Sendable {
    private let lock = NSLock()
    private var current: BackgroundProcess?
    private var over = false

    init(_ player: BackgroundProcess) { current = player }

    var player: BackgroundProcess? {
      get { lock.withLock { current } }
      set {
        let old = lock.withLock { () -> BackgroundProcess? in
          defer { current = newValue }
          return current
        }
        old?.end()
      }
    }

    var isOver: Bool {
      get { lock.withLock { over } }
      set { lock.withLock { over = newValue } }
    }
  }

  /// `vigil monitor` on a window, to the end of its time, with a line a second.
  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func monitorWatchesAWindow() throws {
    let player = try screen.window("Call with Ada", ["-f", "lavfi", "-i", TestPicture.filter])
    let folder = try TemporaryFolder()
    let events = folder.url.appendingPathComponent("events.jsonl").path
    let run = try ProgramRun(
      ["monitor", "--headless", "--log", "none", "--seconds", "3", "--jsonl", events, "window:with Ada"],
      environment: ["DISPLAY": screen.display])
    #expect(run.status == 0, "\(run.errors)")
    let lines = try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n")
    #expect(lines.filter { $0.contains("\"second\"") }.count >= 2)
    withExtendedLifetime(player) {}
  }
}
