import Foundation
import Testing

/// `vigil check` as a program: exit codes, lines, the lock, the hook. What a camera sees is played in KioskTests.
@Suite struct CheckTests {
  @Test func wrongUsageIsNamed() throws {
    for (arguments, word) in [
      (["--without", "dance"], "mouth_open"), (["--on-timeout", "maybe"], "undecided, fail"),
      (["--hold", "100"], "0 to 60"),
      (
        ["--headless"]
          + ["blink", "nod", "closer", "turn_left", "turn_right", "look_up", "tilt_left", "tilt_right"]
          .flatMap {
            ["--without", $0]
          },
        "needs two"
      ),
      (["--headless", "--lock-file", "none", "--socket", String(repeating: "s", count: 200)], "107 bytes"),
    ] {
      let run = try ProgramRun(["check"] + arguments)
      #expect(run.status == 64, "\(arguments): \(run.errors)")
      #expect(run.errors.contains(word), "\(arguments): \(run.errors)")
    }
  }

  @Test func anUnreadableSourceIsNoInput() throws {
    let run = try ProgramRun(["check", "--headless", "--lock-file", "none", "/nonexistent/camera"])
    // Without the networks the program ends earlier, with a fault of its installation.
    #expect([3, 70].contains(run.status), "\(run.status) \(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test func aLockedKioskOutlivesARestartAndTellsTheHook() throws {
    let folder = try TemporaryFolder()
    let now = Date().timeIntervalSince1970
    let lock = try folder.file("lock.json", "{\"times\":[],\"lockedAt\":\(now - 10)}")
    let told = folder.url.appendingPathComponent("told.json").path
    let run = try ProgramRun(
      ["check", "--headless", "--lock-file", lock, "--on-result", "cat > '\(told)'; echo $VIGIL_OUTCOME"])
    #expect(run.status == 2)
    #expect(run.output.contains("\"outcome\":\"locked\""))
    #expect(run.errors.contains("locked"))
    #expect(try String(contentsOfFile: told, encoding: .utf8) == run.output)
  }

  @Test func aDamagedLockIsNoOpenDoor() throws {
    let folder = try TemporaryFolder()
    let run = try ProgramRun(["check", "--headless", "--lock-file", try folder.file("lock.json", "{{")])
    #expect(run.status == 70)
    #expect(run.errors.contains("damaged"))
  }

  @Test func aFailingHookIsToldAndChangesNothing() throws {
    let folder = try TemporaryFolder()
    let lock = try folder.file("l.json", "{\"times\":[],\"lockedAt\":\(Date().timeIntervalSince1970)}")
    let run = try ProgramRun(["check", "--headless", "--lock-file", lock, "--on-result", "exit 9"])
    #expect(run.status == 2)
    #expect(run.errors.contains("ended with 9"))
  }

  @Test func calibratingNeedsASoundSourceAndTime() throws {
    let short = try ProgramRun(["calibrate", "camera", "--seconds", "1"])
    #expect(short.status == 64)
    #expect(short.errors.contains("5 to 600"))
    let none = try ProgramRun(["calibrate", "camera", "/nonexistent/camera"])
    // Without the networks the program ends earlier, with a fault of its installation.
    #expect([3, 70].contains(none.status), "\(none.status) \(none.errors)")
  }

  /// A picture is no person: the check must end, named, without a pass.
  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func aStillPictureDoesNotPass() throws {
    let run = try ProgramRun(
      ["check", "--headless", "--lock-file", "none", "--log", "none", Prerequisites.portrait.path])
    #expect(run.status == 2 || run.status == 1, "\(run.errors)")
    let last = try #require(run.output.split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    #expect(object?["decision"] as? String != "pass")
    #expect(object?["outcome"] as? String == "camera_lost")
    #expect((object?["models"] as? [String])?.isEmpty == false)
  }
}
