import Foundation
import Testing

/// Encrypted pictures in the log of a monitored clip.
@Suite(.serialized, .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
struct EvidenceTests {
  @Test func picturesAreKeptWhenAskedForAndCanBeReadWithTheKeyOnly() throws {
    let folder = try TemporaryFolder()
    let (log, key, wrong) = (
      folder.url.path + "/log.sqlite", folder.url.path + "/key", folder.url.path + "/wrong"
    )
    for path in [key, wrong] {
      #expect(try ProgramRun(["log", "key", "--new-evidence-key", path]).status == 0)
    }
    let run = try ProgramRun(
      ["monitor", "--headless", "--log", log, "--evidence", key, try Fixture.demoClip()])
    #expect(run.status == 0, "\(run.errors)")
    let records = try Record.all(in: log)
    let pictures = records.filter { $0.kind == "snapshot" }
    #expect(!pictures.isEmpty && pictures.allSatisfy { $0.data["reason"] as? String == "verdict" })
    let totals = try #require(records.last?.data["totals"] as? [String: Any])
    #expect(totals["pictures_left_out"] as? Int == 0)

    // Nothing of a JPEG can be seen in the file.
    #expect(try Data(contentsOf: URL(fileURLWithPath: log)).range(of: Data("JFIF".utf8)) == nil)
    let output = folder.url.path + "/1.jpg"
    let arguments = ["log", "picture", "1", "--log", log, "--output", output, "--evidence-key"]
    let refused = try ProgramRun(arguments + [wrong])
    #expect(refused.status == 3 && refused.errors.contains("encrypted with another key"), "\(refused.errors)")
    #expect(try ProgramRun(arguments + [key]).status == 0)
    let picture = try Data(contentsOf: URL(fileURLWithPath: output))
    #expect(picture.starts(with: [0xFF, 0xD8, 0xFF]) && picture.count > 5000)

    let verify = [log, "--key", log + ".pub", "--evidence-key"]
    #expect(try ProgramRun(verify + [key], program: "vigil-verify").status == 0)
    #expect(try ProgramRun(verify + [wrong], program: "vigil-verify").status == 3)
    let erased = try ProgramRun(["log", "erase", "--log", log, "--older-than", "0"])
    #expect(erased.output == "erased \(pictures.count) pictures\n")
    let after = try ProgramRun(verify + [key], program: "vigil-verify")
    #expect(
      after.status == 0 && after.output.contains("\(pictures.count) erased on record"), "\(after.output)")
  }

  @Test func withoutBeingAskedNoPictureIsKept() throws {
    let folder = try TemporaryFolder()
    let log = folder.url.path + "/log.sqlite"
    let run = try ProgramRun([
      "monitor", "--headless", "--seconds", "3", "--log", log, try Fixture.demoClip(),
    ])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try !Record.all(in: log).contains { $0.kind == "snapshot" })
    #expect(try Data(contentsOf: URL(fileURLWithPath: log)).count < 500_000)
  }

  @Test func aKeyThatCannotBeUsedIsOneClearLine() throws {
    let folder = try TemporaryFolder()
    let open = try folder.file("open", Data(count: 32).base64EncodedString())
    chmod(open, 0o644)
    let cases: [([String], String)] = [
      (["--evidence", "/nonexistent/key"], "vigil log key --new-evidence-key"),
      (["--evidence", open], "chmod 600"),
      (["--evidence", open, "--no-log"], "does not go with --no-log"),
      (["--evidence-days", "0"], "from 1 to 3650"),
    ]
    for (arguments, words) in cases {
      let run = try ProgramRun(
        ["monitor", "--headless", try Fixture.demoClip()] + arguments,
        environment: ["VIGIL_LOG": folder.url.path + "/log.sqlite"])
      #expect(run.status == 64 && run.errors.contains(words), "\(arguments): \(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }
}
