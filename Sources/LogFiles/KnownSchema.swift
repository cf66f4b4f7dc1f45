/// The tables of a log as SQLite keeps their text. A log whose tables have another text was changed: a view in the
/// place of a table, a generated column that says something else, or a trigger would show one thing and prove another.
///
/// This is a copy on purpose: what reads a log shares nothing with what makes one. A test compares the two.
public enum KnownSchema {
  /// "VGIL": marks the file as a Vigil log.
  public static let applicationID: Int64 = 0x5647_494C
  /// The newest version of a log that is known here.
  public static let newestVersion: Int64 = 3

  /// One thing in a schema.
  public struct Entry: Hashable, Sendable {
    /// `table`, `index` or `trigger`.
    public let type: String
    /// Its name.
    public let name: String
    /// The table it belongs to.
    public let table: String
    /// The statement that made it; nil for an index that SQLite made by itself.
    public let sql: String?

    /// An entry as `sqlite_master` has it.
    public init(type: String, name: String, table: String, sql: String?) {
      (self.type, self.name, self.table, self.sql) = (type, name, table, sql)
    }
  }

  /// What is in the schema of every log since version 1.
  public static let entries: Set<Entry> = [
    table(
      "log",
      """
      CREATE TABLE log (
        id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, first_key TEXT NOT NULL) STRICT
      """),
    table(
      "record",
      """
      CREATE TABLE record (
        number INTEGER PRIMARY KEY CHECK (number >= 0), leaf BLOB NOT NULL, body TEXT NOT NULL,
        session TEXT GENERATED ALWAYS AS (json_extract(body, '$.session')) VIRTUAL,
        kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL) STRICT
      """),
    table(
      "checkpoint",
      "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL, peaks BLOB NOT NULL) STRICT"),
    table(
      "cosignature",
      """
      CREATE TABLE cosignature (
        size INTEGER NOT NULL REFERENCES checkpoint (size), line TEXT NOT NULL, PRIMARY KEY (size, line)) STRICT
      """),
    table(
      "snapshot",
      "CREATE TABLE snapshot (number INTEGER PRIMARY KEY, taken INTEGER NOT NULL, sealed BLOB) STRICT"),
    table("grdb_migrations", "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"),
    Entry(
      type: "index", name: "record_by_session", table: "record",
      sql: "CREATE INDEX record_by_session ON record (session, kind)"),
    automatic("cosignature"), automatic("grdb_migrations"),
    guarding("record", "changed", "UPDATE"), guarding("record", "deleted", "DELETE"),
    guarding("checkpoint", "changed", "UPDATE"), guarding("checkpoint", "deleted", "DELETE"),
  ]

  /// One thing that is wrong with a schema.
  public struct Fault: Equatable, Sendable {
    /// In words.
    public let text: String
    /// Whether what is read may not be what is stored. A reader uses no index and runs no trigger, so a guard that
    /// was taken out is a sign of a change and does not keep one from reading.
    public let isFatal: Bool
  }

  /// What is wrong with a schema; empty when it is a log's.
  public static func faults(in found: [Entry]) -> [Fault] {
    var left = entries
    var faults: [Fault] = []
    for entry in found where left.remove(entry) == nil {
      let isKnown = entries.contains { $0.name == entry.name && $0.type == entry.type }
      let name = "the \(entry.type.isEmpty ? "thing" : entry.type) `\(entry.name)`"
      faults.append(
        Fault(
          text: "\(name) is \(isKnown ? "not as Vigil makes it" : "none of Vigil's")",
          isFatal: entry.type != "trigger" && entry.type != "index"))
    }
    let missing = left.filter { gone in !found.contains { $0.name == gone.name && $0.type == gone.type } }
    for entry in missing.sorted(by: { $0.name < $1.name }) {
      faults.append(
        Fault(text: "the \(entry.type) `\(entry.name)` is missing", isFatal: entry.type == "table"))
    }
    return faults
  }

  private static func table(_ name: String, _ sql: String) -> Entry {
    Entry(type: "table", name: name, table: name, sql: sql)
  }

  private static func automatic(_ table: String) -> Entry {
    Entry(type: "index", name: "sqlite_autoindex_\(table)_1", table: table, sql: nil)
  }

  private static func guarding(_ table: String, _ what: String, _ event: String) -> Entry {
    let name = "\(table)_is_never_\(what)"
    return Entry(
      type: "trigger", name: name, table: table,
      sql: """
        CREATE TRIGGER \(name) BEFORE \(event) ON \(table)
          BEGIN SELECT RAISE(ABORT, '\(table)s are never \(what)'); END
        """)
  }
}
