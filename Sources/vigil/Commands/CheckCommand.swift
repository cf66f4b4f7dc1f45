import ArgumentParser
import AuditLog
import Calibration
import Capture
import Foundation
import IdentityCheck
import Observations
import Overlay
import Pipeline
import Surroundings

/// `vigil check`: one identity check at a kiosk.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks once whether a live person stands there: random gestures, then pass or fail.",
    discussion: """
      The person is asked for gestures in a random order; passive cues (spoof, forgery, injection) are watched \
      throughout. The result is one JSON line on standard output, with --headless also every prompt. Exit codes: 0 \
      pass, 1 fail, 2 undecided, timed out or locked, 3 no usable camera.

      Five failures in three minutes lock the kiosk for five minutes, across restarts. A check that is called off, or \
      that the person walks away from, counts as a failure with the policies standard and high.

      The result line carries time, session, nonce and the number of the log's record, and the log's key signs it: see \
      docs/audit.md, and vigil log verify --result.

      With --light the window lights the face at the end in colours drawn at random, at most three changes a second and \
      never saturated red; the person is told before and can refuse, and the answer is compared with what was shown. \
      With policy high only a right answer passes then. Measured on simulated light alone: see docs/light.md.

      Examples:
        vigil check
        vigil check --policy high --on-timeout fail /dev/video2
        vigil check --lang ar --without nod --without turn_left
        vigil check --headless --on-result 'curl -d @- https://kiosk.example/result'
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Run without a window; prompts are JSON lines on standard output.") var headless = false
  @Flag(help: "Use a window instead of the full screen.") var windowed = false
  @Option(
    help:
      "What a check that was begun and not finished (too late, camera or face gone) means: undecided or fail.",
    transform: { try Self.word($0, of: TimeoutRule.allCases) })
  var onTimeout = TimeoutRule.undecided
  @Option(
    help:
      "A gesture that this person cannot do; may be given several times (\(Self.list(Gesture.allCases))).",
    transform: { try Self.word($0, of: Gesture.allCases) })
  var without: [Gesture] = []
  @Flag(help: "Black, white and yellow only, with thicker lines.") var highContrast = false
  @Flag(help: "Larger words and a smaller picture.") var largeText = false
  @Flag(help: "Light the face with the window in random colours at the end; it can be refused.")
  var light = false
  @Flag(help: "The camera itself turns its picture left to right.") var mirrored = false
  @Option(help: "A command for /bin/sh that gets the result as JSON on its standard input.") var onResult:
    String?
  @Option(
    help: "A Unix socket to make, for the program that embeds the kiosk: every line goes to its clients.")
  var socket: String?
  @Option(help: "A word of the embedding program that the result repeats, so that an old result is known.")
  var nonce: String?
  @Option(help: "Where failures are counted across restarts; empty: in the state folder; none: nowhere.")
  var lockFile = ""
  @Option(help: "Seconds that the result stays on the screen (0 to 60).") var hold = 4.0
  @Option(help: "Makes the challenge repeatable, hence foreseeable: for tests only.") var seed: UInt64?
  @Argument(help: "Camera; a recording or - for trying out.") var source: String?

  func validate() throws {
    try GivenNumber.check(hold, "--hold", in: 0...60, "seconds")
    guard !light || !headless else {
      throw ValidationError("--light needs the window, so it does not go with --headless")
    }
    guard let nonce else { return }
    guard (1...128).contains(nonce.utf8.count), nonce.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ValidationError("--nonce: give 1 to 128 letters, digits and signs of ASCII")
    }
  }

  func run() throws {
    Interrupts.install()
    let settings = try common.settings()
    let snapshotKey = try SnapshotKeeper.key(settings)
    let policy = settings.policy
    // A wrong wish is reported before anything is opened, and what can fail fails before the first prompt.
    _ = try session(policy, CheckLimits(), nil)
    try StandardOutput.requireOpen()
    let lock = try LockoutFile(setting: lockFile)
    let output = CheckOutput(
      socket: try socket.map { try EventSocket($0) }, detail: headless ? .everything : .result, nonce: nonce)
    let look = KioskLook(
      language: OverlaySettings.options(settings).language, isHighContrast: highContrast,
      isLargeText: largeText, mirrors: !mirrored)
    let window = headless ? nil : try KioskSink(look, fullScreen: !windowed)
    if let seconds = try lock.remaining() {
      try window?.showLocked(seconds, hold: hold)
      return try refuse(seconds, settings, output)
    }
    let assembly = try Assembly(settings)
    let opened = try Assembly.open(source)
    if opened.description.kind != .live {
      StandardErrors.say("a recording cannot answer prompts; this is a trial")
    }
    let session = try session(
      policy, CameraProfileFile.limits(assembly, camera: opened.description.name),
      try lightPlan(policy, assembly))
    if seed != nil { StandardErrors.say("with --seed the challenge can be foreseen; for tests only") }
    let perception = try assembly.perception(pace: .besides, isStill: false)
    let recorder = try assembly.recorder(
      purpose: "check", source: opened.description, argument: source, models: perception.models)
    output.provenance = assembly.provenance(perception)
    let keeper = SnapshotKeeper(snapshotKey, recorder)
    let check = CheckSink(
      CheckConductor(session, isLive: opened.description.kind == .live), window: window, output: output,
      records: SessionCheckRecords(recorder: recorder), snapshots: keeper,
      light: CheckLight(mirrored: mirrored, hold: CameraHold(opened.devicePath)))
    // However the check ends, by a signal too: the camera is given back as it was.
    defer { check.light.hold?.release() }
    // The log stays open: the result is signed in it.
    let sinks: [(any ReportSink)?] = [check, keeper, LogSink(recorder, isRecording: false, closes: false)]
    let driver = SessionDriver(
      LiveSession(source: opened, analyzer: perception), sinks.compactMap(\.self))
    try recorder.closingOnFailure {
      try lock.begin(counts: policy.countsCallingOff)
      do {
        try output.start(policy: policy, onTimeout: onTimeout, steps: check.conductor.progress.of)
        try driver.run()
      } catch {
        // The machine's fault, not the person's.
        try lock.end(.undecided)
        throw error
      }
    }
    let result = check.conductor.result
    let ending = result.map { CheckEnding.finished($0, policy, onTimeout) } ?? .cancelled
    try conclude(ending, output, recorder) {
      try lock.end(ending.decision, isCalledOff: ending.isCalledOff)
      if let result { try window?.showResult(result, hold: hold) }
    }
  }

  /// A locked kiosk refuses; the log says so too.
  private func refuse(_ seconds: Double, _ settings: Settings, _ output: CheckOutput) throws {
    let path = try SessionLogPlace.prepared(settings.log, ProcessInfo.processInfo.environment)
    let recorder = try SessionRecorder(
      path: path, header: SessionHeader(purpose: "check", program: Program.version), isLive: true)
    try conclude(.locked(seconds), output, recorder) {}
  }

  /// The signed result, the end of the session, the last line, the hook, and the exit code. A result is printed even
  /// when something else fails on the way; then the exit code says so.
  private func conclude(
    _ ending: CheckEnding, _ output: CheckOutput, _ recorder: SessionRecorder, _ before: () throws -> Void
  ) throws {
    var problem: (any Error)?
    func attempt(_ step: () throws -> Void) {
      do { try step() } catch { problem = problem ?? error }
    }
    let (line, unsigned) = output.result(ending) { try recorder.attest($0) }
    problem = unsigned
    attempt { try recorder.close(ending.outcome, result: ending.decision.rawValue) }
    attempt(before)
    attempt { try output.say(result: line) }
    if let onResult { ResultHook(command: onResult).run(line, ending) }
    if let problem { throw problem }
    guard ending.status != .done else { return }
    throw ExitCode(ending.status.code)
  }

  /// The light challenge, when it is wished for. Not on by itself in policy high: docs/measurements/light.md says why.
  private func lightPlan(_ policy: Policy, _ assembly: Assembly) throws -> LightPlan? {
    guard light else { return nil }
    let file = assembly.calibrationFile.deletingLastPathComponent().appendingPathComponent("light.json")
    let limits: LightLimits
    do { limits = try LightLimits(path: file.path) } catch { throw Failure(.usage, "\(error)") }
    var generator = seed.map { ChaChaGenerator(seed: $0 &+ 1) } ?? .unpredictable()
    return LightPlan(LightSequence(using: &generator), limits, policy == .high ? .required : .wanted)
  }

  private func session(
    _ policy: Policy, _ standard: CheckLimits, _ light: LightPlan?
  ) throws -> CheckSession {
    var generator = seed.map { ChaChaGenerator(seed: $0) } ?? .unpredictable()
    let allowed = Set(Gesture.allCases).subtracting(without)
    guard let plan = ChallengePlan(policy: policy, allowed: allowed, using: &generator) else {
      throw Failure(.usage, "--without leaves \(allowed.count) of the gestures; a check needs two")
    }
    var limits = standard
    limits.mirrored = mirrored
    return CheckSession(plan: plan, policy: policy, onTimeout: onTimeout, limits: limits, light: light)
  }

  private static func list(_ words: [some RawRepresentable<String>]) -> String {
    words.map(\.rawValue).joined(separator: ", ")
  }

  private static func word<Word: RawRepresentable<String>>(_ text: String, of words: [Word]) throws -> Word {
    guard let word = words.first(where: { $0.rawValue == text }) else {
      throw ValidationError("\(text): give one of \(list(words))")
    }
    return word
  }
}
