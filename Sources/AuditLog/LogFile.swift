import CSQLite
import Foundation
import GRDB
import Glibc
import LogFiles

/// Opens the SQLite file of a log, for writing or for reading, and turns SQLite's errors into ours.
enum LogFile {
  /// Opens or makes a log for the one writer. Every commit is on the disk before it returns.
  /// `name` is what errors call it, when it is not yet at its place.
  static func forWriting(_ path: String, named name: String? = nil) throws(LogError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "vigil.audit.database"
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      // Before anything in the file is looked at: what somebody put into it must not act.
      guard let handle = db.sqliteConnection, vigil_sqlite_distrust_writing(handle) == SQLITE_OK else {
        throw LogError.cannotOpen(
          path: name ?? path, reason: "this SQLite library cannot be told to distrust a file")
      }
      // FULL: in WAL mode the log file is synced at the end of every transaction.
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
    }
    do {
      let isNew = !FileManager.default.fileExists(atPath: path)
      let database = try DatabaseQueue(path: path, configuration: configuration)
      if isNew { chmod(path, 0o600) }
      try database.read { try refuseForeign($0, path: path, allowEmpty: true) }
      try Schema.migrator.migrate(database)
      return database
    } catch { throw opening(error, name ?? path) }
  }

  /// The error of a failed write; `committed` is what is safely on disk.
  static func writing(_ error: any Error, _ path: String, committed: UInt64) -> LogError {
    if let error = error as? LogError { return error }
    if let error = error as? DatabaseError, error.resultCode == .SQLITE_FULL {
      return .diskFull(path: path, committed: committed)
    }
    return .writeFailed(path: path, committed: committed, reason: "\(error)")
  }

  /// The error of a failed opening or reading.
  static func opening(_ error: any Error, _ path: String) -> LogError {
    if let error = error as? LogError { return error }
    if let error = error as? StoredLogError { return LogError(error) }
    guard let error = error as? DatabaseError else { return .cannotOpen(path: path, reason: "\(error)") }
    return switch error.resultCode {
    case .SQLITE_NOTADB:
      .notALog(path: path, reason: "it is not an SQLite file (or it is encrypted or damaged)")
    case .SQLITE_FULL: .diskFull(path: path, committed: nil)
    case .SQLITE_CORRUPT: .damaged(path: path, reason: "SQLite finds its pages damaged")
    default: .cannotOpen(path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
    }
  }

  private static func refuseForeign(_ db: Database, path: String, allowEmpty: Bool) throws {
    if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0, !allowEmpty {
      throw LogError.notALog(path: path, reason: "the file is empty")
    }
    let entries = try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, sql FROM main.sqlite_master")
      .map { row in
        let words = (0..<4).map { String.fromDatabaseValue(row[$0]) }
        return KnownSchema.Entry(
          type: words[0] ?? "", name: words[1] ?? "", table: words[2] ?? "", sql: words[3])
      }
    if entries.isEmpty, allowEmpty { return }
    let mark = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    guard mark == Schema.applicationID else {
      throw LogError.notALog(path: path, reason: "it is an SQLite file of another program")
    }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= Schema.version else {
      throw LogError.futureVersion(path: path, found: version, known: Schema.version)
    }
    // Also a guard that was taken out: the file is not as this program left it.
    if let fault = KnownSchema.faults(in: entries).first {
      throw LogError.tampered(path: path, reason: fault.text)
    }
  }
}

/// The right to write a log: one process at a time. Given back when the last reference goes.
final class WriterLock {
  private let descriptor: Int32

  /// Takes the lock beside the log, without waiting.
  init(log path: String) throws(LogError) {
    let lock = path + ".lock"
    let descriptor = Glibc.open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: "\(lock): \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .inUse(path: path)
    }
    self.descriptor = descriptor
  }

  deinit {
    // Given back by name: a child process that is just being started holds the descriptor too, until its own program
    // begins, and closing ours alone would leave the lock with it for so long.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
