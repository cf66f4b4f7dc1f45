import LogProofs

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
  }

  private(set) var overview: SessionOverview
  private(set) var header: JSONValue = .null
  private(set) var risk: [Int64: Series] = [:]
  private(set) var liveness: [Int64: Series] = [:]
  private(set) var blinks: [Double] = []
  private(set) var mouths: [Double] = []
  private(set) var events: [Event] = []
  private(set) var duration = 0.0
  private var start: Int64?

  init(_ reader: LogReader, _ overview: SessionOverview) throws(LogError) {
    self.overview = overview
    var digest = self
    try reader.forEach(from: overview.first, session: overview.session) { _, text in
      digest.add((try? JSONParser.parse(Array(text.utf8))) ?? .null)
    }
    self = digest
  }

  private mutating func add(_ record: JSONValue) {
    let time = record["monotonic_us"]?.int ?? 0
    if start == nil { start = time }
    let second = Double(time - (start ?? time)) / 1e6
    duration = max(duration, second)
    let data = record["data"] ?? .null
    let kind = record["kind"]?.text ?? ""
    switch kind {
    case "session_start": header = data
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
        second: second, wall: record["wall"]?.text ?? "", kind: kind, text: Self.words(kind, data))
      events.append(event)
    }
  }

  private static func words(_ kind: String, _ data: JSONValue) -> String {
    func text(_ name: String) -> String { data[name]?.text ?? "" }
    switch kind {
    case "verdict":
      let reasons = (data["reasons"]?.elements ?? []).map { reason in
        let value = Reading(json: reason["value"]).number.map { CanonicalJSON.text(.rounded($0)) } ?? "–"
        return "\(reason["cue"]?.text ?? "") \(value)"
      }
      let before = data["from"]?.text.map { $0 + " → " } ?? ""
      return "#\(data["track"]?.int ?? 0) \(before)\(text("to"))"
        + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
    case "challenge": return "#\(data["number"]?.int ?? 0) \(text("challenge")): \(text("outcome"))"
    case "operator":
      return [text("action"), text("person"), text("detail")].filter { !$0.isEmpty }.joined(separator: " · ")
    case "camera":
      return [text("event"), text("device"), text("detail")].filter { !$0.isEmpty }.joined(separator: " · ")
    case "session_end":
      return [text("reason"), text("result")].filter { !$0.isEmpty }.joined(separator: " · ")
    default: return CanonicalJSON.text(data)
    }
  }
}
