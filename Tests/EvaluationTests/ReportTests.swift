import Evaluation
import Foundation
import Reports
import Testing

@Suite("Label tables")
struct LabelTableTests {
  @Test("reads columns by name, and lends the path as a group")
  func reads() throws {
    let files = try LabelTable.read(
      "label\tpath\tgroup\tsource\r\nreal\ta.jpg\tann\tlab\r\nfake\tb/c.mp4\t\tlab\n\n")
    #expect(
      files == [
        LabelledFile(path: "a.jpg", label: "real", kind: "", group: "ann", source: "lab"),
        LabelledFile(path: "b/c.mp4", label: "fake", kind: "", group: "b/c.mp4", source: "lab"),
      ])
  }

  @Test(
    "refuses what is not sound, and says where",
    arguments: [
      ("", 1), ("path\tkind\n", 1), ("path\tlabel\na\n", 2), ("path\tlabel\na\treal\n\treal", 3),
      ("path\tlabel\n/etc/passwd\treal", 2), ("path\tlabel\na/../../b\treal", 2),
    ])
  func refuses(text: String, line: Int) {
    #expect {
      try LabelTable.read(text)
    } throws: { error in
      (error as? LabelTableError)?.line == line && "\(error)".hasPrefix("line \(line): ")
    }
  }
}

@Suite("Report")
struct ReportTests {
  private func sample(_ name: String, _ positive: Bool, _ probability: Double, _ source: String)
    -> ScoredSample
  {
    .made(name, positive, name, (source, positive ? "swap<1>" : "webcam"), probability)
  }

  private var report: EvaluationReport {
    EvaluationReport(
      question: "forgery",
      samples: [
        sample("a", true, 0.9, "paired"), sample("b", false, 0.2, "paired"), sample("c", true, 0.3, "alone"),
        sample("d", false, 0.4, "paired"),
      ], threshold: 0.5, unscored: [.init(path: "<e>", reason: "no face")], provenance: ["net@sha256:0"])
  }

  @Test("a source without genuine files is held against all of them")
  func parts() throws {
    let alone = try #require(report.sources.first { $0.name == "alone" })
    #expect(alone.positives == 1 && alone.negatives == 2)
    #expect(alone.area == 0.5)
    let paired = try #require(report.sources.first { $0.name == "paired" })
    #expect(paired.area == 1)
    #expect(report.all.area == 0.75)
    #expect(report.confusion.falseNegatives == 1)
    #expect(report.kinds.map(\.name) == ["swap<1>"])
    #expect(report.kinds[0].passed == Share(1, of: 2))
  }

  @Test("JSON can be read back and is the same every time")
  func json() throws {
    let data = try report.json()
    let again = try JSONDecoder().decode(EvaluationReport.self, from: data)
    #expect(again.all.area == 0.75)
    #expect(again.unscored == report.unscored)
    #expect(try report.json() == data)
  }

  @Test("the page is whole, escapes foreign text and loads nothing")
  func page() {
    let page = EvaluationPage.html(report)
    #expect(page.contains("swap&lt;1&gt;") && !page.contains("swap<1>"))
    #expect(page.contains("&lt;e&gt;"))
    #expect(page.contains("Confusion matrix") && page.contains(">ROC") && page.contains(">Reliability"))
    #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"))
    #expect(page.contains("0.750"))
  }

  @Test("nothing scored is said, not invented")
  func empty() {
    let page = EvaluationPage.html(EvaluationReport(question: "risk", samples: [], threshold: 0.5))
    #expect(page.contains("not measured"))
    #expect(!page.contains("nan"))
  }
}
