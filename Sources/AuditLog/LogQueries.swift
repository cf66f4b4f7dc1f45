import GRDB

/// Questions about a log that more than one part asks.
enum LogQueries {
  /// The newest session when it has no last record: its name and the number of its newest record.
  static func unfinishedSession(_ db: Database) throws -> (session: String, last: Int64)? {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT session, number, kind FROM record ORDER BY number DESC LIMIT 1"),
      row[2] != "session_end", let session: String = row[0]
    else { return nil }
    return (session, row[1])
  }

  /// The number for the next picture.
  static func nextSnapshot(_ db: Database) throws -> Int64 {
    (try Int64.fetchOne(db, sql: "SELECT max(number) FROM snapshot") ?? 0) + 1
  }
}
