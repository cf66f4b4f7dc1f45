import Foundation
import GRDB
import LogFiles
import LogProofs

/// Appends batches of records and signs checkpoints. Used on one queue only.
final class LogWriter {
  let path: String
  let keyPath: String
  let origin: String
  /// The file's place among those of the log, from 1.
  let segment: Int64
  /// The time that the file's first record gives; nil while it has none.
  private(set) var began: String?
  let lock: WriterLock
  private let database: DatabaseQueue
  private let file: FileMark
  private(set) var key: NotePrivateKey
  private(set) var tree: CompactTree
  /// Size of the tree at the newest checkpoint.
  private(set) var signedSize: UInt64

  /// Opens or makes the log at `path`; the key is made with the log and must be there ever after.
  convenience init(
    path: String, keyPath: String, atStep: (MakingStep) -> Void = { _ in }
  ) throws(LogError) {
    let lock = try WriterLock(log: path)
    try SegmentTurn.finishInterrupted(path, keyPath: keyPath)
    if LogDraft.isNeeded(path) { try LogDraft.make(path, keyPath: keyPath, atStep: atStep) }
    try self.init(path: path, keyPath: keyPath, lock: lock)
  }

  /// Opens the log that is at `path`; the caller holds the lock.
  init(path: String, keyPath: String, lock: WriterLock) throws(LogError) {
    (self.path, self.keyPath, self.lock) = (path, keyPath, lock)
    database = try LogFile.forWriting(path)
    file = try FileMark(path)
    do {
      if try database.read({ try Int.fetchOne($0, sql: "SELECT count(*) FROM log") }) == 0 {
        // A program of version 1 was killed while it made this file.
        let made = try Self.newKey(keyPath: keyPath)
        try database.write { try Self.insertName($0, origin: made.publicKey.name, made) }
      }
      let stored = try StoredLog(path: path, use: .growing)
      origin = stored.origin
      key = try Self.currentKey(stored, keyPath: keyPath)
      (tree, signedSize) = try Self.resume(stored, key: key)
      (segment, began) = try Self.beginning(stored)
    } catch { throw LogFile.opening(error, path) }
    // Also left by version 1: a log without records had no checkpoint.
    let count = try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoint") }
    if count == 0 { try write([], signing: true) }
  }

  /// Number of records on disk.
  var size: UInt64 { tree.size }

  /// Bytes of the file and its journal.
  var bytes: Int { LogDraft.size(path) + LogDraft.size(path + "-wal") }

  /// Throws when the file that is written is not at the log's place any more.
  func checkPlace() throws(LogError) {
    guard file.isAt(path) else { throw .vanished(path: path, committed: tree.size) }
  }

  /// Writes the records in one durable transaction, with a checkpoint after them if asked for. `before` joins
  /// the same transaction.
  func write(
    _ records: [StampedRecord], signing: Bool, alsoBy other: NotePrivateKey? = nil,
    before: (Database) throws -> Void = { _ in }
  ) throws(LogError) {
    try checkPlace()
    var grown = tree
    do {
      try database.write { db in
        try before(db)
        grown = try Self.insert(db, records, after: tree)
        if signing {
          let keys = [key] + (other.map { [$0] } ?? [])
          try Self.insertCheckpoint(db, grown, Self.checkpoint(grown, origin: origin, by: keys, path))
        }
      }
    } catch { throw LogFile.writing(error, path, committed: tree.size) }
    if began == nil { began = records.first?.stamp.wallText }
    tree = grown
    if signing { signedSize = grown.size }
  }

  /// Erases pictures; their records stay, so the tree does too. The pages are overwritten (`secure_delete`).
  func erase(_ numbers: [Int64], records: [StampedRecord]) throws(LogError) {
    try write(records, signing: true) { db in
      for number in numbers {
        try db.execute(sql: "UPDATE snapshot SET sealed = NULL WHERE number = ?", arguments: [number])
      }
    }
    foldJournal()
  }

