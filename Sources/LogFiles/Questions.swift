import LogProofs

/// Questions about a log that is open; each answered from the rows themselves.
extension StoredLog {
  /// Calls `body` with each record from number `first` on, until it answers false.
  public func forEachRecord(
    from first: Int64 = 0, limit: Int64 = .max, _ body: (RawRecord) -> Bool
  ) throws(StoredLogError) {
    try exclusively { () throws(StoredLogError) in
      try readRecords(from: max(0, first), limit: limit, body)
    }
  }

  /// The number of the newest record; nil when there is none.
  public func newestNumber() throws(StoredLogError) -> Int64? {
    var number: Int64?
    try exclusively { () throws(StoredLogError) in
      try rows("SELECT number FROM main.record NOT INDEXED ORDER BY number DESC LIMIT 1") {
        number = $0.key(0)
        return false
      }
    }
    return number
  }

  /// The newest signed checkpoint of at most `size` records, as its text, with the subtrees stored beside it; nil when
  /// there is none. Whether it is right is not looked at.
  public func checkpoint(
    upTo size: Int64 = .max
  ) throws(StoredLogError) -> (size: Int64, note: String, peaks: [UInt8])? {
    var found: (size: Int64, note: [UInt8]?, peaks: [UInt8]?)?
    try exclusively { () throws(StoredLogError) in
      try rows(
        """
        SELECT size, note, peaks FROM main.checkpoint NOT INDEXED WHERE size BETWEEN 0 AND ?1
        ORDER BY size DESC LIMIT 1
        """, [size]
      ) {
        found = ($0.key(0), $0.value(1).text, $0.value(2).blob)
        return false
      }
    }
    guard let found else { return nil }
    guard let note = found.note.flatMap({ String(validating: $0, as: UTF8.self) }), let peaks = found.peaks
    else { throw .tampered(path: path, reason: "the checkpoint of \(found.size) records is none") }
    return (found.size, note, peaks)
  }

  /// Checkpoints of more than `after` and at most `last` records, smallest first.
  public func checkpoints(
    after: Int64, upTo last: Int64
  ) throws(StoredLogError) -> [(size: Int64, note: String)] {
    var found: [(size: Int64, note: String)] = []
    var bad: Int64?
    try exclusively { () throws(StoredLogError) in
      try rows(
        "SELECT size, note FROM main.checkpoint NOT INDEXED WHERE size > ?1 AND size <= ?2 ORDER BY size",
        [after, last]
      ) {
        guard let note = $0.value(1).text.flatMap({ String(validating: $0, as: UTF8.self) }), $0.key(0) >= 0
        else {
          bad = $0.key(0)
          return false
        }
        found.append(($0.key(0), note))
        return true
      }
    }
    if let bad { throw .tampered(path: path, reason: "the checkpoint of \(bad) records is none") }
    return found
  }

  /// Cosignature lines from row `after` on; those that are none are passed over.
  public func cosignatures(
    after: Int64 = 0, limit: Int64 = .max
  ) throws(StoredLogError) -> [(row: Int64, size: Int64, line: String)] {
    var found: [(row: Int64, size: Int64, line: String)] = []
    try exclusively { () throws(StoredLogError) in
      try rows(
        """
        SELECT rowid, size, line FROM main.cosignature NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT ?2
        """, [after, limit]
      ) {
        if let size = $0.value(1).integer, size >= 0, let bytes = $0.value(2).text,
          let line = String(validating: bytes, as: UTF8.self), (try? SignedNote.signature(line)) != nil
        {
          found.append(($0.key(0), size, line))
        }
        return true
      }
    }
    return found
  }

  /// Whether any picture is there.
  public func hasPictures() throws(StoredLogError) -> Bool {
    var found = false
    try exclusively { () throws(StoredLogError) in
      try rows("SELECT number FROM main.snapshot NOT INDEXED WHERE sealed IS NOT NULL LIMIT 1") { _ in
        found = true
        return false
      }
    }
    return found
  }

  /// The encrypted bytes of a kept picture; nil when there is none or it was erased.
  public func picture(_ number: Int64) throws(StoredLogError) -> [UInt8]? {
    var found: [UInt8]?
    try exclusively { () throws(StoredLogError) in
      try rows("SELECT number, sealed FROM main.snapshot NOT INDEXED WHERE number = ?1", [number]) {
        found = $0.value(1).blob
        return false
      }
    }
    return found
  }
}
