import Foundation
public import Observations
import Quantities
public import Wording

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
    return """
      \(HTMLPage.head(text.title, words.language, style: Self.style, showsPictures: true))
      <body><main><h1>\(text.title)</h1>
      <p class="soft">\(text.caution)</p>

      """
  }

  /// One file's result. `damage` says what of the recording was damaged or missing; `pictures` are the faces at the
  /// moments that decided.
  public func section(
    _ summary: RecordingSummary, damage: String?, pictures: [TrackID: FacePicture] = [:]
  ) -> String {
    let seen = [
      "\(summary.frames) \(text.frames)",
      summary.framesPerSecond.map { "\(number($0, 2)) \(text.framesPerSecond)" },
      summary.kind == .video ? "\(number(summary.seconds, 2)) \(text.seconds)" : nil,
    ].compactMap { $0 }.joined(separator: " · ")
    let tracks = summary.reported.map { faceSection($0, of: summary, pictures[$0.id]) }.joined()
    let why = signs(summary).because(summary.deciding?.verdict)
    let broken = damage.map {
      "<p class=\"problem\">\(text.damaged): <bdi>\(HTMLPage.escaped($0))</bdi></p>"
    }
    return """
      <section class="\(summary.label.rawValue)-edge"><h2><bdi dir="ltr">\(HTMLPage.escaped(summary.path))</bdi></h2>
      <p><span class="verdict \(summary.label.rawValue)">\(words.verdict(summary.label))</span></p>
      <p class="because">\(HTMLPage.escaped(why))</p>
      \(broken ?? "")
      <p class="soft">\(seen)</p>\(tracks)</section>

      """
  }

  /// A file that could not be read.
  public func failure(path: String, problem: String) -> String {
    """
    <section><h2><bdi dir="ltr">\(HTMLPage.escaped(path))</bdi></h2>
    <p class="problem">\(text.unreadable): <bdi>\(HTMLPage.escaped(problem))</bdi></p></section>

    """
  }

  /// Everything after the last file: what made the results.
  public func foot(_ provenance: Provenance) -> String {
    let models = provenance.models.map { model in
      let digest = HTMLPage.escaped(model.sha256)
      return
        "<li><bdi dir=\"ltr\">\(HTMLPage.escaped(model.name)) <code title=\"\(digest)\">sha256:\(digest.prefix(12))…</code></bdi></li>"
    }.joined(separator: "\n")
    return """
      <footer><h2>\(text.madeBy)</h2>
      <p>Vigil <bdi>\(HTMLPage.escaped(provenance.version))</bdi> · \(text.calibration): <bdi>\(HTMLPage.escaped(provenance.calibration))</bdi></p>
      <ul>\(models)</ul></footer></main></body></html>

      """
  }

  private func signs(_ summary: RecordingSummary) -> RecordingPageSigns {
    RecordingPageSigns(words: words, text: text, isPicture: summary.kind == .image)
  }

  func faceSection(_ track: RecordedTrack, of summary: RecordingSummary, _ picture: FacePicture?) -> String {
    let signs = signs(summary)
    let risk = track.verdict.risk.value.map { signs.percent($0.value) } ?? signs.missing(track.verdict.risk)
    let plot =
      summary.kind == .video
      ? "<div class=\"chart\">\(RecordingPlot(track, of: summary, text).svg)</div>" : ""
    return """
      <article><h3>\(text.face) \(track.id.value): \(words.verdict(track.verdict.label))</h3>
      <div class="face">\(picture.map { figure($0, track, summary) } ?? "")<div>
      <p>\(text.risk): <strong><bdi>\(HTMLPage.escaped(risk))</bdi></strong></p>
      <p class="soft">\(text.framesWithFace): \(track.framesSeen)/\(summary.frames)</p>\(notJudged(track))
      \(plot)</div></div>
      \(signs.tables(track.verdict.reasons))</article>

      """
  }

  /// What kept the face from being judged, and what helps.
  private func notJudged(_ track: RecordedTrack) -> String {
    let causes = track.hindrances.map { cause in
      "\(words.unavailable(cause.obstacle.reason)) (\(number(cause.obstacle.value, 2)), \(text.limit) "
        + "\(number(cause.obstacle.limit, 2)), \(cause.frames) \(text.frames))"
    }
    guard !causes.isEmpty else { return "" }
    let advice = track.advice.map { words.advice($0) + "." }.joined(separator: " ")
    return "\n<p>\(text.notJudged): \(causes.joined(separator: "; ")). \(advice)</p>"
  }

  private func figure(_ picture: FacePicture, _ track: RecordedTrack, _ summary: RecordingSummary) -> String {
    let data = Data(picture.jpeg).base64EncodedString()
    let moment = summary.kind == .video ? text.moment(number(picture.second, 2)) : ""
    let heat = picture.hasHeatMap ? " \(text.heat)" : ""
    return
      "<figure><img alt=\"\(text.face) \(track.id.value)\" src=\"data:image/jpeg;base64,\(data)\"/><figcaption>\(moment)\(heat)</figcaption></figure>"
  }

  private func number(_ value: Double, _ decimals: Int) -> String {
    "<bdi>" + String(format: "%.\(decimals)f", value) + "</bdi>"
  }

  // Verdicts are words; colour only repeats them. Contrast on both papers is at least 4.5 to 1 (WCAG 2.2, AA).
  private static let style = """
    :root{color-scheme:light dark;--ink:#16212b;--paper:#f7f8f9;--panel:#fff;--soft:#465562;--line:#b8c2ca;--risk:#a1142f;--doubt:#8a4b00;--live:#0b5c6b;--good:#116329}
    @media (prefers-color-scheme:dark){:root{--ink:#edf1f4;--paper:#11171c;--panel:#1a232a;--soft:#b4c0c9;--line:#4a5863;--risk:#ff97a6;--doubt:#ffbe66;--live:#6fcbdc;--good:#7fdc98}}
    *{box-sizing:border-box}body{font:16px/1.5 system-ui,"DejaVu Sans","Noto Sans","Noto Naskh Arabic",sans-serif;color:var(--ink);background:var(--paper);margin:0}
    main{max-width:64rem;margin:1.5rem auto;padding:0 1rem}
    section{background:var(--panel);border:1px solid var(--line);border-inline-start:.5rem solid var(--soft);border-radius:.75rem;padding:1rem;margin-block:1rem}
    .live-edge{border-inline-start-color:var(--good)}.fake-edge{border-inline-start-color:var(--risk)}.suspect-edge{border-inline-start-color:var(--doubt)}
    h1{font-size:1.5rem}h2{font-size:1.15rem;overflow-wrap:anywhere;margin:.25rem 0}h3{font-size:1.05rem}h4{font-size:1rem;margin:.75rem 0 .25rem}
    .soft,figcaption,.verdict.undecided{color:var(--soft)}.verdict{font-weight:700;font-size:1.4rem;border:2px solid;border-radius:2rem;padding:.15rem 1rem}
    .verdict.live{color:var(--good)}.verdict.fake,.problem,.against{color:var(--risk)}.verdict.suspect{color:var(--doubt)}.against{font-weight:700}
    .because{font-size:1.1rem;max-width:48rem}article{border-top:1px solid var(--line);margin-top:1rem}
    .face{display:grid;grid-template-columns:minmax(0,14rem) minmax(0,1fr);gap:1rem}.face>div:only-child{grid-column:1/-1}
    figure{margin:0}figure img{width:100%;height:auto;border-radius:.5rem}figcaption{font-size:.9rem}
    svg{width:100%;height:auto;max-height:16rem}svg text{font-size:13px;fill:var(--soft)}
    .grid{stroke:var(--line)}polyline{fill:none;stroke-width:2}polyline.risk{stroke:var(--risk)}
    polyline.live{stroke:var(--live);stroke-dasharray:6 3}.blink{fill:var(--good)}.mouth{fill:var(--live)}text.risk{fill:var(--risk)}text.live{fill:var(--live)}
    table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}thead th{color:var(--soft);font-weight:400}
    code{overflow-wrap:anywhere}ul{padding-inline-start:1.2rem}summary{cursor:pointer;color:var(--live);margin-block:.5rem}
    @media (max-width:40rem){.face{grid-template-columns:minmax(0,1fr)}figure img{max-width:14rem}
    .chart{overflow-x:auto}svg{min-width:36rem;max-height:none}
    thead{position:absolute;clip-path:inset(50%)}table,tbody,tr,th,td{display:block;border:0;padding:.05rem 0}tr{border-bottom:1px solid var(--line);padding:.4rem 0}}
    @media print{:root{--ink:#000;--paper:#fff;--panel:#fff;--line:#bbb}main{margin:0;max-width:none}section,tr,svg,figure{break-inside:avoid}}
    """
}
