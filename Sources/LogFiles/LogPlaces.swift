import CSQLite
import Glibc
import LogProofs

/// A log's file and what lies beside it, looked at before SQLite is. The file itself is never opened here: closing it would
/// give back the locks that another connection of this process holds on it (POSIX).
struct LogPlaces {
  /// The path that was given.
  let given: String
  /// The file itself: a link's own folder holds no journal, and what the journal holds is part of the log.
  let real: String
  /// Whether a journal lies beside the file.
  let hasJournal: Bool
  /// Bytes of the file and its journal.
  let bytes: Int
  /// How many names the file has.
  let names: Int

  init(_ path: String) throws(StoredLogError) {
    given = path
    guard let resolved = realpath(path, nil) else {
      let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
      throw .unreadable(path: path, reason: reason)
    }
    real = String(cString: resolved)
    free(resolved)
    var status = stat()
    guard stat(real, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .notALog(path: path, reason: "it is not a file")
    }
    guard status.st_size > 0 else { throw .notALog(path: path, reason: "the file is empty") }
    names = Int(clamping: status.st_nlink)
    var size = Int(clamping: status.st_size)
    hasJournal = stat(real + "-wal", &status) == 0
    if hasJournal { size += Int(clamping: status.st_size) }
    bytes = min(size, 1 << 50)
    if stat(real + "-journal", &status) == 0, status.st_size > 0 {
      throw .tampered(
        path: path, reason: "a rollback journal lies beside it, \(real)-journal, and Vigil's logs have none")
    }
  }

  /// The name by which SQLite opens the file.
  func address(isUnchanging: Bool) -> String {
    var name = "file:"
    for byte in real.utf8 {
      let isPlain =
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte > 0x40 && byte < 0x7F
        || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      name += isPlain ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text([byte])
    }
    return name + (isUnchanging ? "?immutable=1" : "")
  }
}

extension StoredLog {
  /// A connection that distrusts the file.
  static func open(_ file: LogPlaces, _ use: Use) throws(StoredLogError) -> OpaquePointer {
    // Without a journal the file may be opened as unchanging, so that nothing is made beside it.
    if use == .settled, !file.hasJournal { return try connect(file, isUnchanging: true) }
    do throws(StoredLogError) { return try connect(file, isUnchanging: false) } catch {
      guard !file.hasJournal else {
        throw .unreadable(
          path: file.given,
          reason: "its journal \(file.real)-wal must be read with it, and SQLite cannot open both here;"
            + " copy both into a folder of yours")
      }
      return try connect(file, isUnchanging: true)
    }
  }

  private static func connect(
    _ file: LogPlaces, isUnchanging: Bool
  ) throws(StoredLogError) -> OpaquePointer {
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
    guard sqlite3_open_v2(file.address(isUnchanging: isUnchanging), &handle, flags, nil) == SQLITE_OK,
      let handle
    else {
      sqlite3_close(handle)
      throw .unreadable(path: file.given, reason: "SQLite cannot open it")
    }
    sqlite3_busy_timeout(handle, 10_000)
    guard vigil_sqlite_distrust(handle) == SQLITE_OK else {
      sqlite3_close(handle)
      throw .unreadable(path: file.given, reason: "this SQLite library cannot be told to distrust a file")
    }
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longestValue)
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 100_000)
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    // The first read tells whether the journal's index can be made here.
    let first = sqlite3_exec(handle, "PRAGMA cell_size_check = ON; PRAGMA schema_version", nil, nil, nil)
    guard first != SQLITE_CANTOPEN, first != SQLITE_READONLY else {
      sqlite3_close(handle)
      throw .unreadable(path: file.given, reason: "SQLite cannot open it")
    }
    return handle
  }
}

/// How much work one statement may do. Counted in SQLite's instructions and not in seconds, so that a slow machine
/// gives the same answer.
final class WorkBudget {
  private static let stride: Int32 = 10_000
  private let whole: Int
  private var left: Int

  init(_ instructions: Int) { (whole, left) = (instructions, instructions) }

  func refill() { left = whole }

  /// The connection must not outlive this.
  func install(on handle: OpaquePointer) {
    sqlite3_progress_handler(
      handle, min(Self.stride, Int32(clamping: max(1, whole))),
      { context in
        guard let context else { return 1 }
        let budget = Unmanaged<WorkBudget>.fromOpaque(context).takeUnretainedValue()
        budget.left -= Int(WorkBudget.stride)
        return budget.left < 0 ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
