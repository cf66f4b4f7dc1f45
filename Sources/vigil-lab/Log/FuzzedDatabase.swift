import CSQLite
import Foundation

/// A value of SQLite with its type.
enum SQLiteValue: Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text([UInt8])
  case blob([UInt8])
}

/// A log in memory, changed with the means of somebody who has the file: SQLite without any of its guards.
final class FuzzedDatabase {
  private let handle: OpaquePointer
  /// Columns that can be written, by table; the first is the table's key.
  static let columns = [
    "log": ["id", "origin", "first_key"], "record": ["number", "leaf", "body"],
    "checkpoint": ["size", "note", "peaks"], "cosignature": ["rowid", "size", "line"],
    "snapshot": ["number", "taken", "sealed"],
  ]
  private static let looseTables = [
    "log": "CREATE TABLE log (id INTEGER PRIMARY KEY, origin, first_key)",
    "record":
      "CREATE TABLE record (number INTEGER PRIMARY KEY, leaf, body, session GENERATED ALWAYS AS (1) VIRTUAL, kind GENERATED ALWAYS AS (1) VIRTUAL)",
    "checkpoint": "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note, peaks)",
    "cosignature": "CREATE TABLE cosignature (size, line, PRIMARY KEY (size, line))",
    "snapshot": "CREATE TABLE snapshot (number INTEGER PRIMARY KEY, taken, sealed)",
  ]
  private static let store = DefinitionStore()

  init(_ bytes: [UInt8]) throws {
    var handle: OpaquePointer?
    guard sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let handle else {
      throw CocoaError(.fileReadUnknown)
    }
    self.handle = handle
    let count = sqlite3_int64(bytes.count)
    guard let copy = sqlite3_malloc64(UInt64(count)) else { throw CocoaError(.fileReadUnknown) }
    bytes.withUnsafeBytes {
      copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: bytes.count)
    }
    let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)
    let start = copy.assumingMemoryBound(to: UInt8.self)
    // In memory there is no journal: say so in the file's head, and put it back when it is written.
    (start[18], start[19]) = (1, 1)
    sqlite3_deserialize(handle, "main", start, count, count, flags)
    run("PRAGMA ignore_check_constraints = ON")
    run("PRAGMA foreign_keys = OFF")
  }

  deinit { sqlite3_close(handle) }

  /// Replaces the tables' definitions by ones that let everything in, without guards.
  func loosen() {
    for row in rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL", 2) {
      guard case .text(let name) = row[0], case .text(let sql) = row[1] else { continue }
      Self.store.definitions[String(decoding: name, as: UTF8.self)] = String(decoding: sql, as: UTF8.self)
    }
    for (name, sql) in Self.looseTables { setSchema(name, sql) }
    run("PRAGMA writable_schema = ON")
    if case .integer(let page)? = rows(
      "SELECT rootpage FROM sqlite_master WHERE name = 'record_by_session'", 1
    ).first?[0] {
      Self.store.indexPage = page
    }
    run("DELETE FROM sqlite_master WHERE type = 'trigger' OR name = 'record_by_session'")
    reload()
  }

  /// Puts the definitions back, so that nothing in the schema tells of what was done.
  func tighten() {
    for (name, sql) in Self.store.definitions {
      setSchema(name, sql)
      if name == "record_by_session" {
        // The index is left as it was, so it may lie.
        run(
          "INSERT INTO sqlite_master VALUES ('index', ?, 'record', ?, ?)",
          [.text(Array(name.utf8)), .integer(Self.store.indexPage), .text(Array(sql.utf8))])
      }
      guard sql.hasPrefix("CREATE TRIGGER") else { continue }
      let table = name.prefix { $0 != "_" }
      let texts = [name, String(table), sql].map { SQLiteValue.text(Array($0.utf8)) }
      run("INSERT INTO sqlite_master VALUES ('trigger', ?, ?, 0, ?)", texts)
    }
  }

  func setSchema(_ name: String, _ sql: String) {
    run("PRAGMA writable_schema = ON")
    run("UPDATE sqlite_master SET sql = ? WHERE name = ?", [.text(Array(sql.utf8)), .text(Array(name.utf8))])
  }

  private func reload() { run("PRAGMA writable_schema = RESET") }

  /// The rows that a verifier's answer depends on.
  func content() -> RowFuzzer.Content {
    RowFuzzer.Content(
      log: rows("SELECT id, origin, first_key FROM log", 3),
      records: rows("SELECT number, leaf, body FROM record", 3),
      checkpoints: rows("SELECT size, note FROM checkpoint", 2),
      pictures: rows("SELECT number, sealed FROM snapshot", 2))
  }

  func keys(_ table: String) -> [SQLiteValue] { rows("SELECT rowid FROM \(table)", 1).map { $0[0] } }

  func rows(_ sql: String, _ width: Int32) -> [[SQLiteValue]] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return [] }
    defer { sqlite3_finalize(statement) }
    var found: [[SQLiteValue]] = []
    while sqlite3_step(statement) == SQLITE_ROW { found.append((0..<width).map { value(statement, $0) }) }
    return found
  }

  @discardableResult
  func run(_ sql: String, _ values: [SQLiteValue] = []) -> Bool {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return false }
    defer { sqlite3_finalize(statement) }
    let forget = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (position, value) in values.enumerated() {
      let place = Int32(position + 1)
      switch value {
      case .null: sqlite3_bind_null(statement, place)
      case .integer(let number): sqlite3_bind_int64(statement, place, number)
      case .real(let number): sqlite3_bind_double(statement, place, number)
      case .text(let bytes):
        bytes.withUnsafeBytes { raw in
          _ = sqlite3_bind_text(
            statement, place,
            raw.baseAddress?.assumingMemoryBound(to: CChar.self) ?? UnsafePointer(strdup("")),
            Int32(bytes.count), forget)
        }
      case .blob(let bytes):
        bytes.withUnsafeBytes { raw in
          _ =
            raw.baseAddress.map { sqlite3_bind_blob(statement, place, $0, Int32(bytes.count), forget) }
            ?? sqlite3_bind_zeroblob(statement, place, 0)
        }
      }
    }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: continue
      case SQLITE_DONE: return true
      default: return false
      }
    }
  }

  /// The file.
  func bytes() -> [UInt8] {
    var size: sqlite3_int64 = 0
    guard let start = sqlite3_serialize(handle, "main", &size, 0) else { return [] }
    defer { sqlite3_free(start) }
    var bytes = Array(UnsafeBufferPointer(start: start, count: Int(size)))
    if bytes.count > 20 { (bytes[18], bytes[19]) = (2, 2) }
    return bytes
  }

  private func value(_ statement: OpaquePointer?, _ column: Int32) -> SQLiteValue {
    func bytes() -> [UInt8] {
      guard let start = sqlite3_column_blob(statement, column) else { return [] }
      return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }
    return switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT: .text(bytes())
    case SQLITE_BLOB: .blob(bytes())
    default: .null
    }
  }
}

/// The definitions that a log is made with, by name. One thread.
final class DefinitionStore: @unchecked Sendable {
  // Sendable because the fuzzer has one thread.
  var definitions: [String: String] = [:]
  /// Where the index over records has its root.
  var indexPage: Int64 = 0
}
