import Foundation
import Observations
public import Overlay
import Units

/// Results of recordings as one HTML page: no script, nothing loaded from elsewhere, light and dark, printable.
///
/// The page is written piece by piece (``head``, one ``section(_:damage:)`` or ``failure(path:problem:)`` a file,
/// ``foot(_:)``), so that memory does not grow with the number of files.
public struct RecordingPage: Sendable {
  private let words: Words
  private let text: RecordingPageWords

  /// A page in one language.
  public init(_ language: Language) { (words, text) = (Words(language), RecordingPageWords(language)) }

  /// Everything before the first file.
  public var head: String {
    let language = words.language
    return """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)" dir="\(language.isRightToLeft ? "rtl" : "ltr")">
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(text.title)</title><style>\(Self.style)</style></head>
      <body><main><h1>\(text.title)</h1>
      <p>\(text.caution)</p>

      """
  }

  /// One file's result. `damage` says why a recording ended early.
  public func section(_ summary: RecordingSummary, damage: String?) -> String {
    let seen = [
      "\(summary.frames) \(text.frames)",
      summary.framesPerSecond.map { "\(number($0, 2)) \(text.framesPerSecond)" },
      summary.kind == .video ? "\(number(summary.seconds, 2)) \(text.seconds)" : nil,
    ].compactMap { $0 }.joined(separator: " · ")
    let tracks = summary.told.map { faceSection($0, of: summary) }.joined()
    let none = tracks.isEmpty ? "<p>\(words.word(.noFace))</p>" : ""
    return """
      <section><h2><bdi>\(Self.escaped(summary.path))</bdi></h2>
      <p class="verdict \(summary.label.rawValue)">\(words.verdict(summary.label))</p>
      <p>\(seen)</p>\(damage.map { "<p class=\"problem\"><bdi>\(Self.escaped($0))</bdi></p>" } ?? "")
      \(none)\(tracks)</section>

      """
  }

  /// A file that could not be read.
  public func failure(path: String, problem: String) -> String {
    """
    <section><h2><bdi>\(Self.escaped(path))</bdi></h2>
    <p class="problem">\(text.unreadable): <bdi>\(Self.escaped(problem))</bdi></p></section>

    """
  }

  /// Everything after the last file: what made the results.
  public func foot(_ provenance: Provenance) -> String {
    let models = provenance.models.map { "<li><bdi>\(Self.escaped("\($0)"))</bdi></li>" }.joined()
    return """
      <footer><h2>\(text.madeBy)</h2>
      <p><bdi>Vigil \(Self.escaped(provenance.version)), \(Self.escaped(provenance.calibration))</bdi></p>
      <ul>\(models)</ul></footer></main></body></html>

      """
  }

  func faceSection(_ track: TrackSummary, of summary: RecordingSummary) -> String {
    let reasons = track.verdict.reasons.map { reason in
      let limit = reason.limit.map { number($0, 2) } ?? ""
      // What was not measured speaks for neither side.
      let side =
        reason.value.value.map { _ in
          reason.counts ? words.side(against: reason.against) : words.notUsed
        } ?? ""
      return
        "<tr><td>\(words.cue(reason.cue))</td><td>\(value(reason))</td><td>\(limit)</td><td>\(side)</td></tr>"
    }
    let risk = track.verdict.risk.value.map { number($0.value, 2) } ?? missing(track.verdict.risk)
    let plot = summary.kind == .video ? RecordingPlot(track, of: summary, text).svg : ""
    return """
      <h3>\(text.face) \(track.id.value): \(words.verdict(track.verdict.label)), \(text.risk) \(risk)</h3>
      <p>\(text.framesWithFace): \(track.framesSeen)/\(summary.frames)</p>
      \(plot)<table><thead><tr><th>\(text.cue)</th><th>\(text.value)</th><th>\(text.limit)</th><th>\(text.side)</th></tr></thead>
      <tbody>\(reasons.joined(separator: "\n"))</tbody></table>

      """
  }

  private func value(_ reason: Reason) -> String {
    reason.value.value.map { number($0, 2) } ?? missing(reason.value)
  }

  /// Why there is no value, in words.
  private func missing<Value>(_ evidence: Evidence<Value>) -> String {
    switch evidence {
    case .measured: ""
    case .unavailable(let reason): words.unavailable(reason)
    case .pending(let observed, let required):
      words.pending(observed: number(observed, 1), required: number(required, 1))
    }
  }

  private func number(_ value: Double, _ decimals: Int) -> String {
    "<bdi>" + String(format: "%.\(decimals)f", value) + "</bdi>"
  }

  /// Text from outside as HTML text.
  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }

  // Verdicts are words; colour only repeats them. Contrast on both papers is at least 4.5 to 1 (WCAG 2.2, AA).
  private static let style = """
    :root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--soft:#5c5c5c;--line:#d8d8d8;--risk:#b34700;--live:#0062a0;--good:#00704f}
    @media (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#161618;--soft:#aaa;--line:#3a3a3e;--risk:#ff9a55;--live:#6cc0f0;--good:#3fd6a5}}
    body{font:16px/1.5 system-ui,"Noto Sans","Noto Naskh Arabic",sans-serif;color:var(--ink);background:var(--paper);margin:0}
    main{max-width:60rem;margin:2rem auto;padding:0 1rem}section{border-top:1px solid var(--line);padding:1rem 0}
    h2{font-size:1.15rem;overflow-wrap:anywhere}h3{font-size:1rem}.verdict{font-weight:700}.live{color:var(--good)}
    .fake,.suspect,.problem{color:var(--risk)}svg{width:100%;height:auto}svg text{font-size:12px;fill:var(--soft)}
    .grid{stroke:var(--line)}polyline{fill:none;stroke-width:2}polyline.risk{stroke:var(--risk)}
    polyline.live{stroke:var(--live);stroke-dasharray:6 3}.blink{fill:var(--good)}.mouth{fill:var(--live)}text.risk{fill:var(--risk)}text.live{fill:var(--live)}
    table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.25rem .6rem;border-bottom:1px solid var(--line)}th{color:var(--soft)}
    @media print{:root{--ink:#000;--paper:#fff;--line:#bbb}main{margin:0;max-width:none}section,tr,svg{break-inside:avoid}}
    """
}
