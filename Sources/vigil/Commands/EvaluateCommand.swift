import ArgumentParser
import Calibration
import Evaluation
import Foundation
import Observations
import Reports
import Surroundings

/// `vigil evaluate`: how right the program is on labelled files.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures the program on labelled pictures and recordings.",
    discussion: """
      LABELS.tsv has a header with path and label (real, fake, attack; other labels are left out) and may have kind,
      group (person or generator: intervals are drawn by group) and source; paths are relative to the table.

      With --given the table's own numbers are measured and no file is opened: a column "probability", or
      "logit:NAME" of the network NAME, such as --scores writes or a trainer's scores of networks that had not seen them.

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
  @Option(
    help: """
      At or above it a file is called fake; default: the calibration's limit for fake of the question, and for risk what
      the program itself calls fake.
      """)
  var threshold: Double?
  @Option(help: "Take only files whose path begins so.") var only = ""
  @Option(help: "Take every Nth of the files.") var every = 1
  @Option(
    help: """
      Do this to every frame first: jpeg:QUALITY, face:PIXELS, blur:SIGMA, noise:SIGMA, gamma:EXPONENT or
      occlude:PERCENT.
      """)
  var perturb: String?
  @Option(help: "Measure this column of the table (probability or logit:NAME) instead of the files.")
  var given: String?
  @Option(help: "Write the report as JSON to this file.") var json: String?
  @Option(help: "Write the report as a web page to this file.") var html: String?
  @Option(help: "Write the score of each file as a table to this file.") var scores: String?
  @Argument(help: "The table of labelled files.") var labels: String

  func run() throws {
    guard every >= 1 else { throw Failure(.usage, "--every \(every): write 1 or more") }
    let files = try selected()
    guard !files.isEmpty else {
      throw Failure(.noInput, "\(labels): no file labelled for \(question.rawValue) under \"\(only)\"")
    }
    // Hours of work must not end at a file that cannot be written.
    let pages = try Pages(json: json, html: html)
    Interrupts.install()
    let report = try given.map { try measured(files, column: $0) } ?? judged(files)
    guard report.all.positives + report.all.negatives > 0 else {
      throw Failure(
        .noInput,
        "\(labels): none of the \(files.count) files has a score; the first: \(report.firstReason)")
    }
    try pages.write(report)
    try StandardOutput.text(EvaluationSummary.text(report) + "\n")
  }

  /// The report on the program's own judgement of the files.
  private func judged(_ files: [LabelledFile]) throws -> EvaluationReport {
    let assembly = try Assembly(try common.settings())
    let limit = try limit(standard(assembly))
    let perturbation = try perturb.map { text in
      guard let perturbation = FramePerturbation(text) else {
        throw Failure(.usage, "--perturb \(text): write KIND:AMOUNT, for example jpeg:30; see --help")
      }
      return perturbation
    }
    let judge = FileJudge(
      question: question, assembly: assembly,
      folder: URL(fileURLWithPath: labels).deletingLastPathComponent(),
      byWord: question == .risk && threshold == nil, perturbation: perturbation)
    let table = try scores.map { try ScoreTable($0, networks: judge.members) }
    var (samples, unscored): ([ScoredSample], [EvaluationReport.Unscored]) = ([], [])
    let progress = Progress(total: files.count)
    for (index, file) in files.enumerated() {
      guard !Interrupts.received else {
        throw Failure(
          interrupted: "interrupted after \(index) of \(files.count) files; no report was written")
      }
      let answer = try judge.judge(file)
      if let sample = answer.sample { samples.append(sample) }
      if let problem = answer.problem {
        unscored.append(EvaluationReport.Unscored(path: file.path, reason: problem))
      }
      try table?.write(file, answer)
      progress.show(index + 1)
    }
    try table?.close()
    return EvaluationReport(
      question: question.rawValue, samples: samples, threshold: limit, unscored: unscored,
      provenance: judge.provenance + (perturbation.map { ["every frame through \($0)"] } ?? []))
  }

  /// The report on numbers that the table holds.
  private func measured(_ files: [LabelledFile], column: String) throws -> EvaluationReport {
    guard column == "probability" || column.hasPrefix("logit:") else {
      throw Failure(.usage, "--given \(column): write probability or logit:NAME")
    }
    var (samples, unscored): ([ScoredSample], [EvaluationReport.Unscored]) = ([], [])
    for file in files {
      let number = file.given[column].map { column == "probability" ? $0 : 1 / (1 + exp(-$0)) }
      if let number, (0...1).contains(number), let sample = file.sample(question, number) {
        samples.append(sample)
      } else {
        unscored.append(
          EvaluationReport.Unscored(
            path: file.path, reason: number.map { "\($0) is no probability" } ?? "no \(column)"))
      }
    }
    return EvaluationReport(
      question: question.rawValue, samples: samples, threshold: try limit(0.5), unscored: unscored,
      provenance: ["column \(column) of \(labels)", "vigil \(Program.version)"])
  }

  /// The calibration's limit for fake: the question's own under the policy, when it was fitted.
  private func standard(_ assembly: Assembly) -> Double {
    let rules = assembly.calibration.scores
    let fitted: ScoreRules.Question? =
      switch question {
      case .risk: nil
      case .forgery: rules?.forgery
      case .spoof: rules?.spoof
      }
    return fitted?.limits[assembly.settings.policy.rawValue]?.fake ?? assembly.calibration.decision.fake
  }

  private func limit(_ standard: Double) throws -> Double {
    let limit = threshold ?? standard
    guard (0...1).contains(limit) else { throw Failure(.usage, "--threshold \(limit): write 0 to 1") }
    return limit
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

  /// The report's files, opened before the work begins.
  private struct Pages {
    let json: OutputFile?
    let html: OutputFile?

    init(json: String?, html: String?) throws {
      do throws(OutputFailure) {
        func open(_ path: String?) throws(OutputFailure) -> OutputFile? {
          guard let path else { return nil }
          return try OutputFile(path)
        }
        (self.json, self.html) = (try open(json), try open(html))
      } catch { throw Failure(.usage, "\(error)") }
    }

    func write(_ report: EvaluationReport) throws {
      try json?.write(report.json())
      try json?.close()
      try html?.write(EvaluationPage.html(report))
      try html?.close()
    }
  }
}
