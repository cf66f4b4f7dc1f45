import Foundation
import Testing
import VigilTesting

@Suite struct EvaluateTests {
  private let table = """
    path\tlabel\tkind\tgroup\tsource\tprobability\tlogit:net
    a\tfake\tswap\tg1\ts\t0.9\t2
    b\treal\tcam\tg1\ts\t0.2\t-1
    c\tfake\ttalker\tg2\ts\t0.3\t-0.5
    d\treal\tcam\tg3\tt\t0.4\t0.1
    e\treal\tcam\tg4\tt\t\t
    """

  @Test func aTablesOwnNumbersAreMeasured() throws {
    let folder = try TemporaryFolder()
    let labels = try folder.file("l.tsv", table)
    let (json, page) = (folder.url.path + "/r.json", folder.url.path + "/r.html")
    let run = try ProgramRun(["evaluate", "--given", "probability", "--json", json, "--html", page, labels])
    #expect(run.status == 0, "\(run.errors)")
    // Pairs in order: .9 over .2 and .4, .3 over .2: three of four.
    #expect(run.output.contains("all: AUC 0.750") && run.output.contains("1 of 1 pairs"))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json))) as? [String: Any])
    #expect((report["unscored"] as? [[String: Any]])?.count == 1)
    let matrix = try #require(report["confusion"] as? [String: Any])
    #expect(
      (matrix["precision"] as? [String: Any])?["value"] as? Double == 1 && matrix["f1"] as? Double == 2.0 / 3)
    #expect(run.output.contains("precision 1.000, recall 0.500, F1 0.667"))
    #expect(
      (report["generators"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["swap", "talker"])
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(["ROC", "DET", "Reliability", "prefers-color-scheme"].allSatisfy(html.contains))
    #expect(!html.contains("://") && !html.contains("<script"))
    let other = try ProgramRun(["evaluate", "--given", "logit:net", "--question", "forgery", labels])
    #expect(other.status == 0 && other.output.contains("all: AUC 0.750"))
  }

  @Test func badInputsAreOneLineAndTheRightCode() throws {
    let folder = try TemporaryFolder()
    let labels = try folder.file("l.tsv", table)
    let cases: [([String], Int32, String)] = [
      (["evaluate", "/nonexistent/l.tsv"], 3, "/nonexistent/l.tsv"),
      (["evaluate", "--given", "nothing", labels], 64, "--given"),
      (["evaluate", "--given", "logit:other", labels], 3, "none of"),
      (["evaluate", "--given", "probability", "--threshold", "2", labels], 64, "--threshold"),
      (["evaluate", "--given", "probability", "--question", "spoof", "--only", "zz", labels], 3, "no file"),
      (["evaluate", "--every", "0", labels], 64, "--every"),
      (["evaluate", "--given", "probability", try folder.file("m.tsv", "path\tlabel\nx\n")], 3, "line 2"),
      (
        [
          "evaluate", "--given", "probability",
          try folder.file("n.tsv", "path\tlabel\tprobability\nx\treal\tzz\n"),
        ],
        3, "finite"
      ),
    ]
    for (arguments, status, words) in cases {
      let run = try ProgramRun(arguments)
      #expect(run.status == status && run.errors.contains(words), "\(arguments): \(run.status) \(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
  }

  @Test(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
  func scoresAreWrittenAndCalibratedAndThenSpeak() throws {
    let folder = try TemporaryFolder()
    let networks = folder.url.appendingPathComponent("networks")
    let hash = try TinyNetworks.install("net", in: networks)
    try FileManager.default.copyItem(
      at: Prerequisites.portrait, to: folder.url.appendingPathComponent("face.png"))
    let labels = try folder.file("l.tsv", "path\tlabel\tgroup\nface.png\treal\tastronaut\n")
    let scores = folder.url.path + "/scores.tsv"
    let run = try ProgramRun([
      "evaluate", "--question", "forgery", "--networks", networks.path, "--scores", scores, labels,
    ])
    #expect(run.status == 0, "\(run.errors)")
    let line = try String(contentsOfFile: scores, encoding: .utf8).split(separator: "\n")
    #expect(line.first?.hasSuffix("\tlogit:net") == true && line.count == 2)
    let cells = (line.last ?? "").split(separator: "\t", omittingEmptySubsequences: false)
    let logit = try #require(Double(cells.last ?? ""))
    let probability = try #require(Double(cells[5]))
    #expect(abs(probability - 1 / (1 + exp(-logit))) < 1e-4)

    // Calibrate from a table of two classes, then the same picture speaks by the new rule.
    let rows = (0..<40).map {
      "p\($0)\t\($0 % 2 == 0 ? "fake" : "real")\tg\($0 / 2)\t\(Double($0 % 2 == 0 ? 2 : -2) + Double($0 % 7))"
    }
    let training = try folder.file("t.tsv", "path\tlabel\tgroup\tlogit:net\n" + rows.joined(separator: "\n"))
    let calibration = folder.url.appendingPathComponent("Calibration")
    try FileManager.default.copyItem(
      at: Prerequisites.root.appendingPathComponent("Calibration"), to: calibration)
    let out = calibration.appendingPathComponent("scores.json")
    try? FileManager.default.removeItem(at: out)
    let fit = try ProgramRun([
      "calibrate", "scores", "--networks", networks.path, "--forgery", training, "--out", out.path,
    ])
    #expect(fit.status == 0 && fit.errors.contains("40 files"), "\(fit.errors)")
    let text = try String(contentsOf: out, encoding: .utf8)
    #expect(text.contains(hash) && text.contains("\"standard\""))
    let again = try ProgramRun([
      "analyze", "--networks", networks.path, "--calibration", calibration.path, Prerequisites.portrait.path,
    ])
    #expect(again.status == 0 && again.output.contains("+scores-"), "\(again.errors)")
    let bad = try ProgramRun([
      "calibrate", "scores", "--networks", folder.url.path, "--forgery", training, "--out", out.path,
    ])
    #expect(bad.status == 64 && bad.errors.contains("logit:net"))
  }
}
