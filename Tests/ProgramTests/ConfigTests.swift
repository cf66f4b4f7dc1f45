import Testing

@Suite struct ConfigTests {
  @Test func everySettingIsPrintedWithItsOrigin() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("c.yaml", "max-faces: 4\nscore-every: 7\n")
    let run = try ProgramRun(
      ["config", "--config", file, "--policy", "high"], environment: ["VIGIL_SCORE_EVERY": "9"])
    #expect(run.status == 0)
    #expect(run.output.contains("max-faces: 4  # file (\(file))"))
    #expect(run.output.contains("score-every: 9  # environment (VIGIL_SCORE_EVERY)"))
    #expect(run.output.contains("policy: high  # command line (--policy)"))
    #expect(run.output.contains("threads: 1  # default"))
  }

  @Test(arguments: [
    ("unknown: 1\n", "unknown"), ("max-faces: 99\n", "from 1 to 16"), ("max-faces: [1]\n", "single value"),
    ("- 1\n", "key: value"), ("a: [\n", "not valid YAML"),
  ]) func badFilesAreNamed(text: String, expected: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("c.yaml", text)
    let run = try ProgramRun(["config", "--config", file])
    #expect(run.status == 64)
    #expect(run.errors.contains(file))
    #expect(run.errors.contains(expected))
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test func missingNamedFileIsAnError() throws {
    let run = try ProgramRun(["config", "--config", "/nonexistent/c.yaml"])
    #expect(run.status == 64)
    #expect(run.errors.contains("/nonexistent/c.yaml"))
  }

  @Test func environmentOutOfRangeIsNamed() throws {
    let run = try ProgramRun(["config"], environment: ["VIGIL_MAX_FACES": "0"])
    #expect(run.status == 64)
    #expect(run.errors.contains("VIGIL_MAX_FACES"))
  }

  @Test func wrongUsageIs64() throws {
    #expect(try ProgramRun(["no-such-command"]).status == 64)
    #expect(try ProgramRun(["--version"]).output.contains("."))
  }
}