  /// Changes the key: `record` says so and is signed by both. The new key is on disk before the old one goes.
  func rotate(to new: NotePrivateKey, record: StampedRecord) throws(LogError) {
    try SigningKeyFile.store(new, at: keyPath + ".next", replacing: true)
    try write([record], signing: true, alsoBy: new)
    key = new
    guard rename(keyPath + ".next", keyPath) == 0 else {
      throw .key(path: keyPath, reason: String(cString: strerror(errno)))
    }
  }

  /// Lets the file grow to so many pages only; how tests make a full disk.
  func limitPages(_ pages: Int) {
    _ = try? database.writeWithoutTransaction {
      try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  /// Moves the journal into the file, so that the file alone is the whole log.
  func foldJournal() {
    // Failure is harmless: the journal stays beside the file and is read with it.
    _ = try? database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
  }

  /// Gives the file back; nothing more is written through this.
  func close() throws(LogError) {
    foldJournal()
    do { try database.close() } catch { throw LogFile.opening(error, path) }
  }

  /// Answers a question about the log as it is on disk.
  func read<Value>(_ question: (Database) throws -> Value) throws(LogError) -> Value {
    do { return try database.read(question) } catch { throw LogFile.opening(error, path) }
  }
}

/// Which file a path led to; a log that is moved or deleted under a running session is noticed by it.
struct FileMark {
  private let device: dev_t
  private let inode: ino_t

  init(_ path: String) throws(LogError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    (device, inode) = (status.st_dev, status.st_ino)
  }

  func isAt(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
  }
}

extension LogWriter {
  /// Names the log and its first key.
  static func insertName(_ db: Database, origin: String, _ key: NotePrivateKey) throws {
    try db.execute(
      sql: "INSERT INTO log VALUES (1, ?, ?)", arguments: [origin, "\(key.publicKey)"])
  }

  /// Adds records to a tree and its log.
  static func insert(
    _ db: Database, _ records: [StampedRecord], after tree: CompactTree
  ) throws -> CompactTree {
    var grown = tree
    let insert = try db.cachedStatement(sql: "INSERT INTO record (number, leaf, body) VALUES (?, ?, ?)")
    for record in records {
      let bytes = record.bytes(number: Int64(grown.size))
      let leaf = TreeHash.leaf(bytes)
      try insert.execute(arguments: [
        Int64(grown.size), Data(leaf.bytes), String(decoding: bytes, as: UTF8.self),
      ])
      grown.append(leaf)
    }
    return grown
  }

  /// The signed checkpoint of a tree.
  static func checkpoint(
    _ tree: CompactTree, origin: String, by keys: [NotePrivateKey], _ path: String
  ) throws(LogError) -> SignedNote {
    var note = SignedNote(body: Checkpoint(origin: origin, size: tree.size, root: tree.root).body)
    for key in keys where !note.sign(with: key) {
      throw .key(path: path, reason: "the system gives no random numbers")
    }
    return note
  }

  static func insertCheckpoint(_ db: Database, _ tree: CompactTree, _ note: SignedNote) throws {
    try db.execute(
      sql: "INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?)",
      arguments: [Int64(tree.size), note.text, Data(tree.peaks.flatMap(\.bytes))])
  }

  static func newKey(keyPath: String) throws(LogError) -> NotePrivateKey {
    guard let key = NotePrivateKey(name: newOrigin()) else {
      throw .key(path: keyPath, reason: "no name can be made for it")
    }
    if FileManager.default.fileExists(atPath: keyPath) { return try SigningKeyFile.load(keyPath) }
    try SigningKeyFile.store(key, at: keyPath)
    return key
  }

  /// A name that no other log in the world has.
  static func newOrigin() -> String {
    let host = ProcessInfo.processInfo.hostName.filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".")
    }
    let mark = Hexadecimal.text((0..<6).map { _ in UInt8.random(in: 0...255) })
    return "vigil.log/\(host.isEmpty ? "host" : host)/\(mark)"
  }
}
