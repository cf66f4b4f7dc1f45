import LogFiles
public import Surroundings

/// What can go wrong with a log, reported with the file and what to do.
public enum LogError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The disk is full; everything up to `committed` records is on disk (nil: it was full before the log was open).
  case diskFull(path: String, committed: UInt64?)
  /// Writing failed; everything up to `committed` records is on disk.
  case writeFailed(path: String, committed: UInt64, reason: String)
  /// The file cannot be opened or made.
  case cannotOpen(path: String, reason: String)
  /// The file is not a session log.
  case notALog(path: String, reason: String)
  /// The file was written by a newer program.
  case futureVersion(path: String, found: Int, known: Int)
  /// Another process writes this log.
  case inUse(path: String)
  /// The log's signing key is missing or not usable.
  case key(path: String, reason: String)
  /// The newest checkpoint does not fit the records: the log was changed.
  case damaged(path: String, reason: String)
  /// The file's tables were changed with another program.
  case tampered(path: String, reason: String)
  /// The log's file was moved or deleted while a session wrote it.
  case vanished(path: String, committed: UInt64)
  /// The session is over.
  case closed
  /// There is no such session or record.
  case notFound(String)

  /// One line: what was wrong, where, what to do.
  public var description: String {
    switch self {
    case .diskFull(let path, let committed):
      "\(path): the disk is full; \(committed.map { "\($0) records are" } ?? "what the log has is") kept; "
        + "free some space and start a new session"
    case .writeFailed(let path, let committed, let reason):
      "\(path): the log cannot be written (\(reason)); \(committed) records are kept"
    case .cannotOpen(let path, let reason): "\(path): the log cannot be opened: \(reason)"
    case .notALog(let path, let reason): "\(path): not a Vigil session log: \(reason)"
    case .futureVersion(let path, let found, let known):
      "\(path): log version \(found) is newer than this program knows (\(known)); use a newer vigil"
    case .inUse(let path): "\(path): another process is writing this log; stop it or give another --log"
    case .key(let path, let reason): "\(path): the key cannot be used: \(reason)"
    case .damaged(let path, let reason):
      "\(path): the log is damaged or was changed since it was signed: \(reason); keep it as evidence and start another file"
    case .tampered(let path, let reason):
      "\(path): the log was changed with another program: \(reason); keep it as evidence and start another file"
    case .vanished(let path, let committed):
      "\(path): the log was moved or deleted while the session was writing it, so nothing more can be recorded;"
        + " \(committed) records had been written to the file that was there"
    case .closed: "the session log is closed"
    case .notFound(let what): "there is no \(what)"
    }
  }
}

extension LogError {
  /// What a reader found.
  init(_ error: StoredLogError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .cannotOpen(path: path, reason: reason)
      case .notALog(let path, let reason): .notALog(path: path, reason: reason)
      case .futureVersion(let path, let found, let known):
        .futureVersion(path: path, found: Int(clamping: found), known: Int(clamping: known))
      case .damaged(let path, let reason): .damaged(path: path, reason: reason)
      case .tampered(let path, let reason): .tampered(path: path, reason: reason)
      }
  }
}

extension LogError: ClassifiedError {
  /// A log that does not verify, a broken disk, or a wrong place.
  public var exitClass: ExitClass {
    switch self {
    case .damaged, .tampered: .negative
    case .diskFull, .writeFailed, .vanished, .closed: .fault
    case .notALog, .futureVersion, .inUse, .key, .cannotOpen, .notFound: .usage
    }
  }
}
