@preconcurrency import Dispatch
import Foundation
public import JSON
public import LogProofs

/// How a session's log is kept.
public struct SessionLogSettings: Sendable {
  /// The log's file; sessions follow one another in it.
  public var path: String
  /// The signing key's file. Default: beside the log.
  public var keyPath: String
  /// Longest time between two checkpoints, 1 to 60 s. Default: 30 s.
  public var checkpointInterval: Duration = .seconds(30)
  /// How long records that are not urgent wait for company before they are synced to disk. Default: 50 ms.
  public var batchDelay: Duration = .milliseconds(50)
  /// Records that may wait for the disk before an appender does. Default: 8192.
  public var capacity = 8192
  /// Days after which kept pictures are erased, at the start of a session and in it; nil: never by itself.
  public var pictureDays: Int?
  /// When the log goes on in another file, and how long ended files are kept.
  public var segments = SegmentRule()
  /// Where time comes from.
  public var clock = LogClock.system
  /// Called at each step of making a log; how tests end the process there.
  package var atMakingStep: @Sendable (MakingStep) -> Void = { _ in }
  /// Called at each step of going on in another file between sessions.
  package var atTurningStep: @Sendable (TurningStep) -> Void = { _ in }

  /// Settings for the log at `path`, with the key beside it.
  public init(path: String) { (self.path, keyPath) = (path, path + ".key") }
}

/// One session in a log: append records from any thread, and they reach the disk in that order.
///
/// `append` only puts the record into a bounded queue (about 1 µs); encoding, hashing, signing and syncing happen on
/// the queue `vigil.audit`. A record is committed when ``flush()`` returns or ``committed`` has passed it. After the
/// first failure every call throws it.
public final class SessionLog: Sendable {
  /// The session's name, unique in the world: start in UTC and a random part.
  public let session: String
  /// The log's public key.
  public let publicKey: NotePublicKey
  private let clock: LogClock
  private let handOver: HandOver
  private let worker: SessionWorker

  /// Opens or makes the log and writes the session's first record. Returns when that is on disk and signed.
  ///
  /// `onCommit` is called on `vigil.audit` with the number of records in the log after each durable batch;
  /// `onFailure` once, when nothing more can be written.
  public static func open(
    _ settings: SessionLogSettings, header: SessionHeader,
    onCommit: (@Sendable (UInt64) -> Void)? = nil, onFailure: (@Sendable (LogError) -> Void)? = nil
  ) throws(LogError) -> SessionLog {
    let writer = try LogWriter(
      path: settings.path, keyPath: settings.keyPath, atStep: settings.atMakingStep)
    try SigningKeyFile.storePublic(writer.key.publicKey, at: settings.path + ".pub")
    let unfinished = try LogWriter.unfinishedSession(settings.path)
    let now = settings.clock.now()
    let mark = Hexadecimal.text((0..<4).map { _ in UInt8.random(in: 0...255) })
    let session = now.wallText.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z-" + mark
    let handOver = HandOver(capacity: settings.capacity)
    let worker = SessionWorker(
      writer: writer, session: .init(name: session, header: header, started: now.wallText),
      handOver: handOver, settings: settings, onCommit: onCommit, onFailure: onFailure)
    let log = SessionLog(
      session: session, publicKey: writer.key.publicKey, clock: settings.clock, handOver: handOver,
      worker: worker)
    try log.append(.sessionStart(header))
    if let unfinished {
      try log.append(.recovery(session: unfinished.session, lastRecord: unfinished.last))
    }
    try log.flush()
    try worker.tidyUp()
    return log
  }

  private init(
    session: String, publicKey: NotePublicKey, clock: LogClock, handOver: HandOver, worker: SessionWorker
  ) {
    (self.session, self.publicKey, self.clock) = (session, publicKey, clock)
    (self.handOver, self.worker) = (handOver, worker)
  }

  /// Puts a record into the session. Waits only when the queue is full (the disk hangs).
  public func append(_ record: LogRecord) throws(LogError) {
    if try handOver.put(record, session: session, clock: clock) || record.isUrgent {
      worker.wake(urgent: record.isUrgent)
    }
  }

  /// Waits until every record appended so far is on disk.
  public func flush() throws(LogError) {
    worker.wake(urgent: true)
    try handOver.waitUntilDone()
  }

  /// Writes the session's last record and a checkpoint, and closes the file. A second call throws `closed`.
  public func close(_ end: SessionEnd) throws(LogError) {
    _ = try handOver.put(.sessionEnd(end), session: session, clock: clock, last: true)
    worker.close()
    try handOver.waitUntilDone()
  }

  /// Records what a check came to and signs it with the log's key; returns when both are on disk.
  ///
  /// `members` are those of the result line. The result has two more: `record`, the record's number, and `signature`.
  public func attest(_ members: [String: JSONValue]) throws(LogError) -> [String: JSONValue] {
    try flush()
    return try worker.attest(members)
  }

  /// Number of records that are on disk, in the file that the log had when it was opened and those since.
  public var committed: UInt64 { worker.committed }

  /// How often an appender had to wait because the queue was full.
  public var waits: UInt64 { handOver.waits }

  /// Does now what is done once an hour: kept pictures and ended files whose time is over. For tests.
  package func tidyUp() throws(LogError) { try worker.tidyUp() }

  /// Lets the file grow to so many pages only; how tests make a full disk.
  package func limitPages(_ pages: Int) { worker.limitPages(pages) }

  /// Keeps an encrypted picture with its record; waits until both are on disk.
  ///
  /// - Parameters:
  ///   - picture: the encoded picture, such as a JPEG file's bytes.
  ///   - frame: index of the frame.
  ///   - reason: why it is kept: `verdict`, `operator`, `challenge`.
  public func keep(
    picture: [UInt8], format: String = "image/jpeg", frame: UInt64, reason: String, key: SnapshotKey
  ) throws(LogError) {
    try flush()
    try worker.keep(
      picture: picture, format: format, frame: frame, reason: reason, key: key)
  }
}
