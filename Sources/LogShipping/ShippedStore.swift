import AuditLog
import LogProofs

/// The copies of logs on a PostgreSQL server: one schema, `vigil`, for any number of kiosks.
package struct ShippedStore {
  /// Counts up with each change of the tables.
  static let version = 1
  let connection: PostgresConnection

  /// Uses the store, and makes its tables when there are none.
  package init(_ connection: PostgresConnection) throws(ShipError) {
    self.connection = connection
    let encoding = try connection.run("SHOW server_encoding").first?.first ?? nil
    guard encoding == "UTF8" else {
      throw .refused("the database's encoding is \(encoding ?? "unknown"); records need UTF8")
    }
    // A commit that was acknowledged must survive a crash, whatever the server's default. A kiosk that vanished in
    // the middle of a transaction must not hold its rows for long.
    try connection.run("SET synchronous_commit = on")
    try connection.run("SET idle_in_transaction_session_timeout = '60s'")
    try connection.run("SET lock_timeout = '30s'")
    try connection.run("SET statement_timeout = '120s'")
    try Self.prepare(connection)
    let found = try connection.run("SELECT number FROM vigil.version").first?.first ?? nil
    guard found == "\(Self.version)" else {
      throw .refused(
        "the store has version \(found ?? "none"), and this program knows \(Self.version); use the fitting vigil-ship"
      )
    }
  }

  private static func prepare(_ connection: PostgresConnection) throws(ShipError) {
    func exists() throws(ShipError) -> Bool {
      // A read of the catalogue's tables: the server's name look-up may still remember that there was no schema.
      try !connection.run(
        """
        SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'vigil' AND c.relname = 'version'
        """
      ).isEmpty
    }
    if try exists() { return }
    try connection.run("BEGIN")
    do throws(ShipError) {
      // Two kiosks may come to an empty server at once. "VGIL" is the lock's number.
      try connection.run("SELECT pg_advisory_xact_lock(1447508300)")
      if try !exists() { try connection.run(tables) }
      try connection.run("COMMIT")
    } catch {
      _ = try? connection.run("ROLLBACK")
      throw error
    }
  }

  /// How far the copy of a log has come, and the root over its records; nil when there is none yet.
  func place(_ origin: String, locking: Bool = false) throws(ShipError) -> (place: LogPlace, root: [UInt8])? {
    let rows = try connection.run(
      "SELECT records, checkpoint, cosignature, root FROM vigil.log WHERE origin = $1"
        + (locking ? " FOR UPDATE" : ""), [origin])
    guard let row = rows.first else { return nil }
    let numbers = row.prefix(3).compactMap { $0.flatMap { Int64($0) } }
    guard rows.count == 1, row.count == 4, numbers.count == 3, numbers[0] >= 0, numbers[1] >= -1,
      numbers[2] >= 0
    else { throw .refused("what it says of the copy of \(origin) cannot be") }
    return (
      LogPlace(records: numbers[0], checkpoint: numbers[1], cosignature: numbers[2]),
      PostgresConnection.bytes(row[3])
    )
  }

  /// Begins the copy of a log; nothing happens when there is one, but that an empty one of a time when the empty
  /// tree had no checkpoint is made to wait for it.
  func begin(_ origin: String, firstKey: String) throws(ShipError) {
    try connection.run(
      """
      INSERT INTO vigil.log AS copy (origin, first_key, root, checkpoint) VALUES ($1, $2, $3, -1)
      ON CONFLICT (origin) DO UPDATE SET checkpoint = -1 WHERE copy.records = 0 AND copy.checkpoint = 0
        AND NOT EXISTS (SELECT 1 FROM vigil.checkpoint c WHERE c.origin = copy.origin)
      """,
      [origin, firstKey, "\\x" + TreeHash.empty.hex])
  }

  /// Adds a slice in one transaction, if the copy still stands where the slice begins. Nil: it does not.
  func add(
    _ slice: LogSlice, of origin: String, after start: LogPlace, root: TreeHash
  ) throws(ShipError) -> LogPlace? {
    try connection.run("BEGIN")
    do throws(ShipError) {
      guard try place(origin, locking: true)?.place == start else {
        try connection.run("ROLLBACK")
        return nil
      }
      let name = PostgresConnection.escaped(origin)
      try connection.copy(
        into: "vigil.record (origin, number, leaf, body)",
        slice.records.map {
          [name, "\($0.number)", PostgresConnection.bytea($0.leaf), PostgresConnection.escaped($0.body)]
        })
      try connection.copy(
        into: "vigil.checkpoint (origin, size, note)",
        slice.checkpoints.map { [name, "\($0.size)", PostgresConnection.escaped($0.note)] })
      try connection.copy(
        into: "vigil.cosignature (origin, size, line)",
        slice.cosignatures.map { [name, "\($0.size)", PostgresConnection.escaped($0.line)] })
      let end = slice.end
      try connection.run(
        """
        UPDATE vigil.log SET records = $2, checkpoint = $3, cosignature = $4, root = $5, shipped = now()
        WHERE origin = $1
        """, [origin, "\(end.records)", "\(end.checkpoint)", "\(end.cosignature)", "\\x" + root.hex])
      try connection.run("COMMIT")
      return end
    } catch {
      _ = try? connection.run("ROLLBACK")
      throw error
    }
  }

  /// What repeats the record's text is generated from it, so that it cannot differ; rows are never changed.
  private static let tables = """
    CREATE SCHEMA vigil;
    CREATE TABLE vigil.version (number integer NOT NULL);
    INSERT INTO vigil.version VALUES (\(version));
    CREATE TABLE vigil.log (
      origin text PRIMARY KEY, first_key text NOT NULL, records bigint NOT NULL DEFAULT 0,
      checkpoint bigint NOT NULL DEFAULT 0, cosignature bigint NOT NULL DEFAULT 0, root bytea NOT NULL,
      shipped timestamptz NOT NULL DEFAULT now());
    CREATE TABLE vigil.record (
      origin text NOT NULL REFERENCES vigil.log, number bigint NOT NULL CHECK (number >= 0),
      leaf bytea NOT NULL CHECK (length(leaf) = 32), body text NOT NULL,
      session text GENERATED ALWAYS AS (body::jsonb ->> 'session') STORED,
      kind text GENERATED ALWAYS AS (body::jsonb ->> 'kind') STORED,
      wall text GENERATED ALWAYS AS (body::jsonb ->> 'wall') STORED,
      data jsonb GENERATED ALWAYS AS (body::jsonb -> 'data') STORED,
      PRIMARY KEY (origin, number));
    CREATE INDEX record_by_session ON vigil.record (origin, session);
    CREATE INDEX record_by_kind ON vigil.record (kind, wall);
    CREATE TABLE vigil.checkpoint (
      origin text NOT NULL REFERENCES vigil.log, size bigint NOT NULL, note text NOT NULL,
      PRIMARY KEY (origin, size));
    CREATE TABLE vigil.cosignature (
      origin text NOT NULL, size bigint NOT NULL, line text NOT NULL, PRIMARY KEY (origin, size, line),
      FOREIGN KEY (origin, size) REFERENCES vigil.checkpoint);
    CREATE FUNCTION vigil.refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'records and checkpoints are never changed'; END $$;
    CREATE TRIGGER never BEFORE UPDATE OR DELETE OR TRUNCATE ON vigil.record
      FOR EACH STATEMENT EXECUTE FUNCTION vigil.refuse();
    CREATE TRIGGER never BEFORE UPDATE OR DELETE OR TRUNCATE ON vigil.checkpoint
      FOR EACH STATEMENT EXECUTE FUNCTION vigil.refuse();
    CREATE TRIGGER never BEFORE UPDATE OR DELETE OR TRUNCATE ON vigil.cosignature
      FOR EACH STATEMENT EXECUTE FUNCTION vigil.refuse();
    """
}
