import Foundation
import GRDB
import LogProofs

/// Steps of making a log; tests end the process at each of them.
package enum MakingStep: String, CaseIterable, Sendable {
  /// The signing key and the public key are on disk.
  case keyStored
  /// The draft has its tables.
  case tablesMade
  /// The draft has its name and the signed checkpoint of the empty tree.
  case emptyTreeSigned
  /// The draft has become the log.
  case inPlace
}

/// Makes a log beside its place and moves it there when it is whole.
///
/// GRDB runs each migration in a transaction of its own, so tables and the first checkpoint cannot be one transaction.
/// A rename is one step all the same: whoever finds a log finds one that has its tables, its name and a signed
/// checkpoint, and its public key beside it.
enum LogDraft {
  static let sideFiles = ["-wal", "-shm", "-journal"]

  /// Whether there is no log yet; an empty file is none.
  static func isNeeded(_ path: String) -> Bool { size(path) == 0 }

  /// Makes the log. The caller holds the writer's lock.
  static func make(
    _ path: String, keyPath: String, atStep: (MakingStep) -> Void
  ) throws(LogError) {
    for end in sideFiles where size(path + end) > 0 {
      throw .cannotOpen(
        path: path,
        reason:
          "its journal \(path + end) is there and the log itself is not; restore it, or move the journal away"
      )
    }
    let key = try LogWriter.newKey(keyPath: keyPath)
    try SigningKeyFile.storePublic(key.publicKey, at: path + ".pub")
    atStep(.keyStored)
    try fill(path, origin: key.publicKey.name, key: key, records: []) { atStep($0) }
    try putInPlace(path)
    atStep(.inPlace)
  }

  /// Makes the draft of a log at `path`: its tables, its name, the signed empty tree, and then records with another
  /// checkpoint. A draft that was left there is thrown away.
  static func fill(
    _ path: String, origin: String, key: NotePrivateKey, records: [StampedRecord],
    atStep: (MakingStep) -> Void = { _ in }
  ) throws(LogError) {
    let draft = path + ".new"
    for end in sideFiles + [""] { unlink(draft + end) }
    do {
      let database = try LogFile.forWriting(draft, named: path)
      atStep(.tablesMade)
      try database.write { db in
        try LogWriter.insertName(db, origin: origin, key)
        var tree = CompactTree()
        try LogWriter.insertCheckpoint(
          db, tree, LogWriter.checkpoint(tree, origin: origin, by: [key], path))
        guard !records.isEmpty else { return }
        tree = try LogWriter.insert(db, records, after: tree)
        try LogWriter.insertCheckpoint(
          db, tree, LogWriter.checkpoint(tree, origin: origin, by: [key], path))
      }
      atStep(.emptyTreeSigned)
      // The last connection folds the journal into the file and removes it.
      try database.close()
    } catch { throw LogFile.opening(error, path) }
  }

  /// The draft becomes the log.
  static func putInPlace(_ path: String) throws(LogError) {
    guard rename(path + ".new", path) == 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    SigningKeyFile.syncFolder(of: path)
  }

  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
