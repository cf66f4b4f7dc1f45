public import Foundation
import Inference
public import Observations
public import Quantities

/// A network over time: reads the features of the newest crops of one track that another network scored.
///
/// `@unchecked Sendable` because a scorer may move between queues, but only one may call ``score(_:)`` at a time.
public final class SequenceScorer: @unchecked Sendable {
  /// How the network is fed and read.
  public let manifest: SequenceManifest
  /// The network's name and the hash of its file, verified.
  public let identity: ModelIdentity
  /// How many features a step has.
  public let featureCount: Int
  private let network: Network

  /// Loads `manifest.json` in `folder` and the network it names, and verifies the network's hash.
  public init(folder: URL, threads: Int = 1) throws(ScoringError) {
    let place = folder.appendingPathComponent("manifest.json")
    manifest = try SequenceManifest(
      bytes: try ScorerFiles.read(place, limit: ScoringManifest.largestManifest), file: place.path)
    let file = folder.appendingPathComponent(manifest.file)
    network = try ScorerFiles.network(file, sha256: manifest.sha256, threads: threads)
    identity = ModelIdentity(name: manifest.name, sha256: manifest.sha256)
    featureCount = network.inputs.first?.shape.last ?? 0
    try ScorerFiles.demand(
      network, input: [1, manifest.sequence.length, featureCount], answer: manifest.output.count,
      file: file.path)
  }

  /// The network's answer to the features of a track's newest crops, oldest first, of which only the newest `length`
  /// count; nil while there are fewer than `least`. Where there are fewer than `length`, the oldest is repeated in front.
  public func score(_ steps: [[Float]]) throws(ScoringError) -> Logit? {
    let newest = steps.suffix(manifest.sequence.length)
    guard newest.count >= manifest.sequence.least, newest.allSatisfy({ $0.count == featureCount }),
      let oldest = newest.first
    else { return nil }
    let missing = manifest.sequence.length - newest.count
    let all = Array(repeating: oldest, count: missing) + newest
    network.withInput(0) { input in
      for (step, features) in all.enumerated() {
        for (index, value) in features.enumerated() { input[step * featureCount + index] = value }
      }
    }
    return try ScorerFiles.answer(network, manifest.output, model: manifest.name)
  }
}
