import Foundation
import GRDB
import JSON
import LogFiles
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
    try writer.rotate(to: new, record: record)
    try SigningKeyFile.storePublic(new.publicKey, at: settings.path + ".pub")
    writer.foldJournal()
    return new.publicKey
  }

  /// Erases pictures older than so many days; the log stays verifiable. Returns how many.
  public static func erasePictures(
    olderThan days: Int, _ settings: SessionLogSettings, reason: String = "retention"
  ) throws(LogError) -> Int {
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    let pictures = try writer.keptPictures()
    let left = try writer.erase(
      pictures, olderThan: days, at: settings.clock.now(), session: session, reason: reason)
    return pictures.count - left.count
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

extension LogUpkeep {
  /// Ends the log's file and goes on in a new one, as a session does by itself when it is large or old enough.
  /// Returns where the ended file is now.
  public static func turn(_ settings: SessionLogSettings) throws(LogError) -> String {
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    guard writer.began != nil else { throw .notFound("record in \(settings.path) yet") }
    let next = try SegmentTurn.turn(
      writer, reason: "operator", at: settings.clock.now(), goingOn: nil, atStep: settings.atTurningStep)
    next.foldJournal()
    return SegmentFiles.path(of: settings.path, next.segment - 1)
  }

  /// Takes away ended files by the rule in `settings`, each with a signed record of it. Returns what was taken away.
  public static func retain(_ settings: SessionLogSettings) throws(LogError) -> [SegmentRemoval] {
    let writer = try LogWriter(path: settings.path, keyPath: settings.keyPath)
    let removed = try SegmentRetention.apply(
      settings.segments, writer, at: settings.clock.now(), session: session, byHand: true)
    writer.foldJournal()
    return removed
  }
}

/// A picture that is still there, with the time that its signed record gives.
struct KeptPicture {
  /// The place of its file among those of the log.
  let file: Int64
  let number: Int64
  /// RFC 3339, UTC.
  let taken: String
}

extension LogWriter {
  /// The pictures that are there and when each was taken, as the signed records say; the column beside the picture
  /// says what anybody likes. Reads the whole of each file that has pictures.
  func keptPictures() throws(LogError) -> [KeptPicture] {
    var found: [KeptPicture] = []
    do throws(StoredLogError) {
      for file in SegmentFiles.all(path) {
        let stored = try StoredLog(path: file.path, use: file.number == nil ? .growing : .settled)
        guard try stored.hasPictures() else { continue }
        var taken: [Int64: String] = [:]
        var there: Set<Int64> = []
        let report = try trusted(stored) { raw in
          guard let body = raw.body,
            (try? JSONParser.members(["kind"], of: body))?["kind"]?.text == "snapshot",
            let record = try? JSONParser.parse(body), let number = record["data"]?["number"]?.int
          else { return }
          taken[number] = record["wall"]?.text
        } picture: {
          there.insert($0)
        }
        // A picture of an ended file that was erased since is gone, and a later file says so.
        if let finding = report.findings.first(where: { $0.erasedPicture == nil }) {
          throw .tampered(path: file.path, reason: "no picture in it is erased by what it says: \(finding)")
        }
        found += there.sorted().compactMap { number in
          taken[number].map { KeptPicture(file: file.number ?? segment, number: number, taken: $0) }
        }
      }
    } catch { throw LogError(error) }
    return found
  }

  /// What verifying one file of this log says. One signed by an earlier key is trusted when those after it name its state.
  func trusted(
    _ stored: StoredLog, record: (StoredLog.RawRecord) -> Void, picture: (Int64) -> Void = { _ in }
  ) throws(StoredLogError) -> VerificationReport {
    var report = try stored.verify(
      keys: [key.publicKey], record: record, picture: { number, _ in picture(number) })
    if !report.isGood, report.findings.allSatisfy({ $0.kind == .signature }),
      try LogChain.verify(path: path, key: key.publicKey).isGood
    {
      report.findings = []
    }
    return report
  }

  /// Erases the pictures taken so many days before `now` or earlier, each with a record of `session`; those that stay.
  func erase(
    _ pictures: [KeptPicture], olderThan days: Int, at now: ClockReading, session: String, reason: String
  ) throws(LogError) -> [KeptPicture] {
    let limit = now.text(daysBefore: days)
    let old = pictures.filter { !limit.utf8.lexicographicallyPrecedes($0.taken.utf8) }
    guard !old.isEmpty else { return pictures }
    let records = old.map { picture in
      StampedRecord(
        session: session, stamp: now,
        record: .erasure(
          snapshot: picture.number, file: picture.file == segment ? nil : picture.file, reason: reason))
    }
    try erase(old.filter { $0.file == segment }.map(\.number), records: records)
    for (file, gone) in Dictionary(grouping: old.filter { $0.file != segment }, by: \.file) {
      try Self.overwrite(gone.map(\.number), in: SegmentFiles.path(of: path, file))
    }
    return pictures.filter { limit.utf8.lexicographicallyPrecedes($0.taken.utf8) }
  }

  /// Overwrites pictures of an ended file; that they are erased is on record in the file being written.
  private static func overwrite(_ numbers: [Int64], in path: String) throws(LogError) {
    let database = try LogFile.forWriting(path)
    do {
      try database.write { db in
        for number in numbers {
          try db.execute(sql: "UPDATE snapshot SET sealed = NULL WHERE number = ?", arguments: [number])
        }
      }
      _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try database.close()
    } catch { throw LogFile.opening(error, path) }
  }

  /// Adds signature lines to the stored checkpoint with this text.
  func addCosignatures(_ lines: [String], body: String) throws(LogError) {
    let size = (try? Checkpoint(body: body).size).map { Int64(clamping: $0) } ?? -1
    let stored: String?
    do throws(StoredLogError) {
      stored = try StoredLog(path: path, use: .growing).checkpoints(after: size - 1, upTo: size).first?.note
    } catch { throw LogError(error) }
    guard size >= 0, let stored, let note = try? SignedNote(text: stored), note.body == body else {
      throw .notFound("checkpoint with this text in \(path)")
    }
    try write([], signing: false) { db in
      for line in lines {
        try db.execute(sql: "INSERT OR IGNORE INTO cosignature VALUES (?, ?)", arguments: [size, line])
      }
    }
  }

  /// The number for the next picture.
  func nextPicture() throws(LogError) -> Int64 {
    let newest = try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM snapshot") ?? 0 }
    guard newest >= 0, newest < 1 << 52 else {
      throw .tampered(path: path, reason: "it has a picture of number \(newest)")
    }
    return newest + 1
  }
}
