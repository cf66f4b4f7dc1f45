import Foundation
import GRDB
public import LogProofs

/// Work on a log between sessions: another key, erased pictures, witness signatures.
public enum LogUpkeep {
  /// The name under which such work stands in the log.
  static let session = "log"

  /// Signs with a new key from now on; both keys sign the record that says so. Returns the new public key.
  public static func rotateKey(_ settings: SessionLogSettings) throws(LogError) -> NotePublicKey {
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    guard let new = NotePrivateKey(name: writer.origin) else {
      throw .key(path: settings.keyPath, reason: "no name can be made for it")
    }
    let record = StampedRecord(
      session: session, stamp: settings.clock.now(),
      record: .keyRotation(old: "\(writer.key.publicKey)", new: "\(new.publicKey)"))
    try writer.rotate(to: new, record: record, keyPath: settings.keyPath)
    try SigningKeyFile.storePublic(new.publicKey, at: settings.path + ".pub")
    writer.foldJournal()
    return new.publicKey
  }

  /// Erases pictures older than so many days; the log stays verifiable. Returns how many.
  public static func erasePictures(
    olderThan days: Int, _ settings: SessionLogSettings, reason: String = "retention"
  ) throws(LogError) -> Int {
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    return try writer.erasePictures(
      olderThan: days, at: settings.clock.now(), session: session, reason: reason)
  }

  /// Keeps a witness's cosignature of a checkpoint of this log after checking it.
  public static func addCosignature(
    _ note: SignedNote, by witness: NotePublicKey, _ settings: SessionLogSettings
  ) throws(LogError) {
    do throws(NoteError) { try note.check(witness) } catch {
      throw .damaged(path: settings.path, reason: "the cosignature is refused: \(error)")
    }
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    let lines = note.signatures.filter { $0.name == witness.name && $0.keyID == witness.id }.map(\.line)
    try writer.addCosignatures(lines, body: note.body)
    writer.foldJournal()
  }
}

extension LogWriter {
  /// Erases the pictures taken so many days before `now` or earlier, each with a record of `session`; how many.
  func erasePictures(
    olderThan days: Int, at now: ClockReading, session: String, reason: String
  ) throws(LogError) -> Int {
    let limit = now.wallNanoseconds / 1_000_000_000 - Int64(days) * 86_400
    let numbers = try read {
      try Int64.fetchAll(
        $0, sql: "SELECT number FROM snapshot WHERE sealed IS NOT NULL AND taken <= ? ORDER BY number",
        arguments: [limit])
    }
    guard !numbers.isEmpty else { return 0 }
    let records = numbers.map {
      StampedRecord(session: session, stamp: now, record: .erasure(snapshot: $0, reason: reason))
    }
    try erase(numbers, records: records)
    return numbers.count
  }

  /// Adds signature lines to the stored checkpoint with this text.
  func addCosignatures(_ lines: [String], body: String) throws(LogError) {
    let size = (try? Checkpoint(body: body).size).map { Int64(clamping: $0) } ?? -1
    let stored = try read {
      try String.fetchOne($0, sql: "SELECT note FROM checkpoint WHERE size = ?", arguments: [size])
    }
    guard let stored, let note = try? SignedNote(text: stored), note.body == body else {
      throw .notFound("checkpoint with this text in \(path)")
    }
    try write([], signing: false) { db in
      for line in lines {
        try db.execute(sql: "INSERT OR IGNORE INTO cosignature VALUES (?, ?)", arguments: [size, line])
      }
    }
  }
}
