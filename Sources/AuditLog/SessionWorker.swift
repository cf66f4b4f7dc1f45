@preconcurrency import Dispatch
import Foundation
import GRDB
import LogProofs
import Synchronization
import Units

/// The side of a session that runs on `vigil.audit`.
final class SessionWorker: @unchecked Sendable {
  // Sendable because `writer`, `policy`, `timer` and `isScheduled` are only touched on `queue`, which is checked.
  private let queue = DispatchQueue(label: "vigil.audit", qos: .utility)
  private let session: String
  private let handOver: HandOver
  private let settings: SessionLogSettings
  private let onCommit: (@Sendable (UInt64) -> Void)?
  private let onFailure: (@Sendable (LogError) -> Void)?
  private let committedSize: Atomic<UInt64>
  private var writer: LogWriter?
  private var policy: WriterPolicy
  private var timer: (any DispatchSourceTimer)?
  private var isScheduled = false
  private var lastErasure: MonotonicInstant?

  init(
    writer: LogWriter, session: String, handOver: HandOver, settings: SessionLogSettings,
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
  }

  deinit { timer?.cancel() }

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
      timer?.cancel()
      timer = nil
      writer?.foldJournal()
      writer = nil
    }
  }

  /// Seals and keeps a picture; returns when it is on disk.
  func keep(
    picture: [UInt8], format: String, frame: UInt64, reason: String, key: EvidenceKey
  ) throws(LogError) {
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result: Result<Void, LogError> = queue.sync {
      guard let writer else { return .failure(.closed) }
      do throws(LogError) {
        let number = try writer.read { try LogQueries.nextSnapshot($0) }
        let place = SealedPlace(origin: writer.origin, number: number)
        let sealed = try key.seal(picture, at: place)
        let record = SnapshotRecord(
          number: number, frame: frame, reason: reason, sha256: EvidenceKey.sha256(sealed), keyID: key.id,
          format: format)
        let stamped = StampedRecord(session: session, stamp: settings.clock.now(), record: .snapshot(record))
        try writer.write([stamped], signing: false) { db in
          try db.execute(
            sql: "INSERT INTO snapshot VALUES (?, ?, ?)",
            arguments: [number, stamped.stamp.wallNanoseconds / 1_000_000_000, Data(sealed)])
        }
        committedSize.store(writer.size, ordering: .releasing)
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
        session: session, stamp: settings.clock.now(), record: .checkResult(CheckResultRecord(said)))
      let number = Int64(clamping: writer.size)
      do throws(LogError) { try writer.write([record], signing: true) } catch {
        fail(error)
        return .failure(error)
      }
      committedSize.store(writer.size, ordering: .releasing)
      said["record"] = .integer(number)
      guard let signature = ResultNote.signature(over: said, by: writer.key) else {
        return .failure(.key(path: settings.keyPath, reason: "the system gives no random numbers"))
      }
      said["signature"] = .string(signature)
      return .success(said)
    }
    return try result.get()
  }

  /// Erases the pictures whose time is over, each with a record of this session. Not on the queue itself.
  func eraseOldPictures() throws(LogError) {
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result: Result<Void, LogError> = queue.sync {
      do throws(LogError) { return .success(try erase()) } catch {
        fail(error)
        return .failure(error)
      }
    }
    try result.get()
  }

  private func erase() throws(LogError) {
    dispatchPrecondition(condition: .onQueue(queue))
    guard let days = settings.pictureDays, let writer else { return }
    let now = settings.clock.now()
    lastErasure = now.monotonic
    let count = try writer.erasePictures(olderThan: days, at: now, session: session, reason: "retention")
    if count > 0 { committedSize.store(writer.size, ordering: .releasing) }
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
    guard let lastErasure, now - lastErasure >= .seconds(3600) else { return }
    drain()
    do throws(LogError) { try erase() } catch { fail(error) }
  }

  private func drain() {
    dispatchPrecondition(condition: .onQueue(queue))
    guard let writer else { return }
    let records = handOver.take()
    let now = settings.clock.now().monotonic
    guard case .write(let signing) = policy.handle(.taken(count: records.count, at: now)) else {
      handOver.finished()
      return
    }
    do throws(LogError) {
      try writer.write(records, signing: signing)
    } catch {
      fail(error)
      return
    }
    _ = policy.handle(.written(signed: signing, at: now))
    committedSize.store(writer.size, ordering: .releasing)
    // First the news, then the release of those who wait: an acknowledgement is never missing after `flush`.
    onCommit?(writer.size)
    handOver.finished()
  }

  private func fail(_ error: LogError) {
    guard writer != nil else { return }
    writer = nil
    timer?.cancel()
    timer = nil
    onFailure?(error)
    handOver.fail(error)
  }
}
