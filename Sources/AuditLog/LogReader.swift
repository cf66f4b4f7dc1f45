import Foundation
import GRDB
public import LogProofs

/// One session of a log, in short.
public struct SessionOverview: Sendable, Equatable {
  /// The session's name.
  public let session: String
  /// Number of its first record in the log.
  public let first: Int64
  /// Number of its newest record in the log.
  public let last: Int64
  /// When it began (RFC 3339).
  public let started: String
  /// When its newest record was made (RFC 3339).
  public let ended: String
  /// What it was for.
  public let purpose: String
  /// Its camera or file.
  public let device: String
  /// Its last word, or `unfinished`.
  public let result: String
}

/// Reads a log; never changes it.
public struct LogReader: Sendable {
  /// The log's file.
  public let path: String
  /// The log's name.
  public let origin: String
  private let database: DatabaseQueue

  /// Opens a log for reading, also while a session writes it.
  public init(path: String) throws(LogError) {
    self.path = path
    let database = try LogFile.forReading(path)
    self.database = database
    do { origin = try database.read { try String.fetchOne($0, sql: "SELECT origin FROM log") } ?? "" } catch {
      throw LogFile.opening(error, path)
    }
  }

  func read<Value>(_ question: (Database) throws -> Value) throws(LogError) -> Value {
    do { return try database.read(question) } catch { throw LogFile.opening(error, path) }
  }

  /// All sessions, oldest first.
  public func sessions() throws(LogError) -> [SessionOverview] {
    try read { db in
      let ranges = try Row.fetchAll(
        db,
        sql:
          "SELECT session, min(number), max(number) FROM record WHERE session <> 'log' GROUP BY session ORDER BY 2"
      )
      return try ranges.map { row in
        let (first, last): (Int64, Int64) = (row[1], row[2])
        let start = try Self.record(db, first)
        let end = try Self.record(db, last)
        let isFinished = end["kind"]?.text == "session_end"
        return SessionOverview(
          session: row[0], first: first, last: last, started: start["wall"]?.text ?? "",
          ended: end["wall"]?.text ?? "", purpose: start["data"]?["purpose"]?.text ?? "",
          device: start["data"]?["device"]?["name"]?.text ?? "",
          result: isFinished
            ? end["data"]?["result"]?.text ?? end["data"]?["reason"]?.text ?? "" : "unfinished")
      }
    }
  }

  private static func record(_ db: Database, _ number: Int64) throws -> JSONValue {
    let body = try String.fetchOne(db, sql: "SELECT body FROM record WHERE number = ?", arguments: [number])
    return (try? JSONParser.parse(Array((body ?? "").utf8))) ?? .null
  }

  /// The one session whose name is or begins with `name`; the newest when `name` is nil.
  public func session(_ name: String?) throws(LogError) -> SessionOverview {
    let all = try sessions()
    guard let name else {
      guard let newest = all.last else { throw .notFound("session in \(path)") }
      return newest
    }
    let fitting = all.filter { $0.session.hasPrefix(name) }
    guard fitting.count == 1, let one = fitting.first else {
      throw .notFound(
        fitting.isEmpty ? "session \(name) in \(path)" : "single session that begins with \(name)")
    }
    return one
  }

  /// Calls `body` with the canonical text of each record from `first` on, of one session and kind when given.
  public func forEach(
    from first: Int64 = 0, session: String? = nil, kind: String? = nil,
    _ body: (Int64, String) throws -> Void
  ) throws(LogError) {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT number, body FROM record WHERE number >= :first AND (:session IS NULL OR session = :session)
            AND (:kind IS NULL OR kind = :kind) ORDER BY number
          """, arguments: ["first": first, "session": session, "kind": kind])
      while let row = try rows.next() { try body(row[0], row[1]) }
    }
  }

  /// The newest signed checkpoint with its cosignatures; nil before the first.
  public func checkpoint(upTo size: Int64 = .max) throws(LogError) -> String? {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT size, note FROM checkpoint WHERE size <= ? ORDER BY size DESC", arguments: [size])
      else { return nil }
      return try row[1] + Self.cosignatures(db, row[0])
    }
  }

  private static func cosignatures(_ db: Database, _ size: Int64) throws -> String {
    try String.fetchAll(db, sql: "SELECT line FROM cosignature WHERE size = ?", arguments: [size])
      .map { $0 + "\n" }.joined()
  }

  /// Checks the whole log. Cost: about 5 µs a record.
  public func verify(
    key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = []
  ) throws(LogError) -> VerificationReport {
    try read { db in
      let checkpoints = try Row.fetchAll(db, sql: "SELECT size, note FROM checkpoint").map { row in
        let size: Int64 = row[0]
        return (size: UInt64(clamping: size), note: try row[1] + Self.cosignatures(db, size))
      }
      var verifier = LogVerifier(
        origin: origin, key: key, checkpoints: checkpoints, outside: outside, witnesses: witnesses)
      let rows = try Row.fetchCursor(
        db, sql: "SELECT number, leaf, CAST(body AS BLOB) FROM record ORDER BY number")
      while let row = try rows.next() {
        verifier.add(number: row[0], leaf: Array(row[1] as Data), body: Array(row[2] as Data))
      }
      let snapshots = try Row.fetchCursor(db, sql: "SELECT number, sealed FROM snapshot ORDER BY number")
      while let row = try snapshots.next() {
        verifier.addSnapshot(
          number: row[0], sha256: (row[1] as Data?).map { EvidenceKey.sha256(Array($0)) })
      }
      verifier.finishSnapshots()
      return verifier.finish()
    }
  }

  /// Decrypts a kept picture.
  public func picture(_ number: Int64, key: EvidenceKey) throws(LogError) -> [UInt8] {
    let sealed = try read {
      try Data.fetchOne($0, sql: "SELECT sealed FROM snapshot WHERE number = ?", arguments: [number])
    }
    guard let sealed else { throw .notFound("snapshot \(number) in \(path), or it was erased") }
    return try key.open(Array(sealed), at: SealedPlace(origin: origin, number: number))
  }

  /// What proves that one record is in the log: for someone who has only a checkpoint and this.
  ///
  /// An object with the record's text, its number, the checkpoint and the inclusion proof in base64; with
  /// `older`, the consistency proof from that tree size too. Cost: about 2 µs a record of the log.
  public func proof(of number: Int64, older: Int64? = nil) throws(LogError) -> JSONValue {
    guard let text = try checkpoint(), let note = try? SignedNote(text: text),
      let signed = try? Checkpoint(body: note.body)
    else { throw .notFound("checkpoint in \(path)") }
    var leaves: [TreeHash] = []
    var body = ""
    try forEach { place, text in
      leaves.append(.leaf(Array(text.utf8)))
      if place == number { body = text }
    }
    guard number >= 0, number < Int64(clamping: signed.size), signed.size <= UInt64(leaves.count) else {
      throw .notFound("record \(number) below the newest checkpoint (\(signed.size) records)")
    }
    let tree = leaves[..<Int(signed.size)]
    func list(_ proof: [TreeHash]) -> JSONValue {
      .array(proof.map { .string(Data($0.bytes).base64EncodedString()) })
    }
    var members: [String: JSONValue] = [
      "record": .string(body), "number": .integer(number), "checkpoint": .string(text),
      "inclusion": list(MerkleProofs.inclusion(of: Int(number), in: tree)),
    ]
    if let older, older > 0, older <= Int64(tree.count) {
      members["older"] = .integer(older)
      members["consistency"] = list(MerkleProofs.consistency(from: Int(older), in: tree))
    }
    return .object(members)
  }
}
