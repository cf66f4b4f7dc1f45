import CSQLite
import Glibc
import LogProofs

/// Why a file was refused before anything in it was checked.
struct Refusal: Error, CustomStringConvertible {
  let description: String
}

/// Reads a log file with SQLite's own C interface; shares no code with the program that writes logs but the proofs.
final class LogDatabase {
  private static let mark: Int64 = 0x5647_494C
  private static let newestVersion: Int64 = 2
  private let handle: OpaquePointer
  private let path: String
  let origin: String

  /// Opens the file for reading; refuses what is not a log or too new.
  init(path: String) throws(Refusal) {
    self.path = path
    guard let file = fopen(path, "r") else {
      throw Refusal(description: "\(path): cannot be read: \(String(cString: strerror(errno)))")
    }
    var head = [UInt8](repeating: 0, count: 16)
    let count = fread(&head, 1, 16, file)
    fclose(file)
    guard count == 16, head == Array("SQLite format 3".utf8) + [0] else {
      throw Refusal(
        description: "\(path): not a Vigil session log: no SQLite file, or an encrypted or damaged one")
    }
    handle = try Self.open(path)
    do throws(Refusal) {
      guard try Self.integer(handle, path, "PRAGMA application_id") == Self.mark else {
        throw Refusal(
          description: "\(path): not a Vigil session log: it is an SQLite file of another program")
      }
      let version = try Self.integer(handle, path, "PRAGMA user_version")
      guard version <= Self.newestVersion else {
        throw Refusal(
          description:
            "\(path): log version \(version) is newer than this vigil-verify knows (\(Self.newestVersion))")
      }
      var name = ""
      try Self.rows(handle, path, "SELECT origin FROM log") {
        name = String(decoding: $0.bytes(0), as: UTF8.self)
      }
      guard !name.isEmpty else {
        throw Refusal(description: "\(path): the log has no name: it is damaged or empty")
      }
      origin = name
    } catch {
      sqlite3_close(handle)
      throw error
    }
  }

  deinit { sqlite3_close(handle) }

  /// Calls `body` with each row of a query.
  func rows(_ sql: String, _ body: (Row) -> Void) throws(Refusal) { try Self.rows(handle, path, sql, body) }

  /// One row of a result; valid in its callback only.
  struct Row {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func bytes(_ column: Int32) -> [UInt8] {
      guard let start = sqlite3_column_blob(statement, column) else { return [] }
      let count = Int(sqlite3_column_bytes(statement, column))
      return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
  }

  private static func open(_ path: String) throws(Refusal) -> OpaquePointer {
    // Without a journal the file is opened as unchanging, so that a read-only medium will do.
    let isWhole = access(path + "-wal", F_OK) != 0
    var name = "file:"
    for byte in path.utf8 {
      let isPlain =
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte > 0x40 && byte < 0x7F
        || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      name += isPlain ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text([byte])
    }
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
    guard sqlite3_open_v2(name + (isWhole ? "?immutable=1" : ""), &handle, flags, nil) == SQLITE_OK,
      let handle
    else { throw Refusal(description: "\(path): SQLite cannot open it") }
    sqlite3_busy_timeout(handle, 10_000)
    return handle
  }

  private static func integer(_ handle: OpaquePointer, _ path: String, _ sql: String) throws(Refusal) -> Int64
  {
    var value: Int64 = 0
    try rows(handle, path, sql) { value = $0.integer(0) }
    return value
  }

  private static func rows(
    _ handle: OpaquePointer, _ path: String, _ sql: String, _ body: (Row) -> Void
  ) throws(Refusal) {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw Refusal(description: "\(path): damaged: \(String(cString: sqlite3_errmsg(handle)))")
    }
    defer { sqlite3_finalize(statement) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: body(Row(statement: statement))
      case SQLITE_DONE: return
      default: throw Refusal(description: "\(path): damaged: \(String(cString: sqlite3_errmsg(handle)))")
      }
    }
  }
}
