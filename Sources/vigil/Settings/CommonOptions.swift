import ArgumentParser
import Foundation
import Surroundings
import Wording

/// Options that every command with settings shares.
struct CommonOptions: ParsableArguments {
  @Option(name: .long, help: "Settings file (YAML). Default: vigil/config.yaml in the configuration folder.")
  var config: String?

  @Option(name: .long, help: "Folder of the networks.") var models: String?
  @Option(name: .long, help: "Folder of the scoring networks, when it is another.") var networks: String?
  @Option(name: .long, help: "Folder of the calibration files.") var calibration: String?
  // Taken as they stand, so that a number below 0 is refused for what it is.
  @Option(
    name: .long, parsing: .unconditional,
    help: "Time between two runs of the slow networks on one face (333ms, 0.5s), or frames (10).")
  var scoreEvery: String?
  @Option(name: .long, parsing: .unconditional, help: "Faces followed at once, at most (1 to 16).")
  var maxFaces: String?
  @Option(name: .long, parsing: .unconditional, help: "Threads for the networks of the fast path.")
  var threads: String?
  @Option(name: .long, help: "Face detector: auto, near or full.") var detector: String?
  @Option(name: .long, help: "How much evidence a verdict needs: low, standard or high.") var policy: String?
  @Option(
    name: .long, help: "Measure cues that are reported and never used: auto (in recordings), on or off.")
  var trialCues: String?
  @Option(name: .long, help: "dlib 68-point predictor (.dat); the published one is not for commercial use.")
  var predictor: String?
  @Option(name: .long, help: "Language of the window: auto, en or ar.") var lang: String?
  @Option(name: .long, help: "Colours of the window: auto, light or dark.") var theme: String?
  @Option(name: .long, help: "Session log file, or none.") var log: String?
  @Flag(name: .long, help: "Keep no session log; the same as --log none.") var noLog = false

  @Option(
    name: .long,
    help:
      "Keep encrypted pictures of verdicts, challenges and snapshots in the log, under the key in this file.")
  var evidence: String?
  @Option(
    name: .long, parsing: .unconditional, help: "Days after which a kept picture is erased (1 to 3650).")
  var evidenceDays: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The session log goes on in a new file when this one has so many MB (1 to 65536).")
  var logRotateMb: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The session log goes on in a new file when this one is so many days old (1 to 3650).")
  var logRotateDays: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Days after which an ended file of the session log is taken away; 0: never.")
  var logKeepDays: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "MB of all files of the session log before the oldest is taken away; 0: no limit.")
  var logKeepMb: String?
  @Option(
    name: .long, help: "Folder to which ended files of the session log are moved instead of deleted.")
  var logArchive: String?

  func validate() throws {
    guard !noLog || log == nil else { throw ValidationError("give --log or --no-log, not both") }
  }

  /// The settings in force: command line over environment over file over defaults.
  func settings() throws -> Settings {
    let environment = ProcessInfo.processInfo.environment
    let given: [(String, String?)] = [
      ("models", models), ("networks", networks), ("calibration", calibration), ("score-every", scoreEvery),
      ("max-faces", maxFaces),
      ("threads", threads), ("detector", detector), ("policy", policy), ("lang", lang), ("theme", theme),
      ("log", noLog ? Settings.LogChoice.noneWord : log), ("predictor", predictor), ("trial-cues", trialCues),
      ("evidence", evidence), ("evidence-days", evidenceDays),
      ("log-rotate-mb", logRotateMb), ("log-rotate-days", logRotateDays), ("log-keep-days", logKeepDays),
      ("log-keep-mb", logKeepMb), ("log-archive", logArchive),
    ]
    let commandLine = given.reduce(into: [String: String]()) { $0[$1.0] = $1.1 }
    let file = try SettingsFile.load(option: config, environment: environment)
    return try Settings(file: file, environment: environment, commandLine: commandLine)
  }
}
