import CPostgres
import Glibc
import LogProofs
import Surroundings

/// One connection to a PostgreSQL server, through its own C library. Not shared between threads.
package final class PostgresConnection {
  private let handle: OpaquePointer

  /// Waiting for a server that is gone ends by itself; what the person gives comes later in the list and wins.
  private static let standards = [
    ("fallback_application_name", "vigil-ship"), ("connect_timeout", "10"), ("keepalives_idle", "15"),
    ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
  ]

  /// Connects.
  /// - Parameter target: a connection string or URI of libpq; what it leaves out comes from `PG…` variables,
  ///   `~/.pgpass` and libpq's defaults.
  package init(_ target: String) throws(ShipError) {
    try Self.checkForm(target)
    let (names, values) = Self.parameters(target)
    defer { (names + values).forEach { free($0) } }
    let connection = PQconnectdbParams(
      names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
    guard let connection else { throw .unreachable("no memory") }
    guard PQstatus(connection) == CONNECTION_OK else {
      let reason = Self.line(PQerrorMessage(connection))
      PQfinish(connection)
      throw .unreachable(reason)
    }
    handle = connection
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  /// Runs one statement; the rows of its result as text, nil for NULL.
  @discardableResult
  package func run(_ sql: String, _ parameters: [String?] = []) throws(ShipError) -> [[String?]] {
    let texts = parameters.map { $0.map { strdup($0) } ?? nil }
    defer { texts.forEach { free($0) } }
    let result =
      parameters.isEmpty
      ? PQexec(handle, sql)
      : PQexecParams(
        handle, sql, Int32(texts.count), nil, texts.map { UnsafePointer($0) }, nil, nil, 0)
    defer { PQclear(result) }
    guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else {
      throw failure(result)
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1
          ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }

  /// Sends rows into a table by COPY; fields are given as COPY's text form wants them (see ``escaped(_:)``).
  package func copy(into table: String, _ rows: [[String]]) throws(ShipError) {
    guard !rows.isEmpty else { return }
    let begin = PQexec(handle, "COPY \(table) FROM STDIN")
    let begun = PQresultStatus(begin)
    defer { PQclear(begin) }
    guard begun == PGRES_COPY_IN else { throw failure(begin) }
    for row in rows {
      let line = Array((row.joined(separator: "\t") + "\n").utf8)
      let sent = line.withUnsafeBytes {
        PQputCopyData(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
      }
      guard sent == 1 else { throw failure(nil) }
    }
    guard PQputCopyEnd(handle, nil) == 1 else { throw failure(nil) }
    var problem: ShipError?
    while let result = PQgetResult(handle) {
      if PQresultStatus(result) != PGRES_COMMAND_OK { problem = problem ?? failure(result) }
      PQclear(result)
    }
    if let problem { throw problem }
  }

  /// A text as a field of COPY.
  package static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
      .replacing("\r", with: "\\r")
  }

  /// Bytes as a bytea field of COPY.
  package static func bytea(_ bytes: [UInt8]) -> String { "\\\\x" + Hexadecimal.text(bytes) }

  /// A bytea value as the server writes it.
  package static func bytes(_ text: String?) -> [UInt8] {
    guard let text, text.hasPrefix("\\x") else { return [] }
    return Hexadecimal.bytes(String(text.dropFirst(2))) ?? []
  }

  /// Refuses what libpq cannot read, in our own words: its messages quote pieces of the string, a password among them.
  private static func checkForm(_ target: String) throws(ShipError) {
    guard target.contains("=") || target.contains("://") else { return }
    var problem: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(target, &problem)
    PQconninfoFree(options)
    PQfreemem(problem)
    let signs = target.prefix { $0 != "?" }.count { $0 == "@" }
    guard options != nil, !target.contains("://") || signs <= 1 else {
      throw .refused(
        "--to: not a connection string; write postgresql://USER@HOST/DATABASE or \"host=… dbname=… user=…\", "
          + "and a password into ~/.pgpass")
    }
  }

  private static func parameters(
    _ target: String
  ) -> (names: [UnsafeMutablePointer<CChar>?], values: [UnsafeMutablePointer<CChar>?]) {
    let given = standards + [("dbname", target), ("client_encoding", "UTF8")]
    return (given.map { strdup($0.0) } + [nil], given.map { strdup($0.1) } + [nil])
  }

  /// What went wrong, and whether trying again may help.
  private func failure(_ result: OpaquePointer?) -> ShipError {
    // 67 is 'C', the field of the SQLSTATE.
    let state =
      result.flatMap { PQresultErrorField($0, 67) }.map { String(cString: $0) } ?? ""
    let reason = Self.line(result.map { PQresultErrorMessage($0) } ?? PQerrorMessage(handle))
    // 08 connection, 40 serialization and deadlock, 53 resources, 55P03 lock, 57 shut down or cancelled.
    let passes = ["08", "40", "53", "57"].contains(String(state.prefix(2))) || state == "55P03"
    let isGone = PQstatus(handle) != CONNECTION_OK || state.isEmpty
    return isGone || passes ? .unreachable(reason) : .refused(reason)
  }

  private static func line(_ text: UnsafePointer<CChar>?) -> String {
    let lines = text.map { String(cString: $0) }?.split(separator: "\n") ?? []
    return lines.map { $0.trimmingPrefix("\t") }.joined(separator: " ")
  }
}
