@preconcurrency import Dispatch
import Foundation
import GRDB
import JSON
import LogProofs
import Quantities
import Synchronization

/// The side of a session that runs on `vigil.audit`.
final class SessionWorker: @unchecked Sendable {
  // Sendable because `writer`, `policy`, `timer` and `isScheduled` are only touched on `queue`, which is checked.
  private let queue = DispatchQueue(label: "vigil.audit", qos: .utility)
  private let session: SegmentTurn.Session
  private let handOver: HandOver
  private let settings: SessionLogSettings
  private let onCommit: (@Sendable (UInt64) -> Void)?
  private let onFailure: (@Sendable (LogError) -> Void)?
  private let committedSize: Atomic<UInt64>
  private var writer: LogWriter?
  private var policy: WriterPolicy
  private var timer: (any DispatchSourceTimer)?
  private var isScheduled = false
  /// Looks once a second whether the log is still there, also while nothing is recorded.
  private var watch: (any DispatchSourceTimer)?
  private var lastTidying: MonotonicInstant?
  /// The pictures that are there; nil before they were looked for.
  private var pictures: [KeptPicture]?
  /// The session's last record is written; it does not go on in another file.
  private var hasEnded = false
  /// Records of this session in files before the present one.
  private var earlier: UInt64 = 0

