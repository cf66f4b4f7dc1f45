import AuditLog
import Foundation
import JSON
import LogProofs
import Wording

/// A session boiled down to what its report shows.
struct SessionDigest {
  /// One number over time, in seconds since the session's start.
  struct Series {
    var points: [(second: Double, value: Double)] = []
  }

  /// Something that happened, for the table and the marks under the chart.
  struct Event {
    let second: Double
    let wall: String
    let kind: String
    let text: String
    /// For a verdict the word it changed to.
    var label = ""
  }

  private(set) var overview: SessionOverview
  private(set) var header: JSONValue = .null
  private(set) var risk: [Int64: Series] = [:]
  private(set) var liveness: [Int64: Series] = [:]
  private(set) var blinks: [Double] = []
  private(set) var mouths: [Double] = []
  private(set) var events: [Event] = []
  private(set) var duration = 0.0
  private var phrase: LogPageWords
  private var start: Int64?

  init(_ history: LogHistory, _ overview: SessionOverview, _ words: LogPageWords) throws(LogError) {
    (self.overview, phrase) = (overview, words)
    var digest = self
    try history.forEach(session: overview) { _, text in
      digest.add((try? JSONParser.parse(Array(text.utf8))) ?? .null)
    }
    self = digest
  }

  private mutating func add(_ record: JSONValue) {
    let time = record["monotonic_us"]?.int ?? 0
    if start == nil { start = time }
    // As floating-point numbers: the difference of a changed log's times may be none.
    let second = (Double(time) - Double(start ?? time)) / 1e6
    duration = max(duration, second)
    let data = record["data"] ?? .null
    let kind = record["kind"]?.text ?? ""
    switch kind {
    case "session_start": header = data
    case "session_continued": if header == .null { header = data }
    case "summary":
      for track in data["tracks"]?.elements ?? [] {
        let number = track["track"]?.int ?? 0
        if let value = Reading(json: track["readings"]?["risk"]).number {
          risk[number, default: Series()].points.append((second, value))
        }
        if let value = Reading(json: track["readings"]?["liveness"]).number {
          liveness[number, default: Series()].points.append((second, value))
        }
      }
    case "motion":
      if data["event"]?.text == "blink" { blinks.append(second) } else { mouths.append(second) }
    default:
      let event = Event(
        second: second, wall: record["wall"]?.text ?? "", kind: kind, text: words(kind, data),
        label: kind == "verdict" ? data["to"]?.text ?? "" : "")
      events.append(event)
    }
  }

  /// Text of another direction in an Arabic line, between the marks that keep its order: an address stays readable.
  private func apart(_ text: String) -> String {
    phrase.language == .arabic && !text.isEmpty ? "\u{2068}\(text)\u{2069}" : text
  }

  /// A record's content for people; words that the log itself chose are translated, those of people are not.
  private func words(_ kind: String, _ data: JSONValue) -> String {
    func text(_ name: String) -> String { data[name]?.text ?? "" }
    func foreign(_ name: String) -> String { apart(text(name)) }
    func list(_ words: String...) -> String { words.filter { !$0.isEmpty }.joined(separator: " · ") }
    switch kind {
    case "verdict":
      let reasons = (data["reasons"]?.elements ?? []).map { reason in
        let value = Reading(json: reason["value"]).number.map { String(format: "%.2f", $0) } ?? "–"
        return "\(phrase(reason["cue"]?.text ?? "")) \(value)"
      }
      let before = data["from"]?.text.map { "\(phrase($0)) \(phrase.language.arrow) " } ?? ""
      return "\(phrase("track")) \(data["track"]?.int ?? 0): \(before)\(phrase(text("to")))"
        + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: phrase.language.comma)))")
    case "challenge":
      let number = "\(data["number"]?.int ?? 0)"
      let seconds = data["seconds"]?.double.map { String(format: " (%.1f s)", $0) } ?? ""
      return "\(number). \(phrase(text("challenge"))): \(phrase(text("outcome")))\(seconds)"
    case "operator": return list(phrase(text("action")), foreign("person"), foreign("detail"))
    case "camera": return list(phrase(text("event")), foreign("device"), foreign("detail"))
    case "gap":
      return list(phrase(text("cause")), apart(String(format: "%.1f s", data["seconds"]?.double ?? 0)))
    case "clock_step": return String(format: "%+.1f s", data["seconds"]?.double ?? 0)
    case "snapshot": return list("\(data["number"]?.int ?? 0)", phrase(text("reason")))
    case "erasure": return list("\(data["snapshot"]?.int ?? 0)", phrase(text("reason")))
    case "session_end": return list(phrase(text("reason")), phrase(text("result")))
    default: return CanonicalJSON.text(data)
    }
  }
}
