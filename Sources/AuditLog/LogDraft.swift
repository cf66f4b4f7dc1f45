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
/// checkpoint (of no records), and its public key beside it.
enum LogDraft {
  private static let sideFiles = ["-wal", "-shm", "-journal"]

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
    let draft = path + ".new"
    for end in sideFiles + [""] { unlink(draft + end) }
    let key = try LogWriter.newKey(keyPath: keyPath)
    try SigningKeyFile.storePublic(key.publicKey, at: path + ".pub")
    atStep(.keyStored)
    do {
      let database = try LogFile.forWriting(draft, named: path)
      atStep(.tablesMade)
      try database.write { db in
        try LogWriter.insertName(db, key)
        let note = try LogWriter.checkpoint(CompactTree(), origin: key.publicKey.name, by: [key], path)
        try LogWriter.insertCheckpoint(db, CompactTree(), note)
      }
      atStep(.emptyTreeSigned)
      // The last connection folds the journal into the file and removes it.
      try database.close()
    } catch { throw LogFile.opening(error, path) }
    guard rename(draft, path) == 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    SigningKeyFile.syncFolder(of: path)
    atStep(.inPlace)
  }

  private static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
