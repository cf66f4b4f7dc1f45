import AuditLog
import CSQLite
import Foundation
import LogFiles
import LogProofs

/// Changes rows of a log by chance, in ways that SQLite allows and in ways that only an edited schema allows, and demands:
///
/// * both verifiers (that of `vigil log verify` and that of `vigil-verify`) give the same report or the same refusal;
/// * a log that is called good shows exactly the records that were written, up to its newest checkpoint, and exactly
///   the pictures (soundness); the fuzzer knows them, it made the log;
/// * a log whose proven rows are as they were is called good (completeness);
/// * nobody crashes, and nobody takes longer than the alarm allows.
final class RowFuzzer {
  /// What is in a log, row for row, as the fuzzer itself reads it.
  struct Content: Equatable {
    var log: [[SQLiteValue]] = []
    var records: [[SQLiteValue]] = []
    var checkpoints: [[SQLiteValue]] = []
    var pictures: [[SQLiteValue]] = []
  }

  private let path: String
  private let key: NotePublicKey
  private let witness: NotePublicKey
  private let loose: [UInt8]
  private let original: Content
  private let seed: UInt64
  private var random: SplitMix
  private var counts: [String: Int] = [:]

  init(folder: String, seed: UInt64) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let base = folder + "/base.sqlite"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix("base.sqlite") || name.hasPrefix("fuzzed.sqlite") {
      try FileManager.default.removeItem(atPath: folder + "/" + name)
    }
    try SampleLog.make(base, files: 1)
    path = folder + "/fuzzed.sqlite"
    key = try NotePublicKey(text: String(contentsOfFile: base + ".pub", encoding: .utf8))
    witness = try NotePublicKey(text: String(contentsOfFile: base + ".witness", encoding: .utf8))
    let database = try FuzzedDatabase(Array(Data(contentsOf: URL(fileURLWithPath: base))))
    original = database.content()
    database.loosen()
    loose = database.bytes()
    (self.seed, random) = (seed, SplitMix(seed))
  }

  /// Fuzzes until so many rows were changed; prints what came of it.
  func run(rows: Int) throws {
    print("fuzz: seed \(seed)")
    var changed = 0
    var files = 0
    let start = Date()
    while changed < rows {
      let state = random.state
      alarm(30)
      changed += try step(state)
      files += 1
      if files.isMultiple(of: 20_000) { say(changed, files, start) }
    }
    alarm(0)
    say(changed, files, start)
  }

  private func say(_ rows: Int, _ files: Int, _ start: Date) {
    let words = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    print(
      String(
        format: "fuzz: %d rows in %d logs, %.0f s: %@; no disagreement", rows, files,
        -start.timeIntervalSinceNow, words))
    fflush(nil)
  }

  /// One log: how many rows of it were changed.
  private func step(_ state: UInt64) throws -> Int {
    let database = try FuzzedDatabase(loose)
    var mutator = RowMutator(database: database, random: random)
    let changed = mutator.mutateRows()
    database.tighten()
    let schemaIsKnown = mutator.mutateSchema()
    random = mutator.random
    let content = schemaIsKnown ? database.content() : nil
    var bytes = database.bytes()
    let isWhole = random.below(10) != 0 || !flip(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))

    let first = answer { try LogReader(path: path).verify(key: key, witnesses: [witness]) }
    let second = answer { try LogChain.verify(path: path, key: key, witnesses: [witness]) }
    guard first.text == second.text else {
      fail(state, "the verifiers differ:\n\(first.text)\n---\n\(second.text)")
    }
    guard let report = first.report, report.isGood else {
      counts[first.report == nil ? "refused" : "bad", default: 0] += 1
      if isWhole, let content, content == original {
        fail(state, "an unchanged log is not good:\n\(first.text)")
      }
      return changed
    }
    counts["good", default: 0] += 1
    try checkShown(report, state)
    return changed
  }

  /// A good log shows what was written and nothing else.
  private func checkShown(_ report: VerificationReport, _ state: UInt64) throws {
    guard let newest = report.newest else { fail(state, "good without a checkpoint") }
    var next: Int64 = 0
    try LogReader(path: path).forEach { number, text in
      guard number == next else { self.fail(state, "record \(next) is shown as \(number)") }
      if UInt64(number) < newest.size {
        guard Int(number) < self.original.records.count,
          self.original.records[Int(number)][2] == .text(Array(text.utf8))
        else { self.fail(state, "good, and record \(number) is not what was written: \(text)") }
      }
      next += 1
    }
    if UInt64(next) != report.records { fail(state, "\(report.records) verified and \(next) shown") }
    let stored = try StoredLog(path: path)
    for picture in original.pictures {
      guard case .integer(let number) = picture[0], case .blob(let bytes) = picture[1] else { continue }
      // A picture of a session that was cut off with its records is not there, and its record neither.
      if let found = try stored.picture(number), found != bytes {
        fail(state, "good, and picture \(number) differs")
      }
    }
  }

  private func answer(
    _ verify: () throws -> VerificationReport
  ) -> (text: String, report: VerificationReport?) {
    do {
      let report = try verify()
      return (report.lines.joined(separator: "\n"), report)
    } catch let error as LogError { return (Self.kind("\(error)"), nil) } catch {
      return (Self.kind("\(error)"), nil)
    }
  }

  /// The two programs word a refusal each in their own way.
  private static func kind(_ text: String) -> String {
    for (mark, kind) in [
      ("with another program", "tampered"), ("not a Vigil", "not a log"), ("is newer", "future"),
      ("damaged", "damaged"),
    ] where text.contains(mark) { return kind }
    return text
  }

  private func flip(_ bytes: inout [UInt8]) -> Bool {
    for _ in 0...random.below(4) { bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8)) }
    return true
  }

  private func fail(_ state: UInt64, _ text: String) -> Never {
    print("fuzz: FAILED at seed \(seed), state \(state), file \(path):\n\(text)")
    fflush(nil)
    exit(1)
  }
}

/// A small generator of numbers by chance that can be started anywhere (Steele, Lea and Flood, "SplitMix", 2014).
struct SplitMix {
  private(set) var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `count` - 1.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
  mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
