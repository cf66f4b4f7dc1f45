import Foundation
import JSON
import LogFiles
import LogProofs

/// Where a writer takes up a log: decided by what is signed, never by what the file merely says of itself.
extension LogWriter {
  /// The key that signed the newest checkpoint; finishes a rotation that was cut off.
  static func currentKey(_ stored: StoredLog, keyPath: String) throws -> NotePrivateKey {
    let newest = try stored.checkpoint()
    let note = try newest.map { found in
      do throws(NoteError) { return try SignedNote(text: found.note) } catch {
        throw LogError.damaged(path: stored.path, reason: "the checkpoint of \(found.size) records: \(error)")
      }
    }
    let next = keyPath + ".next"
    if FileManager.default.fileExists(atPath: next) {
      if let key = try? SigningKeyFile.load(next), note?.isSigned(by: key.publicKey) == true {
        rename(next, keyPath)
      } else {
        unlink(next)
      }
    }
    let key = try SigningKeyFile.load(keyPath)
    let label = key.publicKey.label
    guard let note, let newest else {
      guard "\(key.publicKey)" == stored.firstKey else {
        throw LogError.key(path: keyPath, reason: "it is \(label), and the log was begun with another")
      }
      return key
    }
    // Where a key was changed both have signed; the later one stands last.
    guard note.signatures.last.map({ $0.name == key.publicKey.name && $0.keyID == key.publicKey.id }) == true
    else { throw LogError.key(path: keyPath, reason: "it is \(label), and the log is signed by another") }
    guard note.isSigned(by: key.publicKey) else {
      throw LogError.damaged(
        path: stored.path, reason: "the checkpoint of \(newest.size) records does not verify")
    }
    return key
  }

  /// The tree from the newest checkpoint and the records after it; a checkpoint that does not fit stops it.
  static func resume(_ stored: StoredLog, key: NotePrivateKey) throws -> (CompactTree, UInt64) {
    let path = stored.path
    var tree = CompactTree()
    if let found = try stored.checkpoint() {
      guard let kept = CompactTree(size: UInt64(clamping: found.size), stored: found.peaks),
        let note = try? SignedNote(text: found.note), note.isSigned(by: key.publicKey),
        let signed = try? Checkpoint(body: note.body),
        signed == Checkpoint(origin: stored.origin, size: kept.size, root: kept.root)
      else {
        throw LogError.damaged(path: path, reason: "the checkpoint of \(found.size) records does not verify")
      }
      tree = kept
    }
    let signed = tree.size
    var fault: String?
    try stored.forEachRecord(from: Int64(signed)) { number, leaf, body in
      guard number == Int64(tree.size), let body else {
        fault = "record \(tree.size) is missing"
        return false
      }
      let hash = TreeHash.leaf(body)
      guard hash.bytes == leaf else {
        fault = "record \(number) is not what was hashed"
        return false
      }
      tree.append(hash)
      return true
    }
    if let fault { throw LogError.damaged(path: path, reason: fault) }
    // The first records are written with a checkpoint in the same transaction.
    guard signed > 0 || tree.size == 0 else {
      throw LogError.damaged(
        path: path, reason: "it has \(tree.size) records, and no checkpoint covers the first")
    }
    if signed > 0, signed == tree.size, try stored.newestNumber() != Int64(signed) - 1 {
      throw LogError.damaged(path: path, reason: "records before number \(signed) are missing")
    }
    return (tree, signed)
  }

  /// The file's place among those of the log, and when its first record was made.
  static func beginning(_ stored: StoredLog) throws -> (segment: Int64, began: String?) {
    var first: JSONValue?
    try stored.forEachRecord(limit: 1) { _, _, body in
      first = body.flatMap { try? JSONParser.parse($0) }
      return false
    }
    guard let first else { return (1, nil) }
    let isLater = first["kind"]?.text == "segment_start"
    let segment = isLater ? first["data"]?["segment"]?.int ?? 1 : 1
    guard (1..<1_000_000_000).contains(segment) else {
      throw LogError.damaged(path: stored.path, reason: "its first record is none")
    }
    return (segment, first["wall"]?.text)
  }

  /// The newest session of the log when it has no last record: its name and the number of its newest record.
  static func unfinishedSession(_ path: String) throws(LogError) -> (session: String, last: Int64)? {
    do throws(StoredLogError) {
      for file in SegmentFiles.all(path).reversed().prefix(3) {
        let stored = try StoredLog(path: file.path, use: .growing)
        var number = try stored.newestNumber() ?? -1
        // Work between sessions stands after them under a name of its own.
        while number >= 0 {
          var record: JSONValue?
          try stored.forEachRecord(from: number, limit: 1) { _, _, body in
            record = body.flatMap { try? JSONParser.members(["session", "kind"], of: $0) }
            return false
          }
          if let session = record?["session"]?.text, session != LogUpkeep.session {
            return record?["kind"]?.text == "session_end" ? nil : (session, number)
          }
          number -= 1
        }
      }
      return nil
    } catch { throw LogError(error) }
  }
}
