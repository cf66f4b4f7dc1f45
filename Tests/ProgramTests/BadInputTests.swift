import Foundation
import Testing

/// Bad input through the whole program: one clear line, the right exit code, and the other files still done.
@Suite(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
struct BadInputTests {
  /// The line on standard error that says what, where and what to do.
  private func expectLine(_ run: ProgramRun, status: Int32, _ words: String...) {
    #expect(run.status == status, "\(run.errors)")
    for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    #expect(!run.errors.contains("Fatal error") && !run.errors.contains("Stack dump"))
  }

  private func picture(_ folder: TemporaryFolder, _ width: Int, _ height: Int) throws -> String {
    let file = folder.url.appendingPathComponent("\(width)x\(height).pgm")
    try (Data("P5\n\(width) \(height)\n255\n".utf8) + Data(repeating: 128, count: width * height)).write(
      to: file)
    return file.path
  }

  @Test func noCameraAtThePath() throws {
    expectLine(
      try ProgramRun(["monitor", "--headless", "/dev/video199"]), status: 3, "/dev/video199", "vigil devices")
  }

  @Test func aFileThatIsNotAVideo() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("notes.mp4", "this is text, not a video; it only has the name of one")
    expectLine(try ProgramRun(["analyze", file]), status: 3, file)
    expectLine(try ProgramRun(["monitor", "--headless", "--log", "none", file]), status: 3, file)
  }

  @Test func aPictureOfZeroBytesAndTheOthersAreDone() throws {
    let folder = try TemporaryFolder()
    let empty = try folder.file("empty.png", "")
    let run = try ProgramRun(["analyze", empty, try picture(folder, 64, 64)])
    expectLine(run, status: 3, empty, "0 bytes")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("\"error\"") && lines[1].contains("\"tracks\":[]"))
  }

  @Test func aPictureOfOnePixel() throws {
    let folder = try TemporaryFolder()
    let run = try ProgramRun(["analyze", try picture(folder, 1, 1)])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("\"verdict\":\"undecided\"") && run.output.contains("no_face"))
  }

  @Test func aVeryLargePicture() throws {
    let folder = try TemporaryFolder()
    let run = try ProgramRun(["analyze", try picture(folder, 16384, 16384)])
    // Whole in the file: either judged or refused by a clear line, never a crash.
    if run.status != 0 { expectLine(run, status: 3, "16384") }
    #expect(run.output.contains("\"frames\":1") || run.output.contains("\"error\""))
  }

  @Test func aTruncatedVideoKeepsWhatItHas() throws {
    let folder = try TemporaryFolder()
    let whole = folder.url.appendingPathComponent("whole.mkv")
    #expect(try ProgramRun(["demo", "--out", whole.path]).status == 0)
    let bytes = try Data(contentsOf: whole)
    let cut = folder.url.appendingPathComponent("cut.mkv")
    try bytes.prefix(bytes.count / 3).write(to: cut)
    let run = try ProgramRun(["analyze", cut.path])
    #expect(run.status == 0 || run.status == 3, "\(run.errors)")
    #expect(run.output.contains("\"frames\":1") && run.output.contains("\"path\""))
    let head = folder.url.appendingPathComponent("head.mkv")
    try bytes.prefix(300).write(to: head)
    expectLine(try ProgramRun(["analyze", head.path]), status: 3, head.path)
  }

  @Test func aModelFileWithAWrongHashOrMissing() throws {
    let folder = try TemporaryFolder()
    let models = folder.url.appendingPathComponent("Models")
    let fetched = models.appendingPathComponent("third-party")
    try FileManager.default.createDirectory(at: fetched, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Prerequisites.root.appendingPathComponent("Models/third-party.tsv"),
      to: models.appendingPathComponent("third-party.tsv"))
    let still = try picture(folder, 32, 32)
    let arguments =
      ["analyze", "--models", models.path, "--calibration"]
      + [Prerequisites.root.appendingPathComponent("Calibration").path, still]
    expectLine(try ProgramRun(arguments), status: 70, "missing", "vigil models fetch")
    for name in ["face_landmarks_detector", "face_detector", "face_detection_full_range", "face_blendshapes"]
    {
      try Data("not a network".utf8).write(to: fetched.appendingPathComponent("\(name).tflite"))
    }
    expectLine(try ProgramRun(arguments), status: 70, "SHA-256", "vigil models fetch")
  }

  @Test func aCalibrationOutOfRange() throws {
    let folder = try TemporaryFolder()
    let text = try String(
      contentsOf: Prerequisites.root.appendingPathComponent("Calibration/default.json"), encoding: .utf8)
    let bad = text.replacing(/"fake"\s*:\s*[0-9.]+/, with: "\"fake\": 7")
    #expect(bad != text)
    _ = try folder.file("default.json", bad)
    let run = try ProgramRun(
      ["analyze", "--calibration", folder.url.path, try picture(folder, 32, 32)])
    expectLine(run, status: 64, "default.json", "fake", "0.0 to 1.0")
  }

  @Test func wrongUsage() throws {
    #expect(try ProgramRun(["monitor", "--no-such-option"]).status == 64)
    #expect(try ProgramRun(["analyze"]).status == 64)
  }
}
