import AuditLog
import Capture
@preconcurrency import Dispatch
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Surroundings
import Synchronization

/// Keeps encrypted pictures in the session log when the operator asked for them (`--evidence`).
///
/// A picture is kept when a track's verdict changes, when a gesture of a check is asked for or done, and when a person
/// presses the snapshot key. It is the camera's picture without overlay. Main thread only; the encoding, sealing and
/// writing happen elsewhere, and when they fall behind a picture is left out and counted.
final class SnapshotKeeper: ReportSink {
  /// A verdict that flickers must not fill the disk: seconds between two pictures of verdicts.
  private static let pause = 1.0
  /// Pictures that may wait to be written.
  private static let most = 4

  /// How many pictures wait.
  private final class Backlog: Sendable {
    let count = Atomic<Int>(0)
  }

  private let recorder: SessionRecorder
  private let key: SnapshotKey
  private let queue = DispatchQueue(label: "vigil.evidence", qos: .utility)
  private let backlog = Backlog()
  private var labels: [TrackID: VerdictLabel] = [:]
  private var lastVerdict: MonotonicInstant?
  private var newest: Frame?

  /// The operator's key; nil when no pictures are wanted. Throws when it cannot be used, or there is no log for them.
  static func key(_ settings: Settings) throws -> SnapshotKey? {
    let path = settings.snapshotKey
    guard !path.isEmpty else { return nil }
    guard settings.log != .none else {
      throw Failure(.usage, "--evidence keeps pictures in the session log; it does not go with --no-log")
    }
    do throws(LogError) { return try SnapshotKey(path: path) } catch {
      throw Failure(.usage, "\(error); vigil log key --new-evidence-key FILE makes one")
    }
  }

  /// Keeps pictures in the recorder's session under `key`; nil without a key.
  init?(_ key: SnapshotKey?, _ recorder: SessionRecorder) {
    guard let key else { return nil }
    (self.key, self.recorder) = (key, recorder)
  }

  /// Looks whether a verdict changed, or a person pressed the snapshot key.
  func take(_ event: SessionEvent) {
    switch event {
    case .frame(let judged): take(judged)
    case .asked(.snapshot): keep("operator")
    case .waiting, .cameraLost, .cameraReturned, .ended, .failed, .asked: break
    }
  }

  private func take(_ judged: JudgedFrame) {
    let report = judged.report
    newest = judged.frame
    var hasChanged = false
    for track in report.tracks {
      let id = track.track.id
      hasChanged = hasChanged || labels[id] != track.verdict.label
      labels[id] = track.verdict.label
    }
    for id in labels.keys where !report.tracks.contains(where: { $0.track.id == id }) { labels[id] = nil }
    guard hasChanged else { return }
    let now = MonotonicInstant.now()
    if let lastVerdict, (now - lastVerdict).inSeconds < Self.pause { return }
    lastVerdict = now
    keep("verdict")
  }

  /// Keeps the newest picture: `operator`, `challenge`.
  func keep(_ reason: String) {
    guard let newest else { return }
    guard backlog.count.load(ordering: .acquiring) < Self.most else { return recorder.countPictureLeftOut() }
    backlog.count.add(1, ordering: .acquiringAndReleasing)
    let (picture, index) = (newest.rgbImage(), newest.index)
    queue.async { [backlog, recorder, key] in
      defer { backlog.count.subtract(1, ordering: .acquiringAndReleasing) }
      guard let bytes = JPEGEncoder().encode(picture, quality: 90) else {
        return recorder.countPictureLeftOut()
      }
      recorder.keep(picture: bytes, frame: index, reason: reason, key: key)
    }
  }

  /// Waits until every picture is in the log; before the session is closed.
  func finish(_ ending: SessionEnding, _ counters: FrameCounters) { queue.sync {} }
}
