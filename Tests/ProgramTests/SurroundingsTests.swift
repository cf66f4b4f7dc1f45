import Foundation
import Testing
import VigilTesting

/// What is around the program: no home, no screen, misspelt settings, numbers that are none, signals.
@Suite struct SurroundingsTests {
  private func line(_ run: ProgramRun, _ status: Int32, _ words: String...) {
    #expect(run.status == status, "\(run.errors)")
    for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  /// Without a home nothing is written anywhere that nobody named.
  @Test func noHome() throws {
    let none = ["HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": "", "VIGIL_LOG": ""]
    #expect(try ProgramRun(["config"], environment: none).status == 0)
    line(try ProgramRun(["log", "list"], environment: none), 64, "HOME is not set", "--log FILE")
    line(try ProgramRun(["check", "--headless"], environment: none), 64, "HOME is not set", "--lock-file")
    line(try ProgramRun(["devices", "--forget"], environment: none), 64, "HOME is not set")
    line(
      try ProgramRun(["serve"], environment: none, program: "vigil-server"), 64, "HOME is not set", "--folder"
    )
    // A relative folder is none either (XDG Base Directory Specification).
    let relative = none.merging(["HOME": "here", "XDG_STATE_HOME": "there"]) { $1 }
    line(try ProgramRun(["log", "list"], environment: relative), 64, "HOME is not set")
    #expect(
      !FileManager.default.fileExists(atPath: "here") && !FileManager.default.fileExists(atPath: "there"))
  }

  @Test(arguments: ["monitor", "check"]) func noScreen(command: String) throws {
    let arguments = [command, "--log", "none"] + (command == "check" ? ["--lock-file", "none"] : [])
    let none = ["DISPLAY": "", "WAYLAND_DISPLAY": "", "XDG_RUNTIME_DIR": "", "SDL_VIDEODRIVER": ""]
    line(try ProgramRun(arguments + ["/nonexistent"], environment: none), 3, "--headless")
    let dead = none.merging(["DISPLAY": "localhost:63.0"]) { $1 }
    line(try ProgramRun(arguments + ["/nonexistent"], environment: dead), 3, "--headless")
  }

  @Test func misspeltNamesAreSaid() throws {
    for name in ["VIGIL_POLCY", "vigil_policy", "VIGIL_MAXFACES", "VIGIL_CONFIGS"] {
      line(try ProgramRun(["config"], environment: [name: "high"]), 64, name, "did you mean VIGIL_")
    }
    let foreign = try ProgramRun(["config"], environment: ["VIGIL_TEMPERATURE_OF_TEA": "1"])
    #expect(foreign.status == 0 && foreign.errors.contains("VIGIL_TEMPERATURE_OF_TEA"))
    let folder = try TemporaryFolder()
    let file = try folder.file("c.yaml", "lang: en\nmax_faces: 3\n")
    line(try ProgramRun(["config", "--config", file]), 64, "line 2", "did you mean \"max-faces\"")
    line(try ProgramRun(["analyse", "x.mp4"]), 64, "did you mean analyze")
    for name in ["avx1024", "2", "AVX2"] {
      line(try ProgramRun(["config"], environment: ["VIGIL_ISA": name]), 64, "VIGIL_ISA", name, "baseline")
    }
    #expect(try ProgramRun(["config"], environment: ["VIGIL_ISA": "baseline"]).status == 0)
  }

  @Test(arguments: [
    ["monitor", "--headless", "--seconds", "nan", "x"], ["monitor", "--headless", "--seconds", "0", "x"],
    ["monitor", "--headless", "--seconds", "inf", "x"], ["monitor", "--headless", "--seconds=-1", "x"],
    ["analyze", "--most-seconds", "nan", "x"], ["analyze", "--most-seconds", "inf", "x"],
    ["check", "--headless", "--hold", "nan"], ["calibrate", "camera", "--seconds", "nan"],
    ["evaluate", "--given", "probability", "--threshold", "nan", "x"], ["probe", "--seconds", "nan", "x"],
    ["bench", "--runs", "0", "x"], ["monitor", "--headless", "--threads", "-1", "x"],
    ["monitor", "--headless", "--metrics", "127.0.0.1:99999", "x"],
  ]) func numbersAreFiniteAndInRange(arguments: [String]) throws {
    let run = try ProgramRun(arguments)
    #expect([3, 64].contains(run.status) && run.status != 0, "\(arguments): \(run.errors)")
    #expect(!run.errors.contains("Fatal error"))
    if !arguments.contains("evaluate") { #expect(run.status == 64, "\(arguments): \(run.errors)") }
  }

  /// A terminal's commands in a name reach no terminal; a secret in an address no line.
  @Test func namesAreShownHarmless() throws {
    for arguments in [
      ["monitor", "--headless"], ["analyze"], ["evaluate"], ["calibrate", "camera"],
      ["crops", "--out", "/tmp", "--rule"],
    ] {
      let run = try ProgramRun(arguments + ["/nonexistent/\u{1B}[31m\u{9B}2J\nvigil: forged"])
      #expect(!(run.output + run.errors).contains("\u{1B}") && !(run.output + run.errors).contains("\u{9B}"))
      #expect(!run.errors.contains("\nvigil: forged"), "\(run.errors)")
    }
    for address in [
      "rtmp://u:Secr3tPw@h/x", "rtsp://u:a/Secr3tPw@h/x", "http://127.0.0.1:1/v?password=Secr3tPw",
    ] {
      for arguments in [
        ["monitor", "--headless", "--no-log"], ["analyze"], ["probe"], ["monitor", "--no-such-option"],
      ] {
        let run = try ProgramRun(arguments + [address])
        #expect(!(run.output + run.errors).contains("Secr3tPw"), "\(arguments): \(run.errors)")
        #expect(run.status != 0)
      }
    }
  }

  @Test func theListOfProcessesShowsNoPassword() throws {
    let folder = try TemporaryFolder()
    let (fifo, address) = (folder.url.appendingPathComponent("fifo").path, "http://u:Secr3tPw@127.0.0.1:1/v")
    try #require(mkfifo(fifo, 0o600) == 0)
    // Waits at the FIFO for a reader, with all arguments read.
    let program = try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path,
      ["monitor", "--headless", "--no-log", "--jsonl", fifo, address])
    func arguments() -> String {
      (try? String(contentsOfFile: "/proc/\(program.id)/cmdline", encoding: .utf8)) ?? ""
    }
    try eventually("the program hides its arguments") { arguments().contains("http://127.0.0.1:1/v") }
    #expect(!arguments().contains("Secr3tPw") && arguments().contains("--headless"))
  }
}
