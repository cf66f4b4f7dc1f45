public import AuditLog
import JSON
public import LogProofs

/// The copy of a log on a server, to be checked.
public struct ShippedCopy {
  private static let window = 5000
  private let store: ShippedStore
  private let origin: String

  /// Opens the copy of the log called `origin`.
  public init(of origin: String, on target: String) throws(ShipError) {
    store = try ShippedStore(PostgresConnection(target))
    self.origin = origin
    guard try store.place(origin) != nil else { throw .refused("it has no log called \(origin)") }
  }

  /// Checks the copy by itself, as ``LogReader/verify(key:outside:witnesses:)`` checks a file.
  public func verify(
    key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = []
  ) throws(ShipError) -> VerificationReport {
    var cosigned: [UInt64: [SignedNote.Signature]] = [:]
    for row in try rows("SELECT size, line FROM vigil.cosignature WHERE origin = $1") {
      guard row.count == 2, let size = row[0].flatMap({ UInt64($0) }),
        let line = row[1].flatMap({ try? SignedNote.signature($0) }),
        witnesses.contains(where: { $0.name == line.name && $0.id == line.keyID })
      else { continue }
      cosigned[size, default: []].append(line)
    }
    let notes = try rows("SELECT size, note FROM vigil.checkpoint WHERE origin = $1").map { row in
      (size: row.first?.flatMap { Int64($0) } ?? -1, note: row.last?.map { Array($0.utf8) })
    }
    var verifier = LogVerifier(
      origin: origin, keys: [key], checkpoints: notes, cosignatures: cosigned, outside: outside,
      witnesses: witnesses)
    try forEach { record, _ in
      verifier.add(number: record.number, leaf: record.leaf, body: Array(record.body.utf8))
    }
    var report = verifier.finish()
    report.unchecked.append("pictures kept as evidence: they stay with the log itself")
    return report
  }

  /// What differs between the copy and a log, first difference first; empty when they are equal.
  public func differences(from reader: LogReader) throws(ShipError) -> [String] {
    var found: [String] = []
    var place = LogPlace()
    var notes: [String] = []
    var local: ArraySlice<StoredRecord> = []
    func next() throws(ShipError) -> StoredRecord? {
      if local.isEmpty {
        let slice: LogSlice
        do throws(LogError) { slice = try reader.slice(after: place, limit: Self.window) } catch {
          throw .log(error)
        }
        (local, place) = (slice.records[...], slice.end)
        notes += slice.checkpoints.map(\.note) + slice.cosignatures.map(\.line)
      }
      return local.popFirst()
    }
    var count: Int64 = 0
    var problem: ShipError?
    try forEach { copied, columns in
      guard found.isEmpty, problem == nil else { return }
      do throws(ShipError) {
        if try next() != copied {
          found.append("record \(copied.number) differs, or the log does not have it")
        } else if let column = Self.wrongColumn(columns, copied) {
          found.append(
            "the column `\(column)` of record \(copied.number) is not what the record says: it was redefined")
        }
      } catch { problem = error }
      count += 1
    }
    if let problem { throw problem }
    guard found.isEmpty else { return found }
    if try next() != nil { found.append("the copy ends at \(count) records, and the log goes on") }
    let copied =
      try rows("SELECT note FROM vigil.checkpoint WHERE origin = $1")
      + rows("SELECT line FROM vigil.cosignature WHERE origin = $1")
    if copied.compactMap({ $0[0] }).sorted() != notes.sorted() {
      found.append("the checkpoints or cosignatures differ")
    }
    return found
  }

  private func rows(_ sql: String) throws(ShipError) -> [[String?]] {
    try store.connection.run(sql, [origin])
  }

  /// The first of the columns for queries that does not say what the record's text says; nil: all do.
  private static func wrongColumn(_ columns: [String?], _ record: StoredRecord) -> String? {
    let body = (try? JSONParser.parse(Array(record.body.utf8))) ?? .null
    for (name, column) in zip(["session", "kind", "wall"], columns) where body[name]?.text != column {
      return name
    }
    let data = columns[3].flatMap { try? JSONParser.parse(Array($0.utf8)) }
    return data == body["data"] ? nil : "data"
  }

  /// Calls `body` with each record of the copy, in order, and its columns for queries.
  private func forEach(_ body: (StoredRecord, [String?]) -> Void) throws(ShipError) {
    var last: Int64 = -1
    while true {
      let rows = try store.connection.run(
        """
        SELECT number, leaf, body, session, kind, wall, data FROM vigil.record
        WHERE origin = $1 AND number > $2 ORDER BY number LIMIT \(Self.window)
        """, [origin, "\(last)"])
      for row in rows {
        guard row.count == 7, let number = row[0].flatMap({ Int64($0) }), let text = row[2], number > last
        else { throw .refused("its rows of \(origin) are out of order or are none") }
        body(
          StoredRecord(number: number, leaf: PostgresConnection.bytes(row[1]), body: text), Array(row[3...]))
        last = number
      }
      if rows.count < Self.window { return }
    }
  }
}
