import Observations
import Pipeline

/// One setting: the same key on the command line, in the environment (`VIGIL_` and capitals) and in the YAML file, with
/// what it takes and what it is for.
struct SettingDefinition: Sendable {
  let key: String
  /// What is allowed, in words that follow "give".
  let range: String
  /// What it is for, with its unit.
  let help: String
  /// Reads a text into the settings; false when it is not allowed.
  let decode: @Sendable (String, inout Settings) -> Bool
  /// The value in force as text, in the form that ``decode`` reads.
  let text: @Sendable (Settings) -> String

  var environmentName: String { "VIGIL_" + key.uppercased().replacing("-", with: "_") }

  static let all: [SettingDefinition] = [
    .text("models", \.models, "folder of the networks; empty: looked for beside the program"),
    .text("networks", \.networks, "folder of the scoring networks; empty: that of the networks"),
    .text("calibration", \.calibration, "folder of calibration files; empty: beside the networks"),
    .init(
      key: "score-every", range: ScoringInterval.expected,
      help: "time between two runs of the slow networks on one face (333ms, 0.5s), or frames (10)",
      decode: { text, settings in
        guard let interval = ScoringInterval(text) else { return false }
        settings.scoreEvery = interval
        return true
      }, text: { $0.scoreEvery.description }),
    .integer("max-faces", \.maxFaces, 1...16, "faces followed at once, at most"),
    .integer("threads", \.threads, 1...16, "threads for the networks of the fast path"),
    .choice(
      "detector", \.detector,
      "near: kiosk distance; full: small faces too; auto: near first, full when it finds nothing"),
    .choice("policy", \.policy, "how much evidence a verdict needs"),
    .choice(
      "trial-cues", \.trialCues,
      "measure cues that are reported and never used (parallax, loop, unrest, pulse); auto: in recordings"),
    .text(
      "predictor", \.predictor, "dlib 68-point predictor file (.dat) that places the landmarks; empty: none"),
    .choice("lang", \.language, "language of the window"),
    .choice("theme", \.theme, "colours of the window"),
    .init(
      key: "log", range: "a file, or \(Settings.LogChoice.noneWord)",
      help: "session log; empty: vigil/sessions.sqlite in the state folder; none: no log",
      decode: { text, settings in
        settings.log = Settings.LogChoice(text)
        return true
      }, text: { $0.log.text }),
    .text(
      "evidence", \.snapshotKey,
      "key file for encrypted pictures in the session log; empty: no pictures are kept"),
    .integer("evidence-days", \.snapshotDays, 1...3650, "days after which a kept picture is erased"),
    .integer(
      "log-rotate-mb", \.logRotateMegabytes, 1...65536,
      "the session log goes on in a new file when this one has so many MB"),
    .integer(
      "log-rotate-days", \.logRotateDays, 1...3650,
      "the session log goes on in a new file when this one is so many days old"),
    .integer(
      "log-keep-days", \.logKeepDays, 0...36500,
      "days after which an ended file of the session log is taken away; 0: never"),
    .integer(
      "log-keep-mb", \.logKeepMegabytes, 0...1_000_000,
      "MB that all files of the session log may have before the oldest is taken away; 0: no limit"),
    .text(
      "log-archive", \.logArchive,
      "folder to which ended files of the session log are moved instead of deleted; empty: deleted"),
  ]

  private static func text(
    _ key: String, _ path: any WritableKeyPath<Settings, String> & Sendable, _ help: String
  ) -> Self {
    .init(
      key: key, range: "a text", help: help,
      decode: { text, settings in
        settings[keyPath: path] = text
        return true
      }, text: { $0[keyPath: path] })
  }

  private static func integer(
    _ key: String, _ path: any WritableKeyPath<Settings, Int> & Sendable, _ range: ClosedRange<Int>,
    _ help: String
  ) -> Self {
    .init(
      key: key, range: "a whole number from \(range.lowerBound) to \(range.upperBound)", help: help,
      decode: { text, settings in
        guard let number = Int(text), range.contains(number) else { return false }
        settings[keyPath: path] = number
        return true
      }, text: { String($0[keyPath: path]) })
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ key: String, _ path: any WritableKeyPath<Settings, Choice> & Sendable, _ help: String
  ) -> Self {
    .init(
      key: key, range: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "), help: help,
      decode: { text, settings in
        guard let choice = Choice(rawValue: text) else { return false }
        settings[keyPath: path] = choice
        return true
      }, text: { $0[keyPath: path].rawValue })
  }
}
