public import Foundation
import GRDB

/// The history of analyses: one SQLite file. Every question names the owner who asks, so that nobody sees another's.
public final class AnalysisStore: Sendable {
  private let pool: DatabasePool

  /// Opens or makes the database at `file`. What was waiting or running when the server last ended is marked failed.
  public init(file: URL) throws {
    var configuration = Configuration()
    configuration.maximumReaderCount = 2
    pool = try DatabasePool(path: file.path, configuration: configuration)
    try Self.migrator.migrate(pool)
    try pool.write { db in
      try db.execute(
        sql:
          "UPDATE analysis SET state = 'failed', error = ?, finished = ? WHERE state IN ('queued', 'running')",
        arguments: [
          "the server was stopped before the analysis ended; send the file again",
          Date().timeIntervalSince1970,
        ])
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.create(table: "analysis") { table in
        table.primaryKey("id", .text)
        for column in ["owner", "name", "sha256", "state"] { table.column(column, .text).notNull() }
        table.column("bytes", .integer).notNull()
        table.column("created", .double).notNull()
        table.column("finished", .double)
        for column in ["verdict", "kind", "result", "error", "label", "remark", "kept"] {
          table.column(column, .text)
        }
        table.column("risk", .double)
        table.column("pictures", .integer).notNull().defaults(to: 0)
      }
      try db.create(index: "history", on: "analysis", columns: ["owner", "created"])
    }
    migrator.registerMigration("2") { db in
      try db.alter(table: "analysis") { $0.add(column: "disk", .integer).notNull().defaults(to: 0) }
    }
    return migrator
  }

  /// Keeps a new record.
  public func insert(_ record: AnalysisRecord) async throws {
    try await pool.write { try record.insert($0) }
  }

  /// Changes a record that is still there; nil when it was deleted meanwhile.
  @discardableResult
  public func update(
    _ id: String, _ change: @escaping @Sendable (inout AnalysisRecord) -> Void
  ) async throws -> AnalysisRecord? {
    try await pool.write { db in
      guard var record = try AnalysisRecord.fetchOne(db, key: id) else { return nil }
      change(&record)
      try record.update(db)
      return record
    }
  }

  /// The owner's record; nil when there is none or it is another's.
  public func record(_ id: String, of owner: String) async throws -> AnalysisRecord? {
    try await pool.read { db in
      try AnalysisRecord.filter(Column("id") == id && Column("owner") == owner).fetchOne(db)
    }
  }

  /// The owner's records, newest first, made before `before` (seconds since 1970).
  public func history(of owner: String, before: Double?, limit: Int) async throws -> [AnalysisRecord] {
    try await pool.read { db in
      var request = AnalysisRecord.filter(Column("owner") == owner)
      if let before { request = request.filter(Column("created") < before) }
      return try request.order(Column("created").desc, Column("id")).limit(limit).fetchAll(db)
    }
  }

  /// The owner's records that carry a label.
  public func labelled(of owner: String) async throws -> [AnalysisRecord] {
    try await pool.read { db in
      try AnalysisRecord.filter(Column("owner") == owner && Column("label") != nil)
        .order(Column("created")).fetchAll(db)
    }
  }

  /// Deletes the owner's record; false when there was none.
  public func delete(_ id: String, of owner: String) async throws -> Bool {
    try await pool.write { db in
      try AnalysisRecord.filter(Column("id") == id && Column("owner") == owner).deleteAll(db) > 0
    }
  }

  /// Deletes what is older than `date`, and of each owner all but the newest `kept`; labelled ones stay.
  /// Returns what was deleted.
  public func expire(before date: Double, kept: Int) async throws -> [AnalysisRecord] {
    try await pool.write { db in
      let old = try AnalysisRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY owner ORDER BY created DESC) AS place FROM analysis)
          WHERE label IS NULL AND state IN ('done', 'failed') AND (created < ? OR place > ?)
          """, arguments: [date, kept])
      for record in old { try record.delete(db) }
      return old
    }
  }

  /// Bytes on the disk of every owner's results.
  public func diskUse() async throws -> [String: Int] {
    try await pool.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT owner, SUM(disk) AS bytes FROM analysis GROUP BY owner")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["owner"] as String, $0["bytes"] as Int) })
    }
  }

  /// Ended records with files that nobody counted yet.
  public func unmeasured() async throws -> [AnalysisRecord] {
    try await pool.read { db in
      try AnalysisRecord.filter(
        Column("disk") == 0 && ["done", "failed"].contains(Column("state"))
          && (Column("pictures") > 0 || Column("kept") != nil)
      ).fetchAll(db)
    }
  }

  /// The owner's ended record with bytes on the disk that goes first: the oldest without a label, then the oldest with
  /// one. Nil when there is none.
  public func firstToGo(of owner: String) async throws -> AnalysisRecord? {
    try await pool.read { db in
      try AnalysisRecord.filter(
        Column("owner") == owner && Column("disk") > 0 && ["done", "failed"].contains(Column("state"))
      ).order(sql: "label IS NOT NULL, created").fetchOne(db)
    }
  }

  /// Records made before `date` that still have pictures; they are marked as having none.
  public func forgetPictures(before date: Double) async throws -> [String] {
    try await pool.write { db in
      let ids = try String.fetchAll(
        db, sql: "SELECT id FROM analysis WHERE pictures > 0 AND created < ?", arguments: [date])
      try db.execute(sql: "UPDATE analysis SET pictures = 0 WHERE created < ?", arguments: [date])
      return ids
    }
  }
}
