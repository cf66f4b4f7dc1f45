import ArgumentParser
import Capture
import Challenge
import Foundation
import Kiosk
import Pipeline

/// `vigil check`: one identity check at a kiosk.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks once whether a live person stands there: random gestures, then pass or fail.",
    discussion: """
      The person is asked for gestures in a random order; passive cues (spoof, forgery, injection) are watched \
      throughout. The result is one JSON line on standard output, with --headless also every prompt. Exit codes: 0 \
      pass, 1 fail, 2 undecided, timed out or locked, 3 no usable camera.

      Five failures in three minutes lock the kiosk for five minutes, across restarts.

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
    help: "What a gesture that is not done in time means: undecided or fail.",
    transform: { try Self.word($0, of: TimeoutRule.allCases) })
  var onTimeout = TimeoutRule.undecided
  @Option(
    help:
      "A gesture that this person cannot do; may be given several times (\(Self.list(Gesture.allCases))).",
    transform: { try Self.word($0, of: Gesture.allCases) })
  var without: [Gesture] = []
  @Flag(help: "The camera itself turns its picture left to right.") var mirrored = false
  @Option(help: "A command for /bin/sh that gets the result as JSON on its standard input.") var onResult:
    String?
  @Option(
    help: "A Unix socket to make, for the program that embeds the kiosk: every line goes to its clients.")
  var socket: String?
  @Option(help: "Where failures are counted across restarts; empty: in the state folder; none: nowhere.")
  var lockFile = ""
  @Option(help: "Seconds that the result stays on the screen (0 to 60).") var hold = 4.0
  @Option(help: "Makes the challenge repeatable, hence foreseeable: for tests only.") var seed: UInt64?
  @Argument(help: "Camera; a recording or - for trying out.") var source: String?

  func run() throws {
    // Also keeps a hook or a client that does not listen from ending the program.
    Interrupts.install()
    try Failure.reported {
      let settings = try common.settings()
      let evidenceKey = try EvidenceKeeper.key(settings)
      guard (0...60).contains(hold) else { throw Failure(.usage, "--hold \(hold): give 0 to 60 seconds") }
      let policy = CheckPolicy(rawValue: settings["policy"]) ?? .standard
      // A wrong wish is told before anything is opened.
      _ = try session(policy, CheckLimits())
      let lock = try LockoutFile(setting: lockFile)
      let output = CheckOutput(
        socket: try socket.map { try EventSocket($0) }, told: headless ? .everything : .result)
      let window =
        headless ? nil : try KioskSink(settings: settings, fullScreen: !windowed, mirrored: mirrored)
      if let seconds = try lock.remaining() {
        try window?.showLocked(seconds, hold: hold)
        try end(.locked(seconds), output)
      }
      let assembly = try Assembly(settings)
      let opened = try Assembly.open(source)
      if opened.description.kind != .live {
        Notice.write("a recording cannot answer prompts; this is a trial")
      }
      let session = try session(
        policy, CameraProfileFile.limits(assembly, camera: opened.description.name))
      if seed != nil { Notice.write("with --seed the challenge can be foreseen; for tests only") }
      let perception = try assembly.perception(pace: .besides, isStill: false)
      let recorder = try assembly.recorder(
        purpose: "check", source: opened.description, argument: source, models: perception.models)
      let evidence = EvidenceKeeper(evidenceKey, recorder)
      let live = LiveSession(
        source: opened, analyzer: perception, onReport: { recorder.take($0) },
        onSource: { recorder.note($0) })
      output.provenance = assembly.provenance(perception)
      let loop = CheckLoop(
        session: live, window: window, output: output, records: SessionCheckRecords(recorder: recorder),
        evidence: evidence)
      live.start()
      let result = try recorder.closingOnFailure {
        try loop.run(CheckConductor(session), policy: policy, onTimeout: onTimeout)
      }
      evidence?.finish()
      try recorder.close(
        result?.outcome.rawValue ?? "cancelled", result: result?.decision.rawValue ?? "undecided")
      guard let result else { return try end(.cancelled, output) }
      try lock.take(result.decision)
      try window?.showResult(result, hold: hold)
      try end(.finished(result, policy, onTimeout), output)
    }
  }

  private func session(_ policy: CheckPolicy, _ standard: CheckLimits) throws -> CheckSession {
    var generator = seed.map { ChaChaGenerator(seed: $0) } ?? .unpredictable()
    let allowed = Set(Gesture.allCases).subtracting(without)
    guard let plan = ChallengePlan(policy: policy, allowed: allowed, using: &generator) else {
      throw Failure(.usage, "--without leaves \(allowed.count) of the gestures; a check needs two")
    }
    var limits = standard
    limits.mirrored = mirrored
    return CheckSession(plan: plan, policy: policy, onTimeout: onTimeout, limits: limits)
  }

  /// The last line, the hook, and the exit code.
  private func end(_ ending: CheckEnding, _ output: CheckOutput) throws {
    let line = output.finish(ending)
    if let onResult { ResultHook(command: onResult).run(line, ending) }
    guard ending.status != .done else { return }
    throw ExitCode(ending.status.rawValue)
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
