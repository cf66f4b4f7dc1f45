import ArgumentParser
import Calibration
import Evaluation
import FaceScoring
import Foundation
import Observations
import Surroundings

/// `vigil calibrate scores`: how the networks' logits become one probability, and from which on a face is fake.
struct CalibrateScoresCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scores",
    abstract: "Learns the networks' weights, calibration and limits from scored files.",
    discussion: """
      SCORES.tsv has a header with path, label and group and a column logit:NAME for each network, as
      vigil evaluate --scores writes it. The files must be ones that the networks were not trained on. Limits are
      probabilities that at most a share of the genuine files reaches: low 1 % for fake and 5 % for suspect, standard 3 %
      and 10 %, high 5 % and 20 %.

      Examples:
        vigil evaluate --question forgery --scores forgery.tsv LABELS.tsv
        vigil calibrate scores --forgery forgery.tsv --spoof spoof.tsv --out Calibration/scores.json
        vigil calibrate scores --live /dev/video0 --seconds 300 --out site/scores.json
        vigil calibrate scores --live monday.mp4 tuesday.mp4 --out site/scores.json

      With --live the limits in use are shifted to a place by live people alone: at least three, two minutes in all, no
      attack among them. Whoever leaves and comes back counts again. Exit code 2: refused, and why; nothing is written.
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "Table of files with the logits of the forgery networks.") var forgery: String?
  @Option(help: "Table of files with the logits of the presentation attack networks.") var spoof: String?
  @Option(
    parsing: .upToNextOption,
    help: "Shift the limits in use to a place: cameras or recordings of live people there, and nobody else.")
  var live: [String] = []
  @Option(help: "With --live: seconds of each source (10 to 7200).") var seconds = 600.0
  @Option(help: "What the files are, in words; kept in the result.") var data = "not said"
  @Option(help: "Day to write into the result, YYYY-MM-DD; today unless given.") var date: String?
  @Option(help: "File to write.") var out: String

  func run() throws {
    guard forgery != nil || spoof != nil || !live.isEmpty else {
      throw Failure(.usage, "give --forgery TABLE, --spoof TABLE or both, or --live SOURCE")
    }
    guard live.isEmpty || (forgery == nil && spoof == nil) else {
      throw Failure(
        .usage, "--live shifts the limits in use; --forgery and --spoof make new ones: give one kind")
    }
    guard (10...7200).contains(seconds) else {
      throw Failure(.usage, "--seconds \(seconds): give 10 to 7200 seconds")
    }
    let assembly = try Assembly(try common.settings())
    let day = date ?? String(ISO8601DateFormatter().string(from: Date()).prefix(10))
    guard live.isEmpty else {
      return try write(try SiteCalibration(assembly: assembly, seconds: seconds).rules(live, day: day))
    }
    let first = try forgery.map { try ScoreFitter(.forgery, assembly).question($0) }
    let second = try spoof.map { try ScoreFitter(.spoof, assembly).question($0) }
    let rules = ScoreRules(
      origin: .init(
        id: "scores-\(day)", date: day, data: data,
        metric: "likelihood with equal classes; limits at shares of genuine files",
        tool: "vigil calibrate scores \(Program.version)"),
      forgery: first, spoof: second)
    try write(rules)
  }

  private func write(_ rules: ScoreRules) throws {
    let bytes = try rules.json()
    // What was written must be readable.
    do { _ = try ScoreRules(data: bytes, file: out) } catch { throw Failure(.fault, "\(error)") }
    try OutputFile.write(bytes, to: out)
    try StandardOutput.line("wrote \(out)")
  }
}

/// Fits one question.
private struct ScoreFitter {
  /// Largest shares of genuine files called suspect and fake, by policy.
  static let shares: [(policy: String, suspect: Double, fake: Double)] = [
    ("low", 0.05, 0.01), ("standard", 0.10, 0.03), ("high", 0.20, 0.05),
  ]

  let question: EvaluateCommand.Question
  let hashes: [String: String]

  init(_ question: EvaluateCommand.Question, _ assembly: Assembly) {
    self.question = question
    let task: ScoringTask = question == .spoof ? .spoof : .forgery
    let crops = assembly.scorers.all(for: task).map(\.identity)
    let sequences = assembly.scorers.sequences.filter { $0.manifest.task == task }.map(\.identity)
    hashes = Dictionary((crops + sequences).map { ($0.name, $0.sha256) }) { one, _ in one }
  }

  func question(_ path: String) throws -> ScoreRules.Question {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Failure(.noInput, "\(path): cannot be read as UTF-8 text")
    }
    let files: [LabelledFile]
    do { files = try LabelTable.read(text) } catch { throw Failure(.noInput, "\(path): \(error)") }
    let samples = files.compactMap { file -> JoinSample? in
      let pairs = file.given.compactMap { column, number in
        column.hasPrefix("logit:") ? (String(column.dropFirst(6)), number) : nil
      }
      guard let positive = question.positive(file.label), !pairs.isEmpty else { return nil }
      return JoinSample(
        logits: Dictionary(pairs) { one, _ in one }, positive: positive, group: file.group)
    }
    let names = Set(samples.flatMap(\.logits.keys)).sorted()
    guard !names.isEmpty else {
      throw Failure(.noInput, "\(path): no line has a label for \(question.rawValue) and a logit:NAME")
    }
    if let unknown = names.first(where: { hashes[$0] == nil }) {
      throw Failure(
        .usage, "\(path): logit:\(unknown): no installed network of that name answers \(question.rawValue)")
    }
    return try fitted(samples, names, path)
  }

  private func fitted(_ samples: [JoinSample], _ names: [String], _ path: String) throws
    -> ScoreRules.Question
  {
    var joined: [ScoreRules.Joined] = []
    var best: [String]?
    for members in Self.subsets(names) {
      guard let fit = JoinFit.fit(samples, members: members) else { continue }
      // A network without weight changes nothing: the smaller set says the same.
      guard fit.weights.count == members.count else { continue }
      best = best ?? members
      let parts = members.map { name in
        ScoreRules.Member(name: name, sha256: hashes[name] ?? "", weight: fit.weights[name] ?? 0)
      }
      joined.append(ScoreRules.Joined(members: parts, bias: fit.bias))
    }
    guard let best else {
      throw Failure(
        .noInput,
        "\(path): both classes are needed, and a network whose logit is larger for \(question.rawValue)")
    }
    // Limits from probabilities by fits that had not seen the group, when there are groups enough.
    let apart = JoinCheck(samples, members: best)?.samples ?? inSample(samples, best)
    let report = EvaluationReport(question: question.rawValue, samples: apart, threshold: 0.5)
    let curve = ReceiverCurve(apart.map { ($0.probability, $0.positive) })
    var limits: [String: ScoreRules.Limits] = [:]
    for (policy, suspect, fake) in Self.shares {
      let upper = min(curve?.threshold(atMostFalseAlarms: fake) ?? 1, 1)
      let lower = min(curve?.threshold(atMostFalseAlarms: suspect) ?? 1, upper)
      limits[policy] = ScoreRules.Limits(suspect: max(lower, 0.5), fake: max(upper, lower, 0.5))
    }
    StandardErrors.say(
      "\(question.rawValue): \(samples.count) files, \(best.joined(separator: " + ")); on groups left out AUC "
        + String(format: "%.3f, ECE %.3f", report.all.area ?? .nan, report.calibrationError ?? .nan))
    return ScoreRules.Question(joined: joined, limits: limits)
  }

  private func inSample(_ samples: [JoinSample], _ members: [String]) -> [ScoredSample] {
    guard let fit = JoinFit.fit(samples, members: members) else { return [] }
    return samples.compactMap { sample in
      fit.probability(sample.logits).flatMap {
        ScoredSample(
          path: "", positive: sample.positive, group: sample.group, source: "", kind: "", probability: $0)
      }
    }
  }

  /// All sets of up to six names that are not empty, the larger ones first.
  private static func subsets(_ names: [String]) -> [[String]] {
    let few = Array(names.prefix(6))
    return (1..<(1 << few.count)).map { bits in few.indices.filter { bits >> $0 & 1 == 1 }.map { few[$0] } }
      .sorted { ($1.count, $0.joined()) < ($0.count, $1.joined()) }
  }
}
