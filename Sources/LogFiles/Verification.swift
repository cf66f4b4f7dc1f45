import Crypto
public import LogProofs

extension StoredLog {
  /// A record as it is stored; nil for what is not of the type it must have.
  public typealias RawRecord = (number: Int64, leaf: [UInt8]?, body: [UInt8]?)

  /// Checks the whole log at one moment of it. Cost: about 5 µs a record.
  /// - Parameters:
  ///   - keys: the public key trusted, and those that it introduced elsewhere.
  ///   - outside: signed checkpoints from elsewhere.
  ///   - witnesses: public keys of witnesses trusted.
  ///   - record: called with each record as it is read, whatever is wrong with it.
  ///   - picture: called with each encrypted picture that is there.
  public func verify(
    keys: [NotePublicKey], outside: [SignedNote] = [], witnesses: [NotePublicKey] = [],
    record: (RawRecord) -> Void = { _ in }, picture: (Int64, [UInt8]) -> Void = { _, _ in }
  ) throws(StoredLogError) -> VerificationReport {
    try exclusively { () throws(StoredLogError) in
      try atOneMoment { () throws(StoredLogError) in
        let checkpoints = try readCheckpoints()
        var verifier = LogVerifier(
          origin: origin, keys: keys, checkpoints: checkpoints,
          cosignatures: try readCosignatures(of: witnesses), outside: outside, witnesses: witnesses)
        try readRecords(from: .min, limit: .max) {
          verifier.add(number: $0.number, leaf: $0.leaf, body: $0.body)
          record($0)
          return true
        }
        try rows("SELECT number, sealed FROM main.snapshot NOT INDEXED ORDER BY number") { row in
          let (number, sealed) = (row.key(0), row.value(1))
          verifier.addSnapshot(
            number: number,
            sha256: sealed.isNull
              ? nil : sealed.blob.map { Hexadecimal.text(SHA256.hash(data: $0)) } ?? "no picture")
          if let bytes = sealed.blob { picture(number, bytes) }
          return true
        }
        verifier.finishSnapshots()
        var report = verifier.finish()
        report.findings =
          schemaFaults.map { LogFinding(.schema, record: nil, $0) } + firstKeyFaults(checkpoints)
          + report.findings
        report.unchecked += notes
        return report
      }
    }
  }

  /// The first key is a claim: whoever began the log signed the checkpoint of its empty tree. Logs of version 1 may have
  /// no such checkpoint; of those nothing can be said.
  private func firstKeyFaults(_ checkpoints: [(size: Int64, note: [UInt8]?)]) -> [LogFinding] {
    guard let bytes = checkpoints.first(where: { $0.size == 0 })?.note,
      let text = String(validating: bytes, as: UTF8.self), let note = try? SignedNote(text: text)
    else { return [] }
    if let key = try? NotePublicKey(text: firstKey), note.isSigned(by: key) { return [] }
    return [LogFinding(.signature, record: nil, "its first key is not the one that signed its beginning")]
  }

  private func readCheckpoints() throws(StoredLogError) -> [(size: Int64, note: [UInt8]?)] {
    var found: [(size: Int64, note: [UInt8]?)] = []
    try rows("SELECT size, note FROM main.checkpoint NOT INDEXED ORDER BY size") {
      found.append(($0.key(0), $0.value(1).text))
      return true
    }
    return found
  }

  /// Signature lines that claim to be by one of the witnesses; all others are of no interest.
  private func readCosignatures(
    of witnesses: [NotePublicKey]
  ) throws(StoredLogError) -> [UInt64: [SignedNote.Signature]] {
    guard !witnesses.isEmpty else { return [:] }
    var found: [UInt64: [SignedNote.Signature]] = [:]
    try rows("SELECT rowid, size, line FROM main.cosignature NOT INDEXED ORDER BY rowid") { row in
      guard let size = row.value(1).integer, size >= 0, let bytes = row.value(2).text,
        let text = String(validating: bytes, as: UTF8.self),
        let line = try? SignedNote.signature(text),
        witnesses.contains(where: { $0.name == line.name && $0.id == line.keyID })
      else { return true }
      found[UInt64(size), default: []].append(line)
      return true
    }
    return found
  }

  func readRecords(
    from first: Int64, limit: Int64, _ body: (RawRecord) -> Bool
  ) throws(StoredLogError) {
    try rows(
      "SELECT number, leaf, body FROM main.record NOT INDEXED WHERE number >= ?1 ORDER BY number LIMIT ?2",
      [first, limit]
    ) { row in
      body((row.key(0), row.value(1).blob, row.value(2).text))
    }
  }
}
