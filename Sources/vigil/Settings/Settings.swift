import Observations
import Overlay
import Pipeline
import Surroundings

/// The settings in force, decoded and checked once; nothing behind this reads a setting as text.
///
/// What each means, its range and its unit stand in ``SettingDefinition/all``.
struct Settings: Sendable {
  /// Which face detectors look.
  enum Detector: String, CaseIterable {
    case auto, near, full
  }

  /// The language of windows and pages.
  enum LanguageChoice: String, CaseIterable {
    /// That of the user's surroundings.
    case auto
    case english = "en"
    case arabic = "ar"
  }

  /// The colours of windows.
  enum ThemeChoice: String, CaseIterable {
    case auto, light, dark
  }

  /// Whether cues are measured that are reported and never used.
  enum TrialCues: String, CaseIterable {
    /// In recordings.
    case auto
    case on, off
  }

  /// Where the session log is kept.
  enum LogChoice: Equatable {
    /// At the standard place.
    case standard
    /// Nowhere.
    case none
    /// In this file.
    case file(String)
  }

  var models = ""
  var networks = ""
  var calibration = ""
  var scoreEvery = ScoringInterval.standard
  var maxFaces = 16
  var threads = 1
  var detector = Detector.auto
  var policy = Policy.standard
  var trialCues = TrialCues.auto
  var predictor = ""
  var language = LanguageChoice.auto
  var theme = ThemeChoice.auto
  var log = LogChoice.standard
  var snapshotKey = ""
  var snapshotDays = 30
  var logRotateMegabytes = 256
  var logRotateDays = 7
  var logKeepDays = 0
  var logKeepMegabytes = 0
  var logArchive = ""

  /// Where a setting's value came from; later cases win over earlier ones.
  enum Origin: String {
    case standard = "default"
    case file
    case environment
    case commandLine = "command line"
  }

  /// One setting as it was given, for reports.
  struct Entry {
    let definition: SettingDefinition
    var value: String
    var origin = Origin.standard
    var place = "built in"
  }

  /// Every setting as text, with where it came from.
  private(set) var entries: [Entry] = []

  /// The settings before anybody said anything.
  init() {
    entries = SettingDefinition.all.map { Entry(definition: $0, value: $0.text(self)) }
  }

  /// Layers defaults, then the file's values, then the environment, then the command line.
  init(
    file: (path: String, values: [String: String], lines: [String: Int])?, environment: [String: String],
    commandLine: [String: String]
  ) throws(SettingError) {
    self.init()
    if let file {
      for key in file.values.keys.sorted() {
        let line = file.lines[key].map { " line \($0)" } ?? ""
        try set(key, to: file.values[key] ?? "", .file, place: file.path, line: line)
      }
    }
    for definition in SettingDefinition.all {
      if let value = environment[definition.environmentName] {
        try set(definition.key, to: value, .environment, place: definition.environmentName)
      }
    }
    for key in commandLine.keys.sorted() {
      try set(key, to: commandLine[key] ?? "", .commandLine, place: "--\(key)")
    }
  }

  private mutating func set(
    _ key: String, to value: String, _ origin: Origin, place: String, line: String = ""
  ) throws(SettingError) {
    guard let index = entries.firstIndex(where: { $0.definition.key == key }) else {
      let known = SettingDefinition.all.map(\.key)
      let advice =
        NearestName.of(key, among: known).map { "did you mean \"\($0)\"?" }
        ?? "known settings are \(known.joined(separator: ", "))"
      throw SettingError(description: "\(place)\(line): unknown setting \"\(key)\"; \(advice)")
    }
    let definition = entries[index].definition
    guard definition.decode(value, &self) else {
      throw SettingError(
        description: "\(place)\(line): setting \"\(key)\" is \"\(value)\"; give \(definition.range)")
    }
    (entries[index].value, entries[index].origin, entries[index].place) = (value, origin, place)
  }
}

/// A setting that was refused: names the key, where it stood, what was found and what is allowed.
struct SettingError: ClassifiedError, CustomStringConvertible {
  let description: String
  var exitClass: ExitClass { .usage }
}

extension Settings.LogChoice {
  /// The word that means: keep no log.
  static let noneWord = "none"

  init(_ text: String) { self = text.isEmpty ? .standard : text == Self.noneWord ? .none : .file(text) }

  var text: String {
    switch self {
    case .standard: ""
    case .none: Self.noneWord
    case .file(let path): path
    }
  }
}