  init(
    writer: LogWriter, session: SegmentTurn.Session, handOver: HandOver, settings: SessionLogSettings,
    onCommit: (@Sendable (UInt64) -> Void)?, onFailure: (@Sendable (LogError) -> Void)?
  ) {
    (self.writer, self.session, self.handOver, self.settings) = (writer, session, handOver, settings)
    (self.onCommit, self.onFailure) = (onCommit, onFailure)
    committedSize = Atomic(writer.size)
    let interval = min(max(settings.checkpointInterval, .seconds(1)), .seconds(60))
    policy = WriterPolicy(interval: interval)
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + interval.inSeconds / 2, repeating: interval.inSeconds / 2)
    timer.setEventHandler { [weak self] in self?.tick() }
    timer.activate()
    self.timer = timer
    let watch = DispatchSource.makeTimerSource(queue: queue)
    watch.schedule(deadline: .now() + 1, repeating: 1)
    watch.setEventHandler { [weak self] in self?.look() }
    watch.activate()
    self.watch = watch
  }

  deinit { stopTimers() }

  private func stopTimers() {
    timer?.cancel()
    watch?.cancel()
    (timer, watch) = (nil, nil)
  }

  var committed: UInt64 { committedSize.load(ordering: .acquiring) }

  /// Tells the writer that there is something to write. Any thread.
  func wake(urgent: Bool) {
    queue.async { self.act(on: .appended(urgent: urgent)) }
  }

  /// Writes everything, signs, and closes the file; returns when that is done. Not on the queue itself.
  func close() {
    dispatchPrecondition(condition: .notOnQueue(queue))
    queue.sync {
      _ = policy.handle(.closing)
      drain()
      stopTimers()
      writer?.foldJournal()
      writer = nil
    }
  }

  /// Seals and keeps a picture; returns when it is on disk.
  func keep(
    picture: [UInt8], format: String, frame: UInt64, reason: String, key: SnapshotKey
  ) throws(LogError) {
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result: Result<Void, LogError> = queue.sync {
      guard let writer else { return .failure(.closed) }
      do throws(LogError) {
        let number = try writer.nextPicture()
        let place = SealedPlace(origin: writer.origin, number: number)
        let sealed = try key.seal(picture, at: place)
        let record = SnapshotRecord(
          number: number, frame: frame, reason: reason, sha256: SnapshotKey.sha256(sealed), keyID: key.id,
          format: format)
        let stamped = StampedRecord(
          session: session.name, stamp: settings.clock.now(), record: .snapshot(record))
        try writer.write([stamped], signing: false) { db in
          try db.execute(
            sql: "INSERT INTO snapshot VALUES (?, ?, ?)",
            arguments: [number, stamped.stamp.wallNanoseconds / 1_000_000_000, Data(sealed)])
        }
        pictures?.append(KeptPicture(file: writer.segment, number: number, taken: stamped.stamp.wallText))
        publish(writer)
        return .success(())
      } catch {
        fail(error)
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Writes a result's record and signs what it says with the record's number. Not on the queue itself.
  func attest(_ members: [String: JSONValue]) throws(LogError) -> [String: JSONValue] {
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result: Result<[String: JSONValue], LogError> = queue.sync {
      guard let writer else { return .failure(.closed) }
      var said = members
      said["key"] = .string(writer.key.publicKey.label)
      let record = StampedRecord(
        session: session.name, stamp: settings.clock.now(), record: .checkResult(CheckResultRecord(said)))
      let number = Int64(clamping: writer.size)
      do throws(LogError) { try writer.write([record], signing: true) } catch {
        fail(error)
        return .failure(error)
      }
      publish(writer)
      said["record"] = .integer(number)
      guard let signature = ResultNote.signature(over: said, by: writer.key) else {
        return .failure(.key(path: settings.keyPath, reason: "the system gives no random numbers"))
      }
      said["signature"] = .string(signature)
      return .success(said)
    }
    return try result.get()
  }

  /// Erases the pictures and takes away the files whose time is over, each with a record, and ends the file when it is
  /// large or old enough. Not on the queue itself.
  func tidyUp() throws(LogError) {
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result: Result<Void, LogError> = queue.sync {
      do throws(LogError) { return .success(try tidy()) } catch {
        fail(error)
        return .failure(error)
      }
    }
    try result.get()
  }

  private func tidy() throws(LogError) {
    dispatchPrecondition(condition: .onQueue(queue))
    guard let writer else { return }
    let now = settings.clock.now()
    lastTidying = now.monotonic
    if let days = settings.pictureDays {
      let kept: [KeptPicture]
      if let pictures { kept = pictures } else { kept = try writer.keptPictures() }
      pictures = try writer.erase(
        kept, olderThan: days, at: now, session: session.name, reason: "retention")
    }
    try turnIfDue(now)
    if let writer = self.writer {
      _ = try SegmentRetention.apply(settings.segments, writer, at: now, session: session.name)
      publish(writer)
    }
  }

  /// Goes on in another file when this one is large or old enough.
  private func turnIfDue(_ now: ClockReading) throws(LogError) {
    guard let old = writer, !hasEnded,
      let reason = settings.segments.endsNow(bytes: old.bytes, began: old.began, now: now)
    else { return }
    let next = try SegmentTurn.turn(old, reason: reason, at: now, goingOn: session)
    earlier += old.size
    writer = next
    publish(next)
    _ = try SegmentRetention.apply(settings.segments, next, at: now, session: session.name)
    publish(next)
  }

  private func publish(_ writer: LogWriter) {
    committedSize.store(earlier + writer.size, ordering: .releasing)
  }

  /// A log that is moved or deleted is noticed even while there is nothing to record.
  private func look() {
    guard let writer else { return }
    do throws(LogError) { try writer.checkPlace() } catch { fail(error) }
  }

  /// Lets the file grow to so many pages only.
  func limitPages(_ pages: Int) { queue.sync { writer?.limitPages(pages) } }

  private func act(on event: WriterPolicy.Event) {
    dispatchPrecondition(condition: .onQueue(queue))
    switch policy.handle(event) {
    case .nothing, .write: break
    case .writeNow: drain()
    case .writeSoon:
      guard !isScheduled else { return }
      isScheduled = true
      queue.asyncAfter(deadline: .now() + settings.batchDelay.inSeconds) {
        self.isScheduled = false
        self.drain()
      }
    }
  }

  private func tick() {
    let now = settings.clock.now().monotonic
    act(on: .tick(now))
    // A kiosk's session may last for months.
    guard let lastTidying, now - lastTidying >= .seconds(3600) else { return }
    drain()
    do throws(LogError) { try tidy() } catch { fail(error) }
  }

  private func drain() {
    dispatchPrecondition(condition: .onQueue(queue))
    guard let writer else { return }
    let records = handOver.take()
    let now = settings.clock.now()
    guard case .write(let signing) = policy.handle(.taken(count: records.count, at: now.monotonic)) else {
      handOver.finished()
      return
    }
    do throws(LogError) {
      try writer.write(records, signing: signing)
      _ = policy.handle(.written(signed: signing, at: now.monotonic))
      publish(writer)
      if case .sessionEnd? = records.last?.record { hasEnded = true }
      try turnIfDue(now)
    } catch {
      fail(error)
      return
    }
    // First the news, then the release of those who wait: an acknowledgement is never missing after `flush`.
    onCommit?(committed)
    handOver.finished()
  }

  private func fail(_ error: LogError) {
    guard let writer else { return }
    // Of a file that was moved, what its journal holds still reaches it.
    if case .vanished = error { writer.foldJournal() }
    self.writer = nil
    stopTimers()
    onFailure?(error)
    handOver.fail(error)
  }
}
