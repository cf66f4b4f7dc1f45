import GRDB

/// The tables of a log file. A migration is never edited once released; a change is a new one.
enum Schema {
  /// "VGIL": marks the file as a Vigil log.
  static let applicationID = 0x5647_494C
  /// Counts up with each migration.
  static let version = 3

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: records, checkpoints, snapshots") { db in
      try db.execute(sql: first)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: "PRAGMA user_version = 1")
    }
    // Since version 2 a log is made with a checkpoint of no records, which older programs would take for a wrong one.
    migrator.registerMigration("2: the empty tree is signed") {
      try $0.execute(sql: "PRAGMA user_version = 2")
    }
    // Since version 3 a log may go on in another file; older programs do not know the records that say so.
    migrator.registerMigration("3: files that follow one another") {
      try $0.execute(sql: "PRAGMA user_version = 3")
    }
    return migrator
  }

  /// Columns that only repeat what is in a record are generated from it, so that they cannot differ from it.
  private static let first = """
    CREATE TABLE log (
      id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, first_key TEXT NOT NULL) STRICT;
    CREATE TABLE record (
      number INTEGER PRIMARY KEY CHECK (number >= 0), leaf BLOB NOT NULL, body TEXT NOT NULL,
      session TEXT GENERATED ALWAYS AS (json_extract(body, '$.session')) VIRTUAL,
      kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL) STRICT;
    CREATE INDEX record_by_session ON record (session, kind);
    CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL, peaks BLOB NOT NULL) STRICT;
    CREATE TABLE cosignature (
      size INTEGER NOT NULL REFERENCES checkpoint (size), line TEXT NOT NULL, PRIMARY KEY (size, line)) STRICT;
    CREATE TABLE snapshot (number INTEGER PRIMARY KEY, taken INTEGER NOT NULL, sealed BLOB) STRICT;
    CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
      BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
    CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
      BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END;
    CREATE TRIGGER checkpoint_is_never_changed BEFORE UPDATE ON checkpoint
      BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
    CREATE TRIGGER checkpoint_is_never_deleted BEFORE DELETE ON checkpoint
      BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
    """
}
