import ArgumentParser
import Calibration
import Evaluation
import FaceScoring
import Foundation
import Observations
import Reports
import Units

/// `vigil evaluate`: how right the program is on labelled files.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures the program on labelled pictures and recordings.",
    discussion: """
      LABELS.tsv has a header with path and label (real, fake, attack; other labels are left out) and may have kind,
      group (person or generator: intervals are drawn by group) and source; paths are relative to the table.

      Examples:
        vigil evaluate LABELS.tsv
        vigil evaluate --question forgery --only clips/ --html report.html --json report.json LABELS.tsv
      """)

  enum Question: String, ExpressibleByArgument, CaseIterable {
    case risk, forgery, spoof

    /// Whether a label is positive, negative or not asked about.
    func positive(_ label: String) -> Bool? {
      switch (self, label) {
      case (_, "real"): false
      case (.risk, "fake"), (.risk, "attack"), (.forgery, "fake"), (.spoof, "attack"): true
      default: nil
      }
    }
  }

  @OptionGroup var common: CommonOptions
  @Option(help: "What is measured: risk, forgery or spoof.") var question = Question.risk
  @Option(help: "At or above it a file is called fake; default: the calibration's limit for fake.")
  var threshold: Double?
  @Option(help: "Take only files whose path begins so.") var only = ""
  @Option(help: "Take every Nth of the files.") var every = 1
  @Option(help: "Write the report as JSON to this file.") var json: String?
  @Option(help: "Write the report as a web page to this file.") var html: String?
  @Option(help: "Write the score of each file as a table to this file.") var scores: String?
  @Argument(help: "The table of labelled files.") var labels: String

  func run() throws {
    try Failure.reported {
      let assembly = try Assembly(try common.settings())
      let limit = threshold ?? assembly.calibration.decision.fake
      guard (0...1).contains(limit) else { throw Failure(.usage, "--threshold \(limit): write 0 to 1") }
      guard every >= 1 else { throw Failure(.usage, "--every \(every): write 1 or more") }
      let files = try selected()
      guard !files.isEmpty else {
        throw Failure(.noInput, "\(labels): no file labelled for \(question.rawValue) under \"\(only)\"")
      }
      let table = try scores.map {
        try LineFile($0, header: "path\tlabel\tkind\tgroup\tsource\tprobability\tverdict\tproblem")
      }
      let (samples, unscored, provenance) = try judge(files, assembly, table)
      let report = EvaluationReport(
        question: question.rawValue, samples: samples, threshold: limit, unscored: unscored,
        provenance: provenance)
      if let json { try write(try report.json(), json) }
      if let html { try write(Data(ReportPage.html(report).utf8), html) }
      print(Self.summary(report))
    }
  }

  private func selected() throws -> [LabelledFile] {
    guard let text = try? String(contentsOfFile: labels, encoding: .utf8) else {
      throw Failure(.noInput, "\(labels): cannot be read as UTF-8 text")
    }
    let all: [LabelledFile]
    do { all = try LabelTable.read(text) } catch { throw Failure(.noInput, "\(labels): \(error)") }
    let asked = all.filter { question.positive($0.label) != nil && (only.isEmpty || $0.path.hasPrefix(only)) }
    return asked.enumerated().filter { $0.offset % every == 0 }.map(\.element)
  }

  private func judge(
    _ files: [LabelledFile], _ assembly: Assembly, _ table: LineFile?
  ) throws -> ([ScoredSample], [EvaluationReport.Unscored], [String]) {
    let folder = URL(fileURLWithPath: labels).deletingLastPathComponent()
    let analysis = RecordingAnalysis(
      assembly: assembly, table: nil, renderer: nil, timed: false, logged: false)
    var samples: [ScoredSample] = []
    var unscored: [EvaluationReport.Unscored] = []
    for file in files {
      let result = try analysis.run(folder.appendingPathComponent(file.path).path)
      let answer = score(result.summary, problem: result.problem)
      switch answer {
      case .success(let probability):
        samples.append(
          ScoredSample(
            path: file.path, positive: question.positive(file.label) == true, group: file.group,
            source: file.source, kind: file.kind, probability: probability))
      case .failure(let missing):
        unscored.append(EvaluationReport.Unscored(path: file.path, reason: missing.reason))
      }
      try table?.write(
        [
          file.path, file.label, file.kind, file.group, file.source,
          (try? answer.get()).map { String(format: "%.6f", $0) } ?? "",
          result.summary?.label.rawValue ?? "",
          unscored.last?.path == file.path ? unscored.last?.reason ?? "" : "",
        ].joined(separator: "\t"))
    }
    let made = assembly.scorers.scorers.map(\.identity.description)
    return (
      samples, unscored, made + ["calibration \(assembly.calibration.origin.id)", "vigil \(Program.version)"]
    )
  }

  private struct Missing: Error { let reason: String }

  private func score(_ summary: RecordingSummary?, problem: String?) -> Result<Double, Missing> {
    guard let summary, problem == nil else { return .failure(Missing(reason: problem ?? "unreadable")) }
    guard let track = summary.deciding?.deciding else { return .failure(Missing(reason: "no face")) }
    func found(_ evidence: Evidence<Double>) -> Result<Double, Missing> {
      switch evidence {
      case .measured(let number, _): .success(number)
      case .pending(let observed, let required):
        .failure(Missing(reason: "pending: \(observed) of \(required)"))
      case .unavailable(let reason): .failure(Missing(reason: reason.rawValue))
      }
    }
    switch question {
    case .risk: return found(track.verdict.risk.map(\.value))
    case .forgery: return found(track.scores.forgery.map(\.probability.value))
    case .spoof: return found(track.scores.spoof.map(\.probability.value))
    }
  }

  private func write(_ data: Data, _ path: String) throws {
    do { try data.write(to: URL(fileURLWithPath: path)) } catch {
      throw Failure(.usage, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  private static func summary(_ report: EvaluationReport) -> String {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "not measured" }
    let lines = ([report.all] + report.sources).map { part in
      let span = part.areaInterval.map { String(format: " (%.3f-%.3f)", $0.low, $0.high) } ?? ""
      return
        "\(part.name): AUC \(number(part.area))\(span), \(part.positives) positive, \(part.negatives) negative; "
        + "found \(part.found.hits), false alarms \(part.falseAlarms.hits)"
    }
    return lines.joined(separator: "\n")
      + "\nECE \(number(report.calibrationError)), \(report.unscored.count) files without a score"
  }
}
