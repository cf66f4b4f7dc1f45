public import Foundation
public import Observations

/// The scoring networks that are installed.
public struct ScorerSet: Sendable {
  /// Networks that look at crops, by name of their folder.
  public let scorers: [FaceScorer]
  /// Networks over time whose features are given by one of ``scorers``.
  public let sequences: [SequenceScorer]
  /// Folders that hold a manifest but could not be loaded, and why; to be shown to the user.
  public let problems: [ScoringError]

  /// No networks.
  public init() { (scorers, sequences, problems) = ([], [], []) }

  /// Loads every folder of `folder` that holds a `manifest.json`, by name; none there is not an error.
  ///
  /// A folder that is refused does not keep the others from loading. Cost: hashing and loading of each network.
  public init(folder: URL, threads: Int = 1) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var (scorers, sequences, problems): ([FaceScorer], [SequenceScorer], [ScoringError]) = ([], [], [])
    for name in names.sorted() {
      let place = folder.appendingPathComponent(name)
      let manifest = place.appendingPathComponent("manifest.json")
      guard FileManager.default.fileExists(atPath: manifest.path) else { continue }
      do {
        if try Self.isSequence(manifest) {
          sequences.append(try SequenceScorer(folder: place, threads: threads))
        } else {
          scorers.append(try FaceScorer(folder: place, threads: threads))
        }
      } catch {
        problems.append(error)
      }
    }
    // Two of one name could not be told apart in weights and reports.
    for (index, scorer) in scorers.enumerated().reversed()
    where scorers[..<index].contains(where: { $0.manifest.name == scorer.manifest.name }) {
      problems.append(
        .manifest(file: folder.path, field: "name", expected: "a name used once", found: scorer.manifest.name)
      )
      scorers.remove(at: index)
    }
    var fed: [SequenceScorer] = []
    for sequence in sequences {
      let rule = sequence.manifest.sequence
      let source = scorers.first { $0.manifest.name == rule.of && $0.manifest.task == sequence.manifest.task }
      if source?.featureCount == sequence.featureCount {
        fed.append(sequence)
      } else {
        problems.append(
          .manifest(
            file: sequence.manifest.name, field: "sequence.of",
            expected: "a network of the same task that gives \(sequence.featureCount) features",
            found: source.map { "\($0.featureCount ?? 0) features" } ?? "no network \(rule.of)"))
      }
    }
    (self.scorers, self.sequences, self.problems) = (scorers, fed, problems)
  }

  private static func isSequence(_ manifest: URL) throws(ScoringError) -> Bool {
    let bytes = try ScorerFiles.read(manifest, limit: ScoringManifest.largestManifest)
    return (try? JSONSerialization.jsonObject(with: bytes) as? [String: Any])?["sequence"] != nil
  }

  /// All networks.
  public var identities: [ModelIdentity] { scorers.map(\.identity) + sequences.map(\.identity) }

  /// The networks for `task`; none means `Evidence.unavailable(.noModel)`.
  public func all(for task: ScoringTask) -> [FaceScorer] { scorers.filter { $0.manifest.task == task } }

  /// The first network for `task`.
  public func first(for task: ScoringTask) -> FaceScorer? { scorers.first { $0.manifest.task == task } }

  /// The sequence networks that read the features of `scorer`.
  public func sequences(of scorer: FaceScorer) -> [SequenceScorer] {
    sequences.filter { $0.manifest.sequence.of == scorer.manifest.name }
  }
}
