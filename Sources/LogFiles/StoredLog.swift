import CSQLite
import Glibc
import LogProofs
import Synchronization

/// A log's file, opened to be read by somebody who does not trust it.
///
/// It relies on nothing but the rows themselves: the schema's text is compared with the known one, no index, trigger,
/// view or generated column is used, every value is taken with its type and its exact length, keys must rise, and no
/// statement may do more work than a file of its size can need. Nothing in the file can change through this.
/// Shares no code with the program that writes logs.
public final class StoredLog: @unchecked Sendable {
  // Sendable because `handle` and `budget` are only touched under `lock`.

  /// How a log without a journal beside it is opened.
  public enum Use: Sendable {
    /// As it lies: nothing is made beside it, and a medium that cannot be written will do.
    case settled
    /// As one that a session may go on writing while it is read.
    case growing
  }

  /// One value of a row, with its type.
  enum Value {
    case null
    case integer(Int64)
    case real
    case text([UInt8])
    case blob([UInt8])

    var text: [UInt8]? { if case .text(let bytes) = self { bytes } else { nil } }
    var blob: [UInt8]? { if case .blob(let bytes) = self { bytes } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var isNull: Bool { if case .null = self { true } else { false } }
  }

  /// Longest value that is read: a kept picture is the longest thing in a log.
  static let longestValue: Int32 = 64 << 20

  /// The path that was given.
  public let path: String
  /// The version of the file.
  public private(set) var version: Int64 = 0
  /// The log's name.
  public private(set) var origin = ""
  /// The public key that the log began with, as text.
  public private(set) var firstKey = ""
  /// What is wrong with the schema and does not keep one from reading.
  public private(set) var schemaFaults: [String] = []
  /// What cannot be known from this file, in words.
  public private(set) var notes: [String] = []

  private let handle: OpaquePointer
  private let budget: WorkBudget
  private let lock = Mutex<Void>(())

  /// Opens the file for reading; refuses what is not a log, too new, or has other tables.
  /// `work`: how many instructions of SQLite a statement may take; standard: by the file's size. For tests.
  public init(path: String, use: Use = .settled, work: Int? = nil) throws(StoredLogError) {
    self.path = path
    let file = try LogPlaces(path)
    handle = try Self.open(file, use)
    budget = WorkBudget(work ?? 1_000_000 + 4 * file.bytes)
    if file.names > 1 {
      notes.append(
        "whether newer records lie in a journal beside another name of this file (it has \(file.names) names)"
      )
    }
    budget.install(on: handle)
    // From here on a refusal closes the handle by `deinit`: everything is in its place.
    try identify()
  }

  deinit { sqlite3_close(handle) }

  private func identify() throws(StoredLogError) {
    guard try integer("PRAGMA application_id") == KnownSchema.applicationID else {
      throw .notALog(path: path, reason: "it is an SQLite file of another program")
    }
    version = try integer("PRAGMA user_version") ?? 0
    guard version <= KnownSchema.newestVersion else {
      throw .futureVersion(path: path, found: version, known: KnownSchema.newestVersion)
    }
    guard version >= 1 else { throw .tampered(path: path, reason: "there is no log of version \(version)") }
    try checkSchema()
    try readName()
  }

  private func checkSchema() throws(StoredLogError) {
    var encoding: [UInt8]?
    try step("PRAGMA encoding") { encoding = $0.value(0).text }
    guard encoding == Array("UTF-8".utf8) else {
      throw .tampered(path: path, reason: "its texts are not in UTF-8")
    }
    var entries: [KnownSchema.Entry] = []
    var isPlain = true
    // `sqlite_master` and not `sqlite_schema`: a table can be made to take the second name.
    try step("SELECT type, name, tbl_name, sql FROM main.sqlite_master") { row in
      let words = (0..<3).map { row.value(Int32($0)).text.flatMap { String(validating: $0, as: UTF8.self) } }
      let sql = row.value(3)
      let text = sql.text.flatMap { String(validating: $0, as: UTF8.self) }
      guard let type = words[0], let name = words[1], let table = words[2], sql.isNull || text != nil,
        entries.count < 1000
      else { return isPlain = false }
      entries.append(KnownSchema.Entry(type: type, name: name, table: table, sql: text))
    }
    let faults = KnownSchema.faults(in: entries)
    if let fault = faults.first(where: \.isFatal)?.text {
      throw .tampered(path: path, reason: fault)
    }
    guard isPlain else { throw .tampered(path: path, reason: "its schema holds what is no text") }
    schemaFaults = faults.map(\.text)
  }

