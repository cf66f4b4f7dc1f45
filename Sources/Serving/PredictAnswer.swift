import Foundation
package import JSON

/// The short answer of `/predict_image` and `/predict_video`: a word, and why it is that word.
package struct PredictAnswer {
  /// The fields of `vigil analyze`'s schema 1 that the sentence is made of.
  private struct Result: Decodable {
    let kind: String?
    let damage: String?
    let reasons: [Reason]?
    let tracks: [Track]?
  }

  private struct Track: Decodable {}

  private struct Reason: Decodable {
    let cue: String
    let value: Value
    let limit: Double?
    let against: Bool
    let used: Bool?

    /// Whether there is something that was seen: no blink is none.
    var isMeasured: Bool {
      if case .number(let number) = value { cue != "blink" || number > 0 } else { false }
    }
  }

  private enum Value: Decodable {
    case number(Double)
    case missing(String)

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Double.self) {
        self = .number(number)
      } else {
        let object = try? decoder.singleValueContainer().decode([String: Loose].self)
        self = .missing(object?["unavailable"]?.text ?? "unknown")
      }
    }
  }

  /// A member whose type does not matter unless it is text.
  private struct Loose: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  private let record: AnalysisRecord
  private let result: Result?
  private let members: [String: Any]

  package init(_ record: AnalysisRecord) {
    self.record = record
    let data = Data((record.result ?? "").utf8)
    result = try? JSONDecoder().decode(Result.self, from: data)
    members = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
  }

  /// `REAL`, `FAKE` or `UNDECIDED`.
  package var word: String {
    ["live": "REAL", "fake": "FAKE", "suspect": "FAKE"][record.verdict ?? ""] ?? "UNDECIDED"
  }

  /// The answer; `address` is that of the whole analysis.
  package func json(address: String) -> OrderedJSON {
    .object([
      ("id", .string(record.id)), ("result", .string(word)),
      ("probability", record.risk.map { .number($0, decimals: 4) } ?? .null),
      ("verdict", record.verdict.json), ("reason", .string(sentence)),
      ("reasons", raw("reasons") ?? .array([])), ("damage", raw("damage") ?? .null),
      ("analysis", .string(address)),
    ])
  }

  /// Why the word is what it is, in one or two sentences.
  package var sentence: String {
    let damage = result?.damage.map { " The file is damaged: \($0)." } ?? ""
    return main + damage
  }

  private var main: String {
    let reasons = result?.reasons ?? []
    switch word {
    case "FAKE":
      let against = reasons.filter { $0.against && $0.used != false }.map(Self.named)
      return against.isEmpty
        ? "The signs together passed the limit."
        : "What speaks against it: \(against.joined(separator: ", "))."
    case "REAL":
      let measured = reasons.filter { !$0.against && $0.used != false && $0.isMeasured }.map {
        Self.name($0.cue)
      }
      return measured.isEmpty
        ? "No sign passed its limit."
        : "Enough was seen of a live person, and no sign passed its limit: \(measured.joined(separator: ", "))."
    default: return undecided(reasons)
    }
  }

  private func undecided(_ reasons: [Reason]) -> String {
    if result?.tracks?.isEmpty == true { return "No face was found that can be judged." }
    if result?.kind == "image" {
      return "There is no life to see in one picture, and the networks alone do not decide; send a recording."
    }
    let missing = reasons.filter { $0.used != false }.compactMap { reason -> String? in
      guard case .missing(let why) = reason.value else { return nil }
      return "\(Self.name(reason.cue)) (\(why.replacingOccurrences(of: "_", with: " ")))"
    }
    return missing.isEmpty
      ? "The signs are too weak for either word."
      : "Too little could be measured: \(missing.joined(separator: ", "))."
  }

  private static func named(_ reason: Reason) -> String {
    guard case .number(let value) = reason.value else { return name(reason.cue) }
    let limit = reason.limit.map { String(format: ", limit %.2f", $0) } ?? ""
    return name(reason.cue) + String(format: " (%.2f", value) + limit + ")"
  }

  private static func name(_ cue: String) -> String {
    let names = [
      "forgery": "forgery network", "spoof": "replay network", "blink": "blinks", "mouth": "mouth movements",
      "motion": "face motion", "parallax": "depth by motion", "loop": "repeated pictures",
      "injection": "source of the pictures", "quality": "picture quality", "no_face": "face",
    ]
    return names[cue] ?? cue.replacingOccurrences(of: "_", with: " ")
  }

  /// A member of the result as it is; nil when there is none.
  private func raw(_ name: String) -> OrderedJSON? {
    guard let value = members[name],
      let data = try? JSONSerialization.data(
        withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    else { return nil }
    return .raw(String(decoding: data, as: UTF8.self))
  }
}
