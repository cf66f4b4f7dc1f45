import Calibration
import Evaluation
import FaceScoring
import Foundation
import Observations
import Quantities
import Reports
import Surroundings

/// Judges labelled files one after the other as `vigil analyze` does.
struct FileJudge {
  /// What came of one file.
  struct Answer {
    /// The file with its score; nil when there is none.
    var sample: ScoredSample?
    /// Why there is none.
    var problem: String?
    /// The verdict, when a face was seen.
    var verdict: VerdictLabel?
    /// Mean logit of each network, by name.
    var logits: [String: Double] = [:]
  }

  let question: EvaluateCommand.Question
  let assembly: Assembly
  let folder: URL
  /// Whether the word "fake" decides what is called positive, not a threshold.
  var byWord = false
  /// What is done to each frame first.
  var perturbation: FramePerturbation?

  /// The networks that are asked, by name.
  var members: [String] { assembly.scorers.identities.map(\.name) }

  /// What makes the scores.
  var provenance: [String] {
    assembly.scorers.identities.map(\.description)
      + ["calibration \(assembly.calibration.id)", "vigil \(Program.version)"]
  }

  /// The score of one file. Throws only when the program itself fails.
  func judge(_ file: LabelledFile) throws -> Answer {
    var analysis = RecordingAnalysis(
      assembly: assembly, table: nil, renderer: nil, timed: false, logged: false)
    analysis.perturbation = perturbation
    let result = try analysis.run(folder.appendingPathComponent(file.path).path)
    guard let summary = result.summary, result.problem == nil else {
      return Answer(problem: result.problem ?? "unreadable")
    }
    guard let track = summary.deciding?.deciding else { return Answer(problem: "no face") }
    var answer = Answer(verdict: summary.label)
    for score in [track.scores.forgery, track.scores.spoof].compactMap(\.value) {
      for member in score.members { answer.logits[member.model.name] = member.logit }
    }
    switch score(track) {
    case .measured(let probability, _):
      answer.sample = file.sample(question, probability)
      answer.sample?.word = summary.label.rawValue
      if byWord { answer.sample?.called = summary.label == .fake }
      if summary.kind == .video {
        answer.sample?.seconds = summary.duration
        answer.sample?.alarms = summary.reported.reduce(0) { $0 + $1.alarms }
        answer.sample?.warnings = summary.reported.reduce(0) { $0 + $1.warnings }
      }
    case .pending(let observed, let required): answer.problem = "pending: \(observed) of \(required)"
    case .unavailable(let reason): answer.problem = reason.rawValue
    }
    return answer
  }

  private func score(_ track: TrackReport) -> Evidence<Double> {
    switch question {
    case .risk: track.verdict.risk.map(\.value)
    case .forgery: track.scores.forgery.map(\.probability.value)
    case .spoof: track.scores.spoof.map(\.probability.value)
    }
  }
}

extension LabelledFile {
  /// The file with a score, as `question` takes its label; nil when it is not asked about or `probability` is none.
  func sample(_ question: EvaluateCommand.Question, _ probability: Double) -> ScoredSample? {
    question.positive(label).flatMap {
      ScoredSample(
        path: path, positive: $0, group: group, source: source, kind: kind, probability: probability)
    }
  }
}

/// The table of scores: what `--given` and `vigil calibrate scores` read.
struct ScoreTable {
  private let file: LineFile
  private let networks: [String]

  init(_ path: String, networks: [String]) throws {
    self.networks = networks
    let columns = ["path", "label", "kind", "group", "source", "probability", "verdict", "problem"]
    file = try LineFile(path, header: (columns + networks.map { "logit:\($0)" }).joined(separator: "\t"))
  }

  /// Closes the table; throws when not all of it has arrived.
  func close() throws { try file.close() }

  func write(_ labelled: LabelledFile, _ answer: FileJudge.Answer) throws {
    let cells = [
      labelled.path, labelled.label, labelled.kind, labelled.group, labelled.source,
      answer.sample.map { String(format: "%.6f", $0.probability) } ?? "", answer.verdict?.rawValue ?? "",
      answer.problem ?? "",
    ]
    let logits = networks.map { answer.logits[$0].map { String(format: "%.5f", $0) } ?? "" }
    try file.write((cells.map(TableCell.tab) + logits).joined(separator: "\t"))
  }
}

/// A line that tells how far long work has come; only on a terminal.
struct Progress {
  let total: Int

  func show(_ done: Int) {
    guard isatty(2) == 1 else { return }
    StandardErrors.progress("\(done) of \(total) files", isLast: done == total)
  }
}
