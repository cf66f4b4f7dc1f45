import Foundation
import Wording

/// The timeline of a session as inline SVG: scores as lines, blinks, mouth openings and challenges as marks.
///
/// Time always runs from left to right, also in Arabic, as in any diagram of measurements.
struct LogPageChart {
  private let digest: SessionDigest
  private let words: LogPageWords
  private let left = 130.0
  private let width = 714.0
  private let height = 180.0
  /// More points than this in a line cannot be seen; so many time slots keep their highest and lowest value.
  private let slots = 800

  init(_ digest: SessionDigest, _ words: LogPageWords) {
    (self.digest, self.words) = (digest, words)
  }

  private var span: Double { max(digest.duration, 1) }
  private func x(_ second: Double) -> String { String(format: "%.1f", left + second / span * width) }
  private func y(_ value: Double) -> String {
    String(format: "%.1f", 10 + (1 - min(max(value, 0), 1)) * height)
  }

  var svg: String {
    var out =
      "<svg viewBox=\"0 0 870 310\" role=\"img\" direction=\"ltr\" aria-label=\"\(words("scores"))\">\n"
    for step in 0...4 {
      let value = Double(step) / 4
      out += "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(span))\" y1=\"\(y(value))\" y2=\"\(y(value))\"/>"
      out +=
        "<text x=\"122\" y=\"\(y(value))\" dy=\"4\" text-anchor=\"end\">\(String(format: "%.2f", value))</text>\n"
    }
    for step in 0...5 {
      let second = span * Double(step) / 5
      out +=
        "<text x=\"\(x(second))\" y=\"288\" text-anchor=\"middle\">\(String(format: span < 20 ? "%.1f" : "%.0f", second))</text>"
    }
    out += "<text x=\"487\" y=\"305\" text-anchor=\"middle\">\(words("seconds"))</text>\n"
    out += lines(digest.risk, "risk") + lines(digest.liveness, "live")
    out += row("blinks", digest.blinks, y: 206, .blink) + row("mouth", digest.mouths, y: 224, .mouth)
    out += row(
      "challenges", digest.events.filter { $0.kind == "challenge" }.map(\.second), y: 242, .challenge)
    let named = ["challenge", "verdict", "session_end"]
    out += row("other", digest.events.filter { !named.contains($0.kind) }.map(\.second), y: 260, .other)
    out += verdicts(digest.events.filter { $0.kind == "verdict" })
    return out + "</svg>\n"
  }

  private func lines(_ series: [Int64: SessionDigest.Series], _ style: String) -> String {
    series.sorted { $0.key < $1.key }.map { number, line in
      let points = thinned(line.points).map { "\(x($0.second)),\(y($0.value))" }.joined(separator: " ")
      return
        "<polyline class=\"\(style)\" points=\"\(points)\"><title>\(words("track")) \(number)</title></polyline>\n"
    }.joined()
  }

  private func thinned(_ points: [(second: Double, value: Double)]) -> [(second: Double, value: Double)] {
    guard points.count > 2 * slots else { return points }
    let size = (points.count + slots - 1) / slots
    return stride(from: 0, to: points.count, by: size).flatMap { start in
      let slot = points[start..<min(start + size, points.count)]
      let ends = [slot.min { $0.value < $1.value }, slot.max { $0.value < $1.value }].compactMap { $0 }
      return ends.sorted { $0.second < $1.second }
    }
  }

  /// Marks have rows and shapes of their own, so that they can be told apart without colour.
  private enum Mark: String {
    case blink, mouth, challenge, other
  }

  private func row(_ name: String, _ seconds: [Double], y: Double, _ mark: Mark) -> String {
    let label = "<text x=\"122\" y=\"\(y + 4)\" text-anchor=\"end\">\(words(name))</text>"
    return label + seconds.map { shape(mark, x: x($0), y: y) }.joined() + "\n"
  }

  private func shape(_ mark: Mark, x: String, y: Double) -> String {
    switch mark {
    case .blink: "<circle class=\"blink\" cx=\"\(x)\" cy=\"\(y)\" r=\"4\"/>"
    case .mouth: "<path class=\"mouth\" d=\"M\(x) \(y - 5)l5 5-5 5-5-5z\"/>"
    case .challenge: "<path class=\"challenge\" d=\"M\(x) \(y - 5)l5 9h-10z\"/>"
    case .other: "<path class=\"other\" d=\"M\(x) \(y - 5)v10\"/>"
    }
  }

  /// Each change of verdict as a line, with its word when there is room for words.
  private func verdicts(_ events: [SessionDigest.Event]) -> String {
    events.map { event in
      let place = x(event.second)
      let isRight = event.second > span * 0.85
      let word =
        events.count > 8
        ? ""
        : "<text class=\"word\" x=\"\(place)\" dx=\"\(isRight ? -4 : 4)\" y=\"22\""
          + (isRight ? " text-anchor=\"end\"" : "") + ">\(words(event.label))</text>"
      return "<line class=\"verdict\" x1=\"\(place)\" x2=\"\(place)\" y1=\"10\" y2=\"190\"/>" + word
    }.joined() + "\n"
  }
}
