public import Foundation

/// The scoring networks that are installed.
public struct ScorerSet: Sendable {
  /// Networks that were loaded, by name of their folder.
  public let scorers: [FaceScorer]
  /// Folders that hold a manifest but could not be loaded, and why; to be shown to the user.
  public let problems: [ScoringError]

  /// No networks.
  public init() { (scorers, problems) = ([], []) }

  /// Loads every folder of `folder` that holds a `manifest.json`, by name; none there is not an error.
  ///
  /// A folder that is refused does not keep the others from loading. Cost: hashing and loading of each network.
  public init(folder: URL, threads: Int = 1) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var (scorers, problems): ([FaceScorer], [ScoringError]) = ([], [])
    for name in names.sorted() {
      let place = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: place.appendingPathComponent("manifest.json").path) else {
        continue
      }
      do { scorers.append(try FaceScorer(folder: place, threads: threads)) } catch { problems.append(error) }
    }
    (self.scorers, self.problems) = (scorers, problems)
  }

  /// The first network for `task`; nil means `Evidence.unavailable(.noModel)`.
  public func first(for task: ScoringTask) -> FaceScorer? { scorers.first { $0.manifest.task == task } }
}
