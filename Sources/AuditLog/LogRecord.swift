import JSON
public import LogProofs

/// One thing a log says. `kind` and the members of `data` are stable: new ones may come, none is renamed.
public enum LogRecord: Sendable, Equatable {
  /// The first record of every session; written by the log itself when it is opened.
  case sessionStart(SessionHeader)
  /// One a second.
  case summary(SecondSummary)
  /// A verdict changed.
  case verdict(VerdictChange)
  /// A blink or a mouth opening.
  case motion(MotionEvent)
  /// A challenge was issued or decided.
  case challenge(ChallengeRecord)
  /// The result of a check, as its signed line says it.
  case checkResult(CheckResultRecord)
  /// A person at the machine did something.
  case operatorAction(OperatorAction)
  /// A camera appeared, vanished or changed.
  case camera(CameraEvent)
  /// Nothing was seen for a while.
  case gap(RecordedGap)
  /// The wall clock moved by so many seconds against the monotonic clock; written by the log itself.
  case clockStep(seconds: Double)
  /// The log was opened after a session that never ended; written by the log itself.
  case recovery(session: String, lastRecord: Int64)
  /// From the next checkpoint on another key signs; both as public key text. Written by the log itself.
  case keyRotation(old: String, new: String)
  /// An encrypted picture was kept; the tree holds only the hash of its encrypted form.
  case snapshot(SnapshotRecord)
  /// An encrypted picture was erased: its number, the ended file that it was in (nil: this one) and why. Written by the
  /// log itself.
  case erasure(snapshot: Int64, file: Int64?, reason: String)
  /// The first record of each file but the first: its place among the files, the last signed state of the file before,
  /// and the session that goes on in it. Written by the log itself.
  case segmentStart(segment: Int64, previous: Checkpoint, session: String?)
  /// A session goes on in a new file: what it began with, and when (RFC 3339). Written by the log itself.
  case sessionContinued(SessionHeader, started: String)
  /// The last record of a file: the name of the log in the next one, and why it was ended. Written by the log itself.
  case segmentEnd(next: String, reason: String)
  /// An ended file was taken away on purpose. Written by the log itself.
  case segmentRemoved(SegmentRemoval)
  /// The last record of every session that ended in order.
  case sessionEnd(SessionEnd)

  /// The word for the kind of record.
  public var kind: String {
    switch self {
    case .sessionStart: "session_start"
    case .summary: "summary"
    case .verdict: "verdict"
    case .motion: "motion"
    case .challenge: "challenge"
    case .checkResult: "check_result"
    case .operatorAction: "operator"
    case .camera: "camera"
    case .gap: "gap"
    case .clockStep: "clock_step"
    case .recovery: "recovery"
    case .keyRotation: "key_rotation"
    case .snapshot: "snapshot"
    case .erasure: "erasure"
    case .segmentStart: "segment_start"
    case .sessionContinued: "session_continued"
    case .segmentEnd: "segment_end"
    case .segmentRemoved: "segment_removed"
    case .sessionEnd: "session_end"
    }
  }

  /// Whether the record should be on disk at once rather than with the next batch.
  var isUrgent: Bool {
    switch self {
    case .summary, .motion: false
    default: true
    }
  }

  var data: JSONValue {
    switch self {
    case .sessionStart(let header): header.json
    case .summary(let summary): summary.json
    case .verdict(let change): change.json
    case .motion(let event): event.json
    case .challenge(let challenge): challenge.json
    case .checkResult(let result): .object(result.members)
    case .operatorAction(let action): action.json
    case .camera(let event): event.json
    case .gap(let gap): gap.json
    case .clockStep(let seconds): .object(["seconds": .rounded(seconds)])
    case .recovery(let session, let last):
      .object(["session": .string(session), "last_record": .integer(last)])
    case .keyRotation(let old, let new): .texts(["old": old, "new": new])
    case .snapshot(let snapshot): snapshot.json
    case .erasure(let number, let file, let reason):
      .members([
        "snapshot": .integer(number), "segment": file.map { .integer($0) }, "reason": .string(reason),
      ])
    case .segmentStart(let segment, let previous, let session):
      .members([
        "segment": .integer(segment), "previous": previous.json, "session": session.map { .string($0) },
      ])
    case .sessionContinued(let header, let started):
      .object(header.json.members.merging(["started": .string(started)]) { $1 })
    case .segmentEnd(let next, let reason): .texts(["next": next, "reason": reason])
    case .segmentRemoved(let removal): removal.json
    case .sessionEnd(let end): end.json
    }
  }
}

/// An encrypted picture as the tree knows it.
public struct SnapshotRecord: Sendable, Equatable {
  /// Its number in the log, from 1.
  public var number: Int64
  /// Index of the frame.
  public var frame: UInt64
  /// Why it was taken: `verdict`, `operator`, `challenge`.
  public var reason: String
  /// SHA-256 of the encrypted picture, hexadecimal.
  public var sha256: String
  /// Which key it was encrypted with.
  public var keyID: String
  /// The picture's format before encryption, such as `image/jpeg`.
  public var format: String

  var json: JSONValue {
    .object([
      "number": .integer(number), "frame": .integer(Int64(clamping: frame)), "reason": .string(reason),
      "sha256": .string(sha256), "key": .string(keyID), "format": .string(format),
    ])
  }
}

/// An ended file that was taken away on purpose: enough to know that it was, and that nothing else is missing.
public struct SegmentRemoval: Sendable, Equatable {
  /// Its place among the files, from 1.
  public var segment: Int64
  /// Its last signed state.
  public var last: Checkpoint
  /// When its first and last records were made (RFC 3339).
  public var span: (from: String, to: String)
  /// Why: `age`, `size`, `operator`.
  public var reason: String
  /// Where it was moved; nil when it was deleted.
  public var archive: String?

  /// Whether two removals are of the same file for the same reason.
  public static func == (one: SegmentRemoval, other: SegmentRemoval) -> Bool {
    one.segment == other.segment && one.last == other.last && one.span == other.span
      && one.reason == other.reason && one.archive == other.archive
  }

  var json: JSONValue {
    .members([
      "segment": .integer(segment), "last": last.json, "from": .string(span.from), "to": .string(span.to),
      "reason": .string(reason), "archive": archive.map { .string($0) },
    ])
  }
}

/// A record with its place and time, as it is hashed and stored.
struct StampedRecord {
  /// Version of the envelope's members.
  static let schema: Int64 = 1

  let session: String
  let stamp: ClockReading
  let record: LogRecord

  /// The canonical bytes of the record at position `number` of the log.
  func bytes(number: Int64) -> [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "schema": .integer(Self.schema), "record": .integer(number), "session": .string(session),
        "kind": .string(record.kind), "monotonic_us": .integer(stamp.monotonicMicroseconds),
        "wall": .string(stamp.wallText), "data": record.data,
      ]))
  }
}
