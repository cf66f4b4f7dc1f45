import CSQLite
import Foundation
import LogProofs

/// Chooses what is changed in a log. Knows what the columns mean, so that many changes come near to what is right.
struct RowMutator {
  let database: FuzzedDatabase
  var random: SplitMix

  private static let words = [
    "0", "1", "x", "", "\0", "\n", "\n\n", "\r", "\u{301}", "\"", "live", "fake", "\u{2014} ",
  ]

  /// Changes 0 to 12 rows; how many.
  mutating func mutateRows() -> Int {
    let count = random.below(8) == 0 ? 0 : 1 + random.below(12)
    for _ in 0..<count { mutateRow() }
    return max(1, count)
  }

  private mutating func mutateRow() {
    let table = random.pick([
      "record", "record", "record", "checkpoint", "checkpoint", "cosignature", "snapshot", "log",
    ])
    let columns = FuzzedDatabase.columns[table] ?? []
    let keys = database.keys(table)
    guard let key = keys.isEmpty ? nil : random.pick(keys) else { return }
    switch random.below(12) {
    case 0: database.run("DELETE FROM \(table) WHERE rowid = ?", [key])
    case 1: database.run("DELETE FROM \(table) WHERE rowid >= ?", [key])
    case 2:
      let list = columns.dropFirst().joined(separator: ", ")
      database.run(
        "INSERT OR IGNORE INTO \(table) (\(columns[0]), \(list)) SELECT ?, \(list) FROM \(table) WHERE rowid = ?",
        [.integer(oddNumber()), key])
    case 3: swap(table, columns, key, random.pick(keys))
    case 4:
      database.run("UPDATE OR IGNORE \(table) SET rowid = ? WHERE rowid = ?", [.integer(oddNumber()), key])
    case 5:
      // The text or bytes of a row as the other type.
      let type = random.pick(["BLOB", "TEXT", "INTEGER", "REAL"])
      let column = random.pick(columns)
      database.run(
        "UPDATE OR IGNORE \(table) SET \(column) = CAST(\(column) AS \(type)) WHERE rowid = ?", [key])
    case 6 where table == "record": rewriteConsistently(key)
    default:
      let column = random.pick(columns)
      let old =
        database.rows("SELECT \(column) FROM \(table) WHERE rowid = \(text(key))", 1).first?[0] ?? .null
      database.run("UPDATE OR IGNORE \(table) SET \(column) = ? WHERE rowid = ?", [near(old), key])
    }
  }

  /// A record changed together with its leaf hash, as somebody who knows the format would.
  private mutating func rewriteConsistently(_ key: SQLiteValue) {
    guard
      case .text(let old)? = database.rows("SELECT body FROM record WHERE rowid = \(text(key))", 1).first?[0],
      case .text(let body) = near(.text(old))
    else { return }
    database.run(
      "UPDATE record SET body = ?, leaf = ? WHERE rowid = ?",
      [.text(body), .blob(TreeHash.leaf(body).bytes), key])
  }

  private mutating func swap(_ table: String, _ columns: [String], _ one: SQLiteValue, _ other: SQLiteValue) {
    let column = random.pick(Array(columns.dropFirst()))
    let first =
      database.rows("SELECT \(column) FROM \(table) WHERE rowid = \(text(one))", 1).first?[0] ?? .null
    let second =
      database.rows("SELECT \(column) FROM \(table) WHERE rowid = \(text(other))", 1).first?[0] ?? .null
    database.run("UPDATE OR IGNORE \(table) SET \(column) = ? WHERE rowid = ?", [second, one])
    database.run("UPDATE OR IGNORE \(table) SET \(column) = ? WHERE rowid = ?", [first, other])
  }

  private mutating func oddNumber() -> Int64 {
    switch random.below(6) {
    case 0: random.pick([.min, .max, -1, 0, 1, 1 << 53, -(1 << 53)])
    case 1: -Int64(random.below(100))
    default: Int64(random.below(60))
    }
  }

  /// A value near to the old one, or of another kind.
  private mutating func near(_ old: SQLiteValue) -> SQLiteValue {
    switch random.below(10) {
    case 0: return .null
    case 1: return random.pick([.integer(oddNumber()), .real(0.5), .text([]), .blob([]), .blob([0])])
    default: break
    }
    switch old {
    case .null: return random.pick([.blob([1, 2, 3]), .text([0x30]), .integer(0)])
    case .integer(let number):
      return .integer(random.below(3) == 0 ? oddNumber() : number &+ Int64(random.below(5)) &- 2)
    case .real(let number): return .real(number + 1)
    case .text(let bytes): return .text(edited(bytes))
    case .blob(let bytes): return .blob(edited(bytes))
    }
  }

  private mutating func edited(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let place = random.below(bytes.count + 1)
    switch random.below(6) {
    case 0: bytes = Array(bytes.prefix(place))
    case 1: bytes.insert(contentsOf: random.pick(Self.words).utf8, at: place)
    case 2: bytes += random.pick(Self.words).utf8
    case 3 where place < bytes.count: bytes.remove(at: place)
    case 4: bytes += bytes.suffix(random.below(80))
    default: if place < bytes.count { bytes[place] ^= UInt8(1 << random.below(8)) }
    }
    return bytes
  }

  private func text(_ key: SQLiteValue) -> String {
    if case .integer(let number) = key { "\(number)" } else { "NULL" }
  }

  // MARK: The schema

  /// Changes the schema now and then; whether it is as it was.
  mutating func mutateSchema() -> Bool {
    guard random.below(20) == 0 else { return true }
    let names = database.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL", 2)
    guard case .text(let name) = random.pick(names)[0] else { return true }
    let target = String(decoding: name, as: UTF8.self)
    database.run("PRAGMA writable_schema = ON")
    switch random.below(6) {
    case 0: database.run("DELETE FROM sqlite_master WHERE name = ?", [.text(name)])
    case 1:
      database.run(
        "UPDATE sqlite_master SET rootpage = ? WHERE name = ?", [.integer(oddNumber()), .text(name)])
    case 2:
      database.run(
        "INSERT INTO sqlite_master VALUES ('view', ?, ?, 0, ?)",
        [
          .text(Array("v".utf8)), .text(Array("v".utf8)),
          .text(
            Array(
              "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n"
                .utf8)),
        ])
    case 3: database.run("UPDATE sqlite_master SET type = 'view' WHERE name = ?", [.text(name)])
    default:
      guard case .text(let sql)? = names.first(where: { $0[0] == .text(name) })?[1] else { return true }
      database.setSchema(target, String(decoding: edited(sql), as: UTF8.self))
    }
    return false
  }
}
