import Foundation
import Pipeline
import Surroundings

/// Where a setting's value came from; later cases win over earlier ones.
enum SettingOrigin: String {
  case standard = "default"
  case file
  case environment
  case commandLine = "command line"
}

/// What values a setting takes.
enum SettingKind {
  case integer(ClosedRange<Int>)
  /// Frames, or a time with its unit.
  case interval
  case choice([String])
  case text

  /// Nil when `text` is allowed, else what was expected.
  func complaint(about text: String) -> String? {
    switch self {
    case .text: return nil
    case .interval: return ScoringInterval(text) == nil ? ScoringInterval.expected : nil
    case .choice(let words): return words.contains(text) ? nil : "one of \(words.joined(separator: ", "))"
    case .integer(let range):
      guard let number = Int(text), range.contains(number) else {
        return "a whole number from \(range.lowerBound) to \(range.upperBound)"
      }
      return nil
    }
  }
}

/// One setting: the same key on the command line, in the environment (`VIGIL_` and capitals) and in the YAML file.
struct SettingDefinition {
  let key: String
  let kind: SettingKind
  let standard: String
  let help: String

  var environmentName: String { "VIGIL_" + key.uppercased().replacingOccurrences(of: "-", with: "_") }

  static let all: [SettingDefinition] = [
    .init(
      key: "models", kind: .text, standard: "",
      help: "folder of the networks; empty: looked for beside the program"),
    .init(
      key: "networks", kind: .text, standard: "",
      help: "folder of the scoring networks; empty: that of the networks"),
    .init(
      key: "calibration", kind: .text, standard: "",
      help: "folder of calibration files; empty: beside the networks"),
    .init(
      key: "score-every", kind: .interval, standard: ScoringInterval.standard.description,
      help: "time between two runs of the slow networks on one face (333ms, 0.5s), or frames (10)"),
    .init(key: "max-faces", kind: .integer(1...16), standard: "16", help: "faces followed at once, at most"),
    .init(
      key: "threads", kind: .integer(1...16), standard: "1", help: "threads for the networks of the fast path"
    ),
    .init(
      key: "detector", kind: .choice(["auto", "near", "full"]), standard: "auto",
      help: "near: kiosk distance; full: small faces too; auto: near first, full when it finds nothing"),
    .init(
      key: "policy", kind: .choice(["low", "standard", "high"]), standard: "standard",
      help: "how much evidence a verdict needs"),
    .init(
      key: "predictor", kind: .text, standard: "",
      help: "dlib 68-point predictor file (.dat) that places the landmarks; empty: none"),
    .init(
      key: "lang", kind: .choice(["auto", "en", "ar"]), standard: "auto", help: "language of the window"),
    .init(
      key: "theme", kind: .choice(["auto", "light", "dark"]), standard: "auto", help: "colours of the window"),
    .init(
      key: "log", kind: .text, standard: "",
      help: "session log; empty: vigil/sessions.sqlite in the state folder; none: no log"),
    .init(
      key: "evidence", kind: .text, standard: "",
      help: "key file for encrypted pictures in the session log; empty: no pictures are kept"),
    .init(
      key: "evidence-days", kind: .integer(1...3650), standard: "30",
      help: "days after which a kept picture is erased"),
    .init(
      key: "log-rotate-mb", kind: .integer(1...65536), standard: "256",
      help: "the session log goes on in a new file when this one has so many MB"),
    .init(
      key: "log-rotate-days", kind: .integer(1...3650), standard: "7",
      help: "the session log goes on in a new file when this one is so many days old"),
    .init(
      key: "log-keep-days", kind: .integer(0...36500), standard: "0",
      help: "days after which an ended file of the session log is taken away; 0: never"),
    .init(
      key: "log-keep-mb", kind: .integer(0...1_000_000), standard: "0",
      help: "MB that all files of the session log may have before the oldest is taken away; 0: no limit"),
    .init(
      key: "log-archive", kind: .text, standard: "",
      help: "folder to which ended files of the session log are moved instead of deleted; empty: deleted"),
  ]
}

/// A setting that was refused: names the key, where it stood, what was found and what is allowed.
struct SettingError: Error, CustomStringConvertible {
  let description: String
}

/// All settings with their values and where each came from.
struct Settings {
  struct Entry {
    let definition: SettingDefinition
    var value: String
    var origin: SettingOrigin
    var place: String
  }

  private(set) var entries: [Entry]

  /// Layers defaults, then the file's values, then the environment, then the command line.
  init(
    file: (path: String, values: [String: String], lines: [String: Int])?, environment: [String: String],
    commandLine: [String: String]
  )
    throws(SettingError)
  {
    entries = SettingDefinition.all.map {
      Entry(definition: $0, value: $0.standard, origin: .standard, place: "built in")
    }
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

  /// The value of a known key; asking for an unknown one is a mistake in the program.
  subscript(key: String) -> String {
    guard let entry = entries.first(where: { $0.definition.key == key }) else {
      preconditionFailure("no setting is called \(key)")
    }
    return entry.value
  }

  /// The whole number of a key of kind integer; it was checked when it was set.
  func integer(_ key: String) -> Int {
    guard let number = Int(self[key]) else { preconditionFailure("setting \(key) is not a whole number") }
    return number
  }

  private mutating func set(
    _ key: String, to value: String, _ origin: SettingOrigin, place: String, line: String = ""
  ) throws(SettingError) {
    guard let index = entries.firstIndex(where: { $0.definition.key == key }) else {
      let known = SettingDefinition.all.map(\.key)
      let advice =
        NearestName.of(key, among: known).map { "did you mean \"\($0)\"?" }
        ?? "known settings are \(known.joined(separator: ", "))"
      throw SettingError(description: "\(place)\(line): unknown setting \"\(key)\"; \(advice)")
    }
    if let expected = entries[index].definition.kind.complaint(about: value) {
      throw SettingError(description: "\(place)\(line): setting \"\(key)\" is \"\(value)\"; give \(expected)")
    }
    entries[index].value = value
    entries[index].origin = origin
    entries[index].place = place
  }
}
