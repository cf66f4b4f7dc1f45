internal import CSQLite
public import JSON
internal import LogFiles
public import LogProofs

/// A log put together record by record, right or wrong on purpose: for tests of those who read logs.
///
/// Shares no code with the program's own writer, so that a test can make what that writer never would.
public struct MadeLog {
  /// One row of the table of records.
  public struct Row {
    /// Its place.
    public var number: Int64
    /// The hash stored beside it.
    public var leaf: [UInt8]?
    /// Its text.
    public var body: [UInt8]?
  }

  /// The log's name.
  public var origin: String
  /// The key that signs.
  public var key: NotePrivateKey
  /// The records.
  public var rows: [Row] = []
  /// Stored checkpoints.
  public var checkpoints: [(size: Int64, note: [UInt8]?)] = []
  /// Stored cosignature lines.
  public var cosignatures: [(size: Int64, line: String)] = []
  /// Kept pictures, nil for an erased one.
  public var pictures: [(number: Int64, sealed: [UInt8]?)] = []

  /// An empty log; nil when no key can be called `origin`.
  public init?(origin: String = "vigil.log/made") {
    guard let key = NotePrivateKey(name: origin) else { return nil }
    (self.origin, self.key) = (origin, key)
  }

  /// Adds a record at the end. Time rises by a second each unless it is given.
  public mutating func append(
    _ kind: String, session: String = "s1", seconds: Int64? = nil, number: Int64? = nil,
    data: JSONValue = .object([:])
  ) {
    let place = Int64(rows.count)
    let body = CanonicalJSON.bytes(
      .object([
        "kind": .string(kind), "session": .string(session), "data": data,
        "monotonic_us": .integer((seconds ?? place) * 1_000_000), "record": .integer(number ?? place),
      ]))
    rows.append(Row(number: place, leaf: TreeHash.leaf(body).bytes, body: body))
  }

  /// Adds a row with this text, whatever it is, and the hash that fits.
  public mutating func append(text: String) {
    let bytes = Array(text.utf8)
    rows.append(Row(number: Int64(rows.count), leaf: TreeHash.leaf(bytes).bytes, body: bytes))
  }

  /// A whole session of `middle` records between its first and its last.
  public mutating func session(_ name: String = "s1", middle: Int = 2) {
    append("session_start", session: name)
    for _ in 0..<middle { append("summary", session: name) }
    append("session_end", session: name)
  }

  /// The state of the log after its first `size` records; of all when it is left out.
  public func checkpoint(_ size: Int? = nil) -> Checkpoint {
    let leaves = rows.prefix(size ?? rows.count).map { row in
      row.leaf.flatMap { TreeHash($0) } ?? TreeHash.leaf(row.body ?? [])
    }
    return Checkpoint(origin: origin, size: UInt64(leaves.count), root: MerkleProofs.root(of: leaves[...]))
  }

  /// A state with the signature of the log's key, or of another.
  public func signed(_ size: Int? = nil, by signer: NotePrivateKey? = nil) -> SignedNote {
    var note = SignedNote(body: checkpoint(size).body)
    _ = note.sign(with: signer ?? key)
    return note
  }

  /// Stores a signed checkpoint of all records so far.
  public mutating func sign(by signer: NotePrivateKey? = nil) {
    checkpoints.append((Int64(rows.count), Array(signed(by: signer).text.utf8)))
  }

  /// What a reader without any file finds.
  public func verify(
    keys: [NotePublicKey]? = nil, outside: [SignedNote] = [], witnesses: [NotePublicKey] = [],
    hashes: [(number: Int64, sha256: String?)] = []
  ) -> VerificationReport {
    var lines: [UInt64: [SignedNote.Signature]] = [:]
    for (size, line) in cosignatures {
      if let signature = try? SignedNote.signature(line) {
        lines[UInt64(size), default: []].append(signature)
      }
    }
    var verifier = LogVerifier(
      origin: origin, keys: keys ?? [key.publicKey], checkpoints: checkpoints, cosignatures: lines,
      outside: outside, witnesses: witnesses)
    for row in rows { verifier.add(number: row.number, leaf: row.leaf, body: row.body) }
    for hash in hashes { verifier.addSnapshot(number: hash.number, sha256: hash.sha256) }
    verifier.finishSnapshots()
    return verifier.finish()
  }

  // MARK: Files

  /// Why a file could not be made.
  public struct Failure: Error, CustomStringConvertible {
    /// SQLite's words and the statement.
    public let description: String
  }

  /// Writes a new file, then runs `statements` on it, as somebody with SQLite at hand would.
  public func write(to path: String, then statements: [String] = []) throws {
    let order = ["table", "index", "trigger"]
    let schema = KnownSchema.entries.compactMap { entry in entry.sql.map { (entry.type, $0) } }
      .sorted { (order.firstIndex(of: $0.0) ?? 3) < (order.firstIndex(of: $1.0) ?? 3) }.map(\.1)
    var script =
      [
        "PRAGMA application_id = \(KnownSchema.applicationID)",
        "PRAGMA user_version = \(KnownSchema.newestVersion)",
      ]
      + schema
    script.append(
      "INSERT INTO log VALUES (1, \(Self.text(Array(origin.utf8))), \(Self.text(Array("\(key.publicKey)".utf8))))"
    )
    for row in rows {
      script.append(
        "INSERT INTO record (number, leaf, body) VALUES (\(row.number), \(Self.blob(row.leaf)), "
          + "\(Self.text(row.body)))")
    }
    for (size, note) in checkpoints {
      let peaks = [UInt8]()
      script.append("INSERT INTO checkpoint VALUES (\(size), \(Self.text(note)), \(Self.blob(peaks)))")
    }
    for (size, line) in cosignatures {
      script.append("INSERT INTO cosignature VALUES (\(size), \(Self.text(Array(line.utf8))))")
    }
    for (number, sealed) in pictures {
      script.append("INSERT INTO snapshot VALUES (\(number), 0, \(Self.blob(sealed)))")
    }
    try Self.run(script + statements, on: path)
  }

  /// Runs statements on a file of SQLite.
  public static func run(_ statements: [String], on path: String) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    guard sqlite3_open(path, &handle) == SQLITE_OK else {
      throw Failure(description: "\(path): cannot be made")
    }
    for statement in ["BEGIN"] + statements + ["COMMIT"] {
      guard sqlite3_exec(handle, statement, nil, nil, nil) == SQLITE_OK else {
        throw Failure(description: "\(String(cString: sqlite3_errmsg(handle))): \(statement.prefix(200))")
      }
    }
  }

  private static func blob(_ bytes: [UInt8]?) -> String {
    bytes.map { "x'\(Hexadecimal.text($0))'" } ?? "NULL"
  }

  private static func text(_ bytes: [UInt8]?) -> String {
    bytes.map { "CAST(x'\(Hexadecimal.text($0))' AS TEXT)" } ?? "NULL"
  }
}
