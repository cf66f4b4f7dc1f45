/// Why a file cannot be read as a log; each with the path that was given.
public enum StoredLogError: Error, Equatable, CustomStringConvertible {
  /// It cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// It is something else than a log.
  case notALog(path: String, reason: String)
  /// A newer program wrote it.
  case futureVersion(path: String, found: Int64, known: Int64)
  /// SQLite finds its pages damaged.
  case damaged(path: String, reason: String)
  /// Its tables were changed, so that nothing in it proves anything.
  case tampered(path: String, reason: String)

  /// One line: what was wrong, where, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .notALog(let path, let reason): "\(path): not a Vigil session log: \(reason)"
    case .futureVersion(let path, let found, let known):
      "\(path): log version \(found) is newer than this program knows (\(known)); use a newer one"
    case .damaged(let path, let reason): "\(path): damaged: \(reason); restore it from a backup"
    case .tampered(let path, let reason):
      "\(path): DOES NOT VERIFY: the file was changed with another program: \(reason); keep it as evidence"
    }
  }
}
