import CPostgres
import Glibc
import LogProofs
import Surroundings

/// One connection to a PostgreSQL server, through its own C library. Not shared between threads.
///
/// The server is not trusted with this program's life: it may be silent only for so long, send only so much, and answer
/// only what was asked; otherwise the connection is not used any more.
package final class PostgresConnection {
  /// Longest silence in the middle of a statement; longer than the server's own limit for one. Milliseconds.
  private static let longestSilence: Int32 = 150_000
  /// Most bytes of one answer: far more than the largest question asks for.
  private static let mostBytes = 512 << 20
  private let handle: OpaquePointer
  private let silence: Int32
  private var isBroken = false

  /// Waiting for a server that is gone ends by itself; what the person gives comes later in the list and wins.
  private static let standards = [
    ("fallback_application_name", "vigil-ship"), ("connect_timeout", "10"), ("keepalives_idle", "15"),
    ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
  ]

  /// Connects.
  /// - Parameter target: a connection string or URI of libpq; what it leaves out comes from `PG…` variables,
  ///   `~/.pgpass` and libpq's defaults.
  ///   `silence`: milliseconds that the server may take; for tests.
  package init(_ target: String, silence: Int32 = longestSilence) throws(ShipError) {
    self.silence = silence
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
    PQsetnonblocking(handle, 1)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  /// Runs one statement; the rows of its result as text, nil for NULL.
  @discardableResult
  package func run(_ sql: String, _ parameters: [String?] = []) throws(ShipError) -> [[String?]] {
    guard !isBroken else { throw .unreachable("the connection was given up") }
    let texts = parameters.map { $0.map { strdup($0) } ?? nil }
    defer { texts.forEach { free($0) } }
    let sent =
      parameters.isEmpty
      ? PQsendQuery(handle, sql)
      : PQsendQueryParams(
        handle, sql, Int32(texts.count), nil, texts.map { UnsafePointer($0) }, nil, nil, 0)
    guard sent == 1, PQsetSingleRowMode(handle) == 1 else { throw failure(nil) }
    try flush()
    var rows: [[String?]] = []
    var bytes = 0
    var problem: ShipError?
    while let result = try nextResult() {
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK:
        bytes += append(result, to: &rows)
        guard bytes <= Self.mostBytes else { throw giveUp("it sends more than it was asked for") }
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        throw giveUp("it answers what it was not asked")
      default: problem = problem ?? failure(result)
      }
    }
    if let problem { throw problem }
    return rows
  }

  private func append(_ result: OpaquePointer, to rows: inout [[String?]]) -> Int {
    var bytes = 0
    for row in 0..<PQntuples(result) {
      rows.append(
        (0..<PQnfields(result)).map { column in
          bytes += 64 + Int(PQgetlength(result, row, column))
          return PQgetisnull(result, row, column) == 1
            ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
        })
    }
    return bytes
  }

  /// Sends rows into a table by COPY; fields are given as COPY's text form wants them (see ``escaped(_:)``).
  package func copy(into table: String, _ rows: [[String]]) throws(ShipError) {
    guard !rows.isEmpty else { return }
    guard !isBroken else { throw .unreachable("the connection was given up") }
    guard PQsendQuery(handle, "COPY \(table) FROM STDIN") == 1 else { throw failure(nil) }
    try flush()
    guard let begin = try nextResult() else { throw giveUp("it does not answer a COPY") }
    defer { PQclear(begin) }
    guard PQresultStatus(begin) == PGRES_COPY_IN else {
      let problem = failure(begin)
      try passOver()
      throw problem
    }
    for row in rows {
      let line = Array((row.joined(separator: "\t") + "\n").utf8)
      try put { () in
        line.withUnsafeBytes {
          PQputCopyData(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
        }
      }
    }
    try put { PQputCopyEnd(handle, nil) }
    try flush()
    var problem: ShipError?
    while let result = try nextResult() {
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK: break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw giveUp("it does not end a COPY")
      default: problem = problem ?? failure(result)
      }
    }
    if let problem { throw problem }
  }

  // MARK: Waiting

  /// Gives data to the library until it takes them.
  private func put(_ body: () -> Int32) throws(ShipError) {
    while true {
      switch body() {
      case 1: return
      case 0: try flush()
      default: throw failure(nil)
      }
    }
  }

  private func flush() throws(ShipError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1: try wait(for: Int16(POLLIN | POLLOUT))
      default: throw failure(nil)
      }
    }
  }

  private func nextResult() throws(ShipError) -> OpaquePointer? {
    while PQisBusy(handle) == 1 { try wait(for: Int16(POLLIN)) }
    return PQgetResult(handle)
  }

  /// Reads what is left of an answer that is of no use.
  private func passOver() throws(ShipError) {
    while let result = try nextResult() {
      let status = PQresultStatus(result)
      PQclear(result)
      if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) {
        throw giveUp("it answers what it was not asked")
      }
    }
  }

  private func wait(for events: Int16) throws(ShipError) {
    var descriptor = pollfd(fd: PQsocket(handle), events: events, revents: 0)
    let ready = poll(&descriptor, 1, silence)
    if ready < 0, errno == EINTR { return }
    guard ready != 0 else {
      isBroken = true
      throw .unreachable("it has been silent for \(silence / 1000) s")
    }
    guard ready > 0 else { throw giveUp(String(cString: strerror(errno))) }
    if descriptor.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, PQconsumeInput(handle) != 1 {
      throw failure(nil)
    }
  }

  private func giveUp(_ reason: String) -> ShipError {
    isBroken = true
    return .refused(reason)
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
    let line = lines.map { $0.trimmingPrefix("\t") }.joined(separator: " ")
    // What a server says goes to a terminal.
    let plain = line.unicodeScalars.filter { $0.properties.generalCategory != .control }
    return String(String.UnicodeScalarView(plain).prefix(500))
  }
}
