import Foundation
import GRDB
import LogProofs

/// Appends batches of records and signs checkpoints. Used on one queue only.
final class LogWriter {
  let path: String
  let origin: String
  private let lock: WriterLock
  private let database: DatabaseQueue
  private(set) var key: NotePrivateKey
  private(set) var tree: CompactTree
  /// Size of the tree at the newest checkpoint.
  private(set) var signedSize: UInt64

  /// Opens or makes the log at `path`; the key is made with the log and must be there ever after.
  init(
    path: String, keyPath: String, atStep: (MakingStep) -> Void = { _ in }
  ) throws(LogError) {
    self.path = path
    lock = try WriterLock(log: path)
    if LogDraft.isNeeded(path) { try LogDraft.make(path, keyPath: keyPath, atStep: atStep) }
    database = try LogFile.forWriting(path)
    do {
      if try database.read({ try Int.fetchOne($0, sql: "SELECT count(*) FROM log") }) == 0 {
        // A program of version 1 was killed while it made this file.
        let made = try Self.newKey(keyPath: keyPath)
        try database.write { try Self.insertName($0, made) }
      }
      origin = try database.read { try String.fetchOne($0, sql: "SELECT origin FROM log") } ?? ""
      key = try Self.currentKey(database, keyPath: keyPath)
      (tree, signedSize) = try Self.resume(database, key: key, origin: origin, path: path)
    } catch { throw LogFile.opening(error, path) }
    // Also left by version 1: a log without records had no checkpoint.
    let count = try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoint") }
    if count == 0 { try write([], signing: true) }
  }

  /// Number of records on disk.
  var size: UInt64 { tree.size }

  /// Writes the records in one durable transaction, with a checkpoint after them if asked for. `before` joins
  /// the same transaction.
  func write(
    _ records: [StampedRecord], signing: Bool, alsoBy other: NotePrivateKey? = nil,
    before: (Database) throws -> Void = { _ in }
  ) throws(LogError) {
    var grown = tree
    do {
      try database.write { db in
        try before(db)
        let insert = try db.cachedStatement(sql: "INSERT INTO record (number, leaf, body) VALUES (?, ?, ?)")
        for record in records {
          let bytes = record.bytes(number: Int64(grown.size))
          let leaf = TreeHash.leaf(bytes)
          try insert.execute(arguments: [
            Int64(grown.size), Data(leaf.bytes), String(decoding: bytes, as: UTF8.self),
          ])
          grown.append(leaf)
        }
        if signing { try insertCheckpoint(db, grown, alsoBy: other) }
      }
    } catch { throw LogFile.writing(error, path, committed: tree.size) }
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
  func rotate(to new: NotePrivateKey, record: StampedRecord, keyPath: String) throws(LogError) {
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

  /// Answers a question about the log as it is on disk.
  func read<Value>(_ question: (Database) throws -> Value) throws(LogError) -> Value {
    do { return try database.read(question) } catch { throw LogFile.opening(error, path) }
  }

  private func insertCheckpoint(_ db: Database, _ tree: CompactTree, alsoBy other: NotePrivateKey?) throws {
    let note = try Self.checkpoint(tree, origin: origin, by: [key] + (other.map { [$0] } ?? []), path)
    try Self.insertCheckpoint(db, tree, note)
  }
}

extension LogWriter {
  /// Names the log after its first key.
  static func insertName(_ db: Database, _ key: NotePrivateKey) throws {
    try db.execute(
      sql: "INSERT INTO log VALUES (1, ?, ?)", arguments: [key.publicKey.name, "\(key.publicKey)"])
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
    let host = ProcessInfo.processInfo.hostName.filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".")
    }
    let mark = Hexadecimal.text((0..<6).map { _ in UInt8.random(in: 0...255) })
    guard let key = NotePrivateKey(name: "vigil.log/\(host.isEmpty ? "host" : host)/\(mark)") else {
      throw .key(path: keyPath, reason: "no name can be made for it")
    }
    if FileManager.default.fileExists(atPath: keyPath) { return try SigningKeyFile.load(keyPath) }
    try SigningKeyFile.store(key, at: keyPath)
    return key
  }

  /// The key that the log's last rotation (or its first line) names; finishes a rotation that was cut off.
  private static func currentKey(_ database: DatabaseQueue, keyPath: String) throws -> NotePrivateKey {
    let text = try database.read { db in
      let rotation = try String.fetchOne(
        db,
        sql:
          "SELECT json_extract(body, '$.data.new') FROM record WHERE kind = 'key_rotation' ORDER BY number DESC"
      )
      return try rotation ?? String.fetchOne(db, sql: "SELECT first_key FROM log") ?? ""
    }
    let next = keyPath + ".next"
    if FileManager.default.fileExists(atPath: next) {
      if let key = try? SigningKeyFile.load(next), "\(key.publicKey)" == text {
        rename(next, keyPath)
      } else {
        unlink(next)
      }
    }
    let key = try SigningKeyFile.load(keyPath)
    guard "\(key.publicKey)" == text else {
      throw LogError.key(
        path: keyPath, reason: "it is \(key.publicKey.label), and the log is signed by another")
    }
    return key
  }

  /// The tree from the newest checkpoint and the records after it; a checkpoint that does not fit stops it.
  private static func resume(
    _ database: DatabaseQueue, key: NotePrivateKey, origin: String, path: String
  ) throws -> (CompactTree, UInt64) {
    try database.read { db in
      var tree = CompactTree()
      if let row = try Row.fetchOne(db, sql: "SELECT size, note, peaks FROM checkpoint ORDER BY size DESC") {
        let (size, text, data): (Int64, String, Data) = (row[0], row[1], row[2])
        let note = try SignedNote(text: text)
        let peaks = stride(from: 0, to: data.count, by: TreeHash.length)
          .compactMap { TreeHash(Array(data.dropFirst($0).prefix(TreeHash.length))) }
        guard let stored = CompactTree(size: UInt64(clamping: size), peaks: peaks),
          note.isSigned(by: key.publicKey),
          try Checkpoint(body: note.body) == Checkpoint(origin: origin, size: stored.size, root: stored.root)
        else {
          throw LogError.damaged(path: path, reason: "the checkpoint of \(size) records does not verify")
        }
        tree = stored
      }
      let signed = tree.size
      let rows = try Row.fetchCursor(
        db, sql: "SELECT number, body FROM record WHERE number >= ? ORDER BY number",
        arguments: [Int64(signed)])
      while let row = try rows.next() {
        guard row[0] == Int64(tree.size) else {
          throw LogError.damaged(path: path, reason: "record \(tree.size) is missing")
        }
        tree.append(.leaf(Array((row[1] as String).utf8)))
      }
      // The first records are written with a checkpoint in the same transaction.
      guard signed > 0 || tree.size == 0 else {
        throw LogError.damaged(
          path: path, reason: "it has \(tree.size) records, and no checkpoint covers the first")
      }
      if signed > 0, signed == tree.size,
        try Int64.fetchOne(db, sql: "SELECT max(number) FROM record") != Int64(signed) - 1
      {
        throw LogError.damaged(path: path, reason: "records before number \(signed) are missing")
      }
      return (tree, signed)
    }
  }
}
