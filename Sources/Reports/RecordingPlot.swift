import Foundation
import Observations
import Quantities
import Wording

/// One track's risk and liveness over the recording's time, with its blinks and mouth events, as inline SVG.
///
/// Time runs from left to right in every language, as in any diagram of measurements.
struct RecordingPlot {
  private let track: RecordedTrack
  private let summary: RecordingSummary
  private let text: RecordingPageWords
  private let left = 44.0
  private let width = 740.0
  private let height = 140.0

  init(_ track: RecordedTrack, of summary: RecordingSummary, _ text: RecordingPageWords) {
    (self.track, self.summary, self.text) = (track, summary, text)
  }

  private var span: Double { max(summary.seconds, 0.001) }
  private func x(_ second: Double) -> String { plain(left + min(max(second / span, 0), 1) * width) }
  private func y(_ value: Double) -> String { plain(10 + (1 - min(max(value, 0), 1)) * height) }
  private func plain(_ value: Double) -> String { String(format: "%.1f", value) }

  var svg: String {
    var out = "<svg viewBox=\"0 0 800 230\" role=\"img\" direction=\"ltr\" aria-label=\"\(text.plot)\">\n"
    for step in 0...4 {
      let value = Double(step) / 4
      out +=
        "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(span))\" y1=\"\(y(value))\" y2=\"\(y(value))\"/><text x=\"38\" y=\"\(y(value))\" dy=\"4\" text-anchor=\"end\">\(String(format: "%.2f", value))</text>\n"
    }
    for step in 0...5 {
      let second = span * Double(step) / 5
      out += "<text x=\"\(x(second))\" y=\"206\" text-anchor=\"middle\">\(plain(second))</text>"
    }
    out += lines(\.risk, "risk") + lines(\.liveness, "live")
    out +=
      bars(track.liveness.blinks, row: 164, "blink") + bars(track.liveness.mouthEvents, row: 178, "mouth")
    let legend = [
      ("risk", "— \(text.risk)"), ("live", "- - \(text.liveness)"), ("blink", "■ \(text.blinks)"),
      ("mouth", "■ \(text.mouth)"),
    ]
    for (index, entry) in legend.enumerated() {
      out +=
        "<text class=\"\(entry.0)\" x=\"\(plain(left + Double(index) * 185))\" y=\"226\">\(entry.1)</text>"
    }
    return out + "</svg>\n"
  }

  private func lines(_ value: KeyPath<RiskCurve.Point, Double?>, _ style: String) -> String {
    track.history.runs(value, from: summary.origin).map { run in
      let points = run.map { "\(x($0.second)),\(y($0.value))" }.joined(separator: " ")
      return "<polyline class=\"\(style)\" points=\"\(points)\"/>\n"
    }.joined()
  }

  private func bars(_ events: [EventInterval], row: Double, _ style: String) -> String {
    events.map { event in
      let (start, end) = (
        (event.start - summary.origin).inSeconds, (event.end - summary.origin).inSeconds
      )
      // An event of one frame would be too thin to see.
      let wide = max((end - start) / span * width, 2)
      return
        "<rect class=\"\(style)\" x=\"\(x(start))\" y=\"\(plain(row))\" width=\"\(plain(wide))\" height=\"9\"/>"
    }.joined() + "\n"
  }
}