  private func readName() throws(StoredLogError) {
    var rows: [(id: Int64?, origin: [UInt8]?, key: [UInt8]?)] = []
    try step("SELECT id, origin, first_key FROM main.log NOT INDEXED LIMIT 3") {
      rows.append(($0.value(0).integer, $0.value(1).text, $0.value(2).text))
    }
    guard let row = rows.first else {
      throw .notALog(path: path, reason: "the log has no name: it is damaged or empty")
    }
    guard rows.count == 1, row.id == 1 else {
      throw .tampered(path: path, reason: "it has more than one name")
    }
    guard let name = row.origin.flatMap({ String(validating: $0, as: UTF8.self) }),
      NotePublicKey.isAllowed(name), name.utf8.count <= 1000,
      let key = row.key.flatMap({ String(validating: $0, as: UTF8.self) }), key.utf8.count <= 2000
    else { throw .tampered(path: path, reason: "its name or first key is none") }
    (origin, firstKey) = (name, key)
  }

  // MARK: Statements

  /// One row of a result; valid in its callback only.
  struct Row {
    fileprivate let statement: OpaquePointer

    /// A column that is the table's key: always a whole number.
    func key(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// A column with its type and its exact bytes.
    func value(_ column: Int32) -> Value {
      switch sqlite3_column_type(statement, column) {
      case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
      case SQLITE_FLOAT: .real
      case SQLITE_TEXT: .text(bytes(column))
      case SQLITE_BLOB: .blob(bytes(column))
      default: .null
      }
    }

    private func bytes(_ column: Int32) -> [UInt8] {
      // First the pointer, then its length: the other order may convert in between.
      guard let start = sqlite3_column_blob(statement, column) else { return [] }
      let count = Int(sqlite3_column_bytes(statement, column))
      return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
  }

  /// Reads everything in `body` from one state of the file.
  func atOneMoment<Value>(
    _ body: () throws(StoredLogError) -> Value
  ) throws(StoredLogError) -> Value {
    try step("BEGIN") { _ in }
    do throws(StoredLogError) {
      let value = try body()
      try step("COMMIT") { _ in }
      return value
    } catch {
      try? step("ROLLBACK") { _ in }
      throw error
    }
  }

  /// Calls `body` with each row until it answers false. The first column must be the table's key when `rising`, and
  /// each higher than the one before: a table whose pages were bent into a circle would never end.
  func rows(
    _ sql: String, _ values: [Int64] = [], rising: Bool = true, _ body: (Row) -> Bool
  ) throws(StoredLogError) {
    var last: Int64?
    var isOrdered = true
    try step(sql, values) { (row: Row) -> Bool in
      if rising {
        let key = row.key(0)
        if let last, key <= last {
          isOrdered = false
          return false
        }
        last = key
      }
      return body(row)
    }
    guard isOrdered else { throw .damaged(path: path, reason: "its rows are out of order") }
  }

  private func integer(_ sql: String) throws(StoredLogError) -> Int64? {
    var value: Int64?
    try step(sql) { value = $0.value(0).integer }
    return value
  }

  private func step(_ sql: String, _ body: (Row) -> Void) throws(StoredLogError) {
    try step(sql, []) { (row: Row) -> Bool in
      body(row)
      return true
    }
  }

  private func step(_ sql: String, _ values: [Int64], _ body: (Row) -> Bool) throws(StoredLogError) {
    var statement: OpaquePointer?
    budget.refill()
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure()
    }
    defer { sqlite3_finalize(statement) }
    for (position, value) in values.enumerated() { sqlite3_bind_int64(statement, Int32(position + 1), value) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: if !body(Row(statement: statement)) { return }
      case SQLITE_DONE: return
      default: throw failure()
      }
    }
  }

  private func failure() -> StoredLogError {
    let message = String(cString: sqlite3_errmsg(handle))
    return switch sqlite3_errcode(handle) {
    case SQLITE_INTERRUPT:
      .tampered(path: path, reason: "reading it takes more work than a log of its size can need")
    case SQLITE_TOOBIG: .tampered(path: path, reason: "a value in it is longer than any that Vigil writes")
    case SQLITE_NOTADB:
      .notALog(path: path, reason: "no SQLite file, or an encrypted or damaged one")
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_READONLY, SQLITE_NOMEM:
      .unreadable(path: path, reason: message)
    case SQLITE_CORRUPT where message.hasPrefix("malformed database schema"), SQLITE_ERROR:
      // What was read can be made by an editor only: the pages are whole.
      .tampered(path: path, reason: message)
    default: .damaged(path: path, reason: message)
    }
  }

  /// Runs `body` while no other thread uses this connection.
  func exclusively<Value>(
    _ body: () throws(StoredLogError) -> Value
  ) throws(StoredLogError) -> Value {
    let result: Result<Value, StoredLogError> = lock.withLock { _ in
      do throws(StoredLogError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
