public import AuditLog
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
    var cosigned: [UInt64: String] = [:]
    for row in try rows("SELECT size, line FROM vigil.cosignature WHERE origin = $1") {
      cosigned[UInt64(row[0] ?? "") ?? 0, default: ""] += (row[1] ?? "") + "\n"
    }
    let notes = try rows("SELECT size, note FROM vigil.checkpoint WHERE origin = $1").map { row in
      let size = UInt64(row[0] ?? "") ?? 0
      return (size: size, note: (row[1] ?? "") + (cosigned[size] ?? ""))
    }
    var verifier = LogVerifier(
      origin: origin, key: key, checkpoints: notes, outside: outside, witnesses: witnesses)
    try forEach { verifier.add(number: $0.number, leaf: $0.leaf, body: Array($0.body.utf8)) }
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
    try forEach { copied in
      guard found.isEmpty, problem == nil else { return }
      do throws(ShipError) {
        if try next() != copied {
          found.append("record \(copied.number) differs, or the log does not have it")
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

  /// Calls `body` with each record of the copy, in order.
  private func forEach(_ body: (StoredRecord) -> Void) throws(ShipError) {
    var last: Int64 = -1
    while true {
      let rows = try store.connection.run(
        """
        SELECT number, leaf, body FROM vigil.record WHERE origin = $1 AND number > $2 ORDER BY number
        LIMIT \(Self.window)
        """, [origin, "\(last)"])
      for row in rows {
        guard let number = row[0].flatMap({ Int64($0) }), let text = row[2] else { continue }
        body(StoredRecord(number: number, leaf: PostgresConnection.bytes(row[1]), body: text))
        last = number
      }
      if rows.count < Self.window { return }
    }
  }
}
