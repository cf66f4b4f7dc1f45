import AuditLog
@preconcurrency import Dispatch
import Foundation
import JSON
import LogProofs
import Observations
import Quantities
import Synchronization

/// Writes a session's records into the log; does nothing when no log is wanted.
///
/// Reports are compared on the queue that brings them and only what is new is handed to the log's own queue, so a
/// frame never waits for the disk (unless the disk has hung for so long that the log's queue of 8192 records is
/// full). What comes from the window and the camera goes through `vigil.notes`, so that neither ever waits.
/// The first failure of the disk is kept in ``failure``; ``LogSink`` ends the session with it.
final class SessionRecorder: Sendable {
  private struct State {
    var translator: ReportTranslator
    var isClosed = false
    var away: MonotonicInstant?
    var paused: MonotonicInstant?
  }

  private final class FailureBox: Sendable {
    let first = Mutex<LogError?>(nil)
  }

  private let log: SessionLog?
  private let device: String
  private let state: Mutex<State>
  private let broken: FailureBox
  private let picturesLeftOut = Atomic<Int64>(0)
  private let notes = DispatchQueue(label: "vigil.notes", qos: .utility)

  /// Opens the session: its first record is on disk and signed when this returns.
  ///
  /// - Parameters:
  ///   - path: the log's file; nil: no log.
  ///   - header: what is known before the first frame.
  ///   - isLive: frames come when they come.
  ///   - keepingPictures: days after which a kept picture is erased.
  ///   - segments: when the log goes on in another file, and how long ended ones are kept.
  init(
    path: String?, header: SessionHeader, isLive: Bool, keepingPictures days: Int? = nil,
    segments: SegmentRule = SegmentRule()
  ) throws {
    let broken = FailureBox()
    self.broken = broken
    device = header.device["name"] ?? ""
    state = Mutex(State(translator: ReportTranslator(isLive: isLive)))
    guard let path else {
      log = nil
      return
    }
    var settings = SessionLogSettings(path: path)
    settings.pictureDays = days
    settings.segments = segments
    let log = try SessionLog.open(
      settings, header: header, onFailure: { error in broken.first.withLock { $0 = $0 ?? error } })
    try log.append(.camera(CameraEvent(event: "opened", device: device)))
    self.log = log
  }

  /// The session's name in the log; nil without a log.
  var session: String? { log?.session }

  /// Why nothing more can be recorded; nil while all is well.
  var failure: LogError? { broken.first.withLock { $0 } }

  /// Records what is new in a report. On the queue of the reports, in their order.
  func take(_ report: FrameReport) {
    guard let log else { return }
    let records = state.withLock { $0.isClosed ? [] : $0.translator.records(for: report) }
    for record in records { append(record, to: log) }
  }

  /// Records that a live source went away, once until it returns. Any thread; never waits.
  func noteLoss(_ reason: String) {
    let isNew = state.withLock { state in
      defer { state.away = state.away ?? .now() }
      return state.away == nil
    }
    if isNew { note(.camera(CameraEvent(event: "lost", device: device, detail: reason))) }
  }

  /// Records that a live source came back. Any thread; never waits.
  func noteReturn() {
    let now = MonotonicInstant.now()
    let since = state.withLock { state in
      defer { state.away = nil }
      state.translator.sourceWasAway()
      return state.away ?? now
    }
    note(.camera(CameraEvent(event: "reconnected", device: device)))
    note(.gap(RecordedGap(cause: "camera_lost", seconds: (now - since).inSeconds, framesLost: 0)))
  }

  /// Records what a person did. Any thread; never waits.
  func note(action: String, detail: String = "") {
    note(.operatorAction(OperatorAction(action: action, detail: detail)))
  }

  /// Keeps an encrypted picture; returns when it is on disk. A failure is the log's, and ``failure`` says so.
  func keep(picture: [UInt8], frame: UInt64, reason: String, key: SnapshotKey) {
    do throws(LogError) {
      try log?.keep(picture: picture, frame: frame, reason: reason, key: key)
    } catch { if error != .closed { broken.first.withLock { $0 = $0 ?? error } } }
  }

  /// A picture could not be kept in time.
  func countPictureLeftOut() { picturesLeftOut.add(1, ordering: .relaxed) }

  /// Records that the recording was held or goes on; the time it was held is a gap.
  func note(paused: Bool) {
    note(action: paused ? "pause" : "resume")
    let now = MonotonicInstant.now()
    let since = state.withLock { state in
      defer { state.paused = paused ? now : nil }
      return state.paused
    }
    guard !paused, let since else { return }
    note(.gap(RecordedGap(cause: "paused", seconds: (now - since).inSeconds, framesLost: 0)))
  }

  /// Records a check's result and signs it; the line's members with `session`, `key`, `record` and `signature`. Nil
  /// without a log.
  func attest(_ members: [String: JSONValue]) throws -> [String: JSONValue]? {
    guard let log else { return nil }
    notes.sync {}
    var said = members
    said["session"] = .string(log.session)
    return try log.attest(said)
  }

  /// Records that are on disk; nil without a log.
  var committed: UInt64? { log?.committed }

  /// Ends the session; returns when its last record and checkpoint are on disk. A second call does nothing.
  /// Without a `result` of its own the session's last word is the gravest verdict.
  func close(_ reason: String, result: String? = nil) throws {
    guard let log else { return }
    notes.sync {}
    let ending = state.withLock { state -> (records: [LogRecord], end: SessionEnd)? in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      let records = state.translator.finish()
      var totals = state.translator.totals
      totals["log_waits"] = Int64(clamping: log.waits)
      totals["pictures_left_out"] = picturesLeftOut.load(ordering: .relaxed)
      return (
        records,
        SessionEnd(reason: reason, result: result ?? state.translator.gravest?.rawValue, totals: totals)
      )
    }
    guard let ending else { return }
    for record in ending.records { try log.append(record) }
    try log.close(ending.end)
  }

  /// Runs a session; whatever goes wrong in it, the log ends in order, and the first failure is the one that is reported.
  func closingOnFailure<Value>(_ run: () throws -> Value) throws -> Value {
    do { return try run() } catch {
      try? close("failed: \(error)")
      throw error
    }
  }

  /// Records anything that does not come with a report. Any thread; never waits.
  func note(_ record: LogRecord) {
    guard let log else { return }
    notes.async { [self] in append(record, to: log) }
  }

  /// A record that cannot be taken is not lost silently: the log has failed, and ``failure`` says so, or it is closed.
  private func append(_ record: LogRecord, to log: SessionLog) {
    do throws(LogError) { try log.append(record) } catch {
      if error != .closed { broken.first.withLock { $0 = $0 ?? error } }
    }
  }
}
