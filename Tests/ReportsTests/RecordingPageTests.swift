import Foundation
import Observations
import Reports
import Testing
import Wording

@Suite struct RecordingPageTests {
  private func clip(frames: Int, path: String = "clip.mp4", gap: Range<Int> = 0..<0) -> RecordingSummary {
    var summary = RecordingSummary(path: path, kind: .video)
    for index in 0..<frames {
      let label: VerdictLabel = gap.contains(index) ? .undecided : .live
      summary.add(Sample.frame(index) { [Sample.track(label, at: $0)] })
    }
    return summary
  }

  private func page(_ language: Language, _ sections: (RecordingPage) -> String) -> String {
    let page = RecordingPage(language)
    return page.head + sections(page) + page.foot(Sample.provenance)
  }

  private func count(_ part: String, in text: String) -> Int { text.components(separatedBy: part).count - 1 }

  /// Elements left open, or closed by another name; the three void elements of the page need no end.
  private func unbalanced(_ text: String) throws -> [String] {
    var open: [String] = []
    for match in text.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
      let name = String(match.2)
      if match.3 == "/" || name == "meta" { continue }
      if match.1.isEmpty { open.append(name) } else if open.popLast() != name { return ["</\(name)>"] }
    }
    return open
  }

  @Test func isWellFormedInBothLanguages() throws {
    for language in Language.allCases {
      let text = page(language) {
        $0.section(clip(frames: 30), damage: "cut") + $0.failure(path: "x", problem: "y")
      }
      #expect(try unbalanced(text) == [])
      #expect(text.contains(#"lang="\#(language.rawValue)""#))
      #expect(text.contains(#"dir="rtl""#) == language.isRightToLeft)
    }
  }

  /// A path and a hash read from left to right in an Arabic line too; a wide chart scrolls in its own box.
  @Test func pathsHashesAndChartsKeepTheirDirection() {
    let text = page(.arabic) {
      $0.section(clip(frames: 30, path: "/a/b.mp4"), damage: nil) + $0.failure(path: "/c", problem: "y")
    }
    #expect(text.contains(#"<bdi dir="ltr">/a/b.mp4</bdi>"#) && text.contains(#"<bdi dir="ltr">/c</bdi>"#))
    #expect(count("<svg", in: text) == count(#"<div class="chart"><svg"#, in: text) && text.contains("<svg"))
  }

  @Test func loadsNothingFromElsewhere() {
    let text = page(.english) { $0.section(clip(frames: 30), damage: nil) }
    for part in ["<script", "http://", "https://", "src=", "url("] { #expect(!text.contains(part)) }
    #expect(text.contains("default-src 'none'"))
  }

  @Test func namesFromOutsideCannotBecomeMarkup() {
    let path = #"<img src=x onerror="alert('1')">&.mp4"#
    let text = page(.english) {
      $0.section(clip(frames: 2, path: path), damage: path) + $0.failure(path: path, problem: path)
    }
    #expect(!text.contains("<img"))
    #expect(count("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;.mp4", in: text) == 4)
  }

  @Test func aGapInTheMeasurementStaysAGapInThePlot() {
    let whole = page(.english) { $0.section(clip(frames: 60), damage: nil) }
    let broken = page(.english) { $0.section(clip(frames: 60, gap: 20..<40), damage: nil) }
    #expect(count(#"<polyline class="risk""#, in: whole) == 1)
    #expect(count(#"<polyline class="risk""#, in: broken) == 2)
    // Liveness was never measured, so it has no line at all.
    #expect(count(#"<polyline class="live""#, in: whole) == 0)
  }

  @Test func longRecordingsKeepABoundedPlot() throws {
    let text = page(.english) { $0.section(clip(frames: 5000), damage: nil) }
    let line = try #require(text.components(separatedBy: #"<polyline class="risk" points=""#).last)
    let points = try #require(line.components(separatedBy: "\"").first).split(separator: " ")
    #expect((256...512).contains(points.count))
    // The last point lies near the right end: halving must not forget the end of the recording.
    let last = try #require(points.last?.split(separator: ",").first.flatMap { Double($0) })
    #expect(last > 44 + 740 * 0.99)
  }

  @Test func missingValuesAreWords() {
    var still = RecordingSummary(path: "a.png", kind: .image)
    still.add(Sample.frame(0) { [Sample.track(.undecided, at: $0)] })
    let text = page(.english) { $0.section(still, damage: nil) }
    #expect(text.contains("waiting, 1.0 of 4.0"))
    #expect(!text.contains("<svg"))
    let empty = page(.arabic) { $0.section(RecordingSummary(path: "b", kind: .video), damage: nil) }
    #expect(empty.contains("غير محسوم"))
  }
}
