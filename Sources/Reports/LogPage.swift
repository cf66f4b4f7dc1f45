public import AuditLog
import JSON
public import LogProofs
public import Wording

/// A session's report as one HTML page: no script, nothing loaded from elsewhere, light and dark, printable.
public enum LogPage {
  /// Makes the page. `verification` is what ``LogHistory/verify(key:outside:witnesses:)`` said.
  public static func html(
    _ history: LogHistory, session: SessionOverview, verification: VerificationReport,
    language: Language
  ) throws(LogError) -> String {
    let words = LogPageWords(language)
    let digest = try SessionDigest(history, session, words)
    let verdict = words(verification.isGood ? "good" : "bad")
    return """
      \(HTMLPage.head("\(words("title")) \(HTMLPage.escaped(session.session))", language, style: style))
      <body><h1>\(words("title"))</h1>
      <p><span class="verdict \(HTMLPage.escaped(digest.overview.result))">\(HTMLPage.escaped(words(digest.overview.result)))</span></p>
      <p class="\(verification.isGood ? "good" : "bad")">\(verdict)</p>
      \(facts(digest, words))
      <h2>\(words("scores"))</h2>
      \(legend(digest, words))
      <div class="chart">\(LogPageChart(digest, words).svg)</div>
      <h2>\(words("events"))</h2>
      \(table(digest, words))
      <h2>\(words("verification"))</h2>
      \(checked(verification, words))
      <p>\(words("exact"))</p>
      <pre dir="ltr">\(HTMLPage.escaped(verification.lines.joined(separator: "\n")))</pre>
      </body></html>

      """
  }

  private static func facts(_ digest: SessionDigest, _ words: LogPageWords) -> String {
    let files = { (name: String) in
      (digest.header[name]?.elements ?? [])
        .map { "\($0["name"]?.text ?? "") \(($0["sha256"]?.text ?? "").prefix(12))…" }.joined(separator: ", ")
    }
    let rows = [
      ("session", digest.overview.session), ("result", words(digest.overview.result)),
      ("started", shown(digest.overview.started)), ("ended", shown(digest.overview.ended)),
      ("purpose", words(digest.overview.purpose)), ("device", digest.overview.device),
      ("program", digest.header["program"]?.text ?? ""), ("models", files("models")),
      ("calibrations", files("calibrations")), ("blinks", "\(digest.blinks.count)"),
      ("mouth", "\(digest.mouths.count)"),
    ]
    return "<dl>"
      + rows.map { "<dt>\(words($0.0))</dt><dd><bdi>\(HTMLPage.escaped($0.1))</bdi></dd>" }.joined(
        separator: "\n")
      + "</dl>"
  }

  private static func checked(_ report: VerificationReport, _ words: LogPageWords) -> String {
    let rows = [
      ("records", "\(report.records)"), ("checkpoints", "\(report.checkpoints)"),
      ("cosignatures", "\(report.cosignatures)"), ("findings", "\(report.findings.count)"),
      ("unchecked", "\(report.unchecked.count)"),
    ]
    return "<dl>" + rows.map { "<dt>\(words($0.0))</dt><dd>\($0.1)</dd>" }.joined(separator: "\n")
      + "</dl>"
  }

  private static func legend(_ digest: SessionDigest, _ words: LogPageWords) -> String {
    let names = [
      ("risk", "risk"), ("live", "liveness"), ("verdict", "verdict"),
    ]
    let keys = names.map { "<span><i class=\"\($0.0)\"></i>\(words($0.1))</span>" }.joined(separator: " ")
    let note = digest.risk.isEmpty && digest.liveness.isEmpty ? "<p>\(words("none"))</p>" : ""
    return "<p class=\"legend\">\(keys)</p>\(note)"
  }

  private static func table(_ digest: SessionDigest, _ words: LogPageWords) -> String {
    let rows = digest.events.map { event in
      "<tr><td><time datetime=\"\(HTMLPage.escaped(event.wall))\"><bdi>\(HTMLPage.escaped(shown(event.wall)))</bdi></time></td><td>\(HTMLPage.escaped(words(event.kind)))</td><td><bdi>\(HTMLPage.escaped(event.text))</bdi></td></tr>"
    }
    return
      "<table><thead><tr><th>\(words("time"))</th><th>\(words("kind"))</th><th>\(words("detail"))</th></tr></thead><tbody>"
      + rows.joined(separator: "\n") + "</tbody></table>"
  }

  /// A time as people read it, to the second; its attribute keeps the rest. Anything else stays as it is.
  private static func shown(_ wall: String) -> String {
    guard wall.utf8.count > 19, wall.dropFirst(10).first == "T" else { return wall }
    return wall.prefix(10) + " " + wall.dropFirst(11).prefix(8)
  }

  // Colours after Okabe and Ito (2008), told apart by people with colour blindness too; marks also have rows.
  private static let style = """
    :root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--soft:#666;--line:#d8d8d8;--risk:#d55e00;--live:#0072b2;
    --blink:#009e73;--mouth:#b5598f;--challenge:#b07c00}
    @media (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#161618;--soft:#aaa;--line:#3a3a3e;--risk:#ff8a3d;
    --live:#56b4e9;--blink:#2fd0a0;--mouth:#e08fc0;--challenge:#f0c040}}
    body{font:16px/1.5 system-ui,"Noto Sans","Noto Naskh Arabic",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
    color:var(--ink);background:var(--paper)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
    path.mouth{fill:var(--mouth)}path.challenge{fill:var(--challenge)}path.other{stroke:var(--ink);stroke-width:2}svg text.word{fill:var(--ink)}
    svg{width:100%;height:auto}svg text{font-size:12px;fill:var(--soft)}.grid{stroke:var(--line)}
    polyline{fill:none;stroke-width:2}polyline.risk{stroke:var(--risk)}polyline.live{stroke:var(--live);stroke-dasharray:6 3}
    line.verdict{stroke:var(--ink);stroke-dasharray:2 3}circle.blink{fill:var(--blink)}
    i{display:inline-block;width:1.6em;vertical-align:middle;margin-inline-end:.4em;border-top:3px solid var(--risk)}i.live{border-top:3px dashed var(--live)}i.verdict{border-top:2px dotted var(--ink)}
    .legend span{margin-inline-end:1.2em}table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
    td:first-child{white-space:nowrap}th{color:var(--soft);font-weight:600}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
    .verdict{font-weight:700;font-size:1.3rem;border:2px solid;border-radius:2rem;padding:.15rem 1rem;color:var(--soft)}
    .verdict.live{color:#116329}.verdict.fake{color:#a1142f}.verdict.suspect{color:#8a4b00}
    @media (prefers-color-scheme:dark){.verdict.live{color:#7fdc98}.verdict.fake{color:#ff97a6}.verdict.suspect{color:#ffbe66}}
    .chart{overflow-x:auto}.chart svg{min-width:38rem;max-width:none}*{box-sizing:border-box}dl{grid-template-columns:minmax(6rem,max-content) minmax(0,1fr)}
    @media (max-width:44rem){thead{position:absolute;clip-path:inset(50%)}table,tbody,tr,td{display:block;border:0;padding:.05rem 0}
    tr{border-bottom:1px solid var(--line);padding:.5rem 0}td:first-child{white-space:normal;color:var(--soft)}td:nth-child(2){font-weight:600}}
    .good,.bad{font-weight:700;padding:.4rem .8rem;border-inline-start:4px solid var(--blink)}.bad{border-color:var(--risk);color:var(--risk)}
    @media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--soft:#444;--line:#bbb}body{margin:0;max-width:none;font-size:11pt}tr,svg{break-inside:avoid}}
    """
}
