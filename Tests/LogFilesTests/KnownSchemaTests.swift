import LogFiles
import Testing

/// Which differences of a schema there are, and which keep a log from being read.
@Suite struct KnownSchemaTests {
  private let known = Array(KnownSchema.entries)

  /// Each fault's text, and whether it keeps a log from being read.
  private func faults(_ found: [KnownSchema.Entry]) -> [String: Bool] {
    let faults = KnownSchema.faults(in: found)
    let byText = Dictionary(faults.map { ($0.text, $0.isFatal) }) { one, _ in one }
    #expect(byText.count == faults.count)
    return byText
  }

  private func entry(_ name: String) throws -> KnownSchema.Entry {
    try #require(known.first { $0.name == name })
  }

  @Test func theKnownSchemaHasNoFault() {
    #expect(KnownSchema.faults(in: known).isEmpty)
    #expect(KnownSchema.faults(in: known.reversed()).isEmpty)
  }

  @Test(arguments: [
    ("record", true), ("checkpoint", true), ("log", true), ("snapshot", true), ("cosignature", true),
    ("grdb_migrations", true), ("record_by_session", false), ("record_is_never_changed", false),
    ("checkpoint_is_never_deleted", false), ("sqlite_autoindex_cosignature_1", false),
  ]) func whatIsMissingIsNamed(name: String, isFatal: Bool) throws {
    let entry = try entry(name)
    let faults = self.faults(known.filter { $0 != entry })
    #expect(faults == ["the \(entry.type) `\(name)` is missing": isFatal])
  }

  @Test func anotherTextIsNamedOnceAndNotMissedToo() throws {
    for (name, isFatal) in [("record", true), ("record_is_never_changed", false)] {
      let entry = try entry(name)
      let bent = KnownSchema.Entry(
        type: entry.type, name: name, table: entry.table, sql: (entry.sql ?? "") + " ")
      let faults = self.faults(known.filter { $0 != entry } + [bent])
      #expect(faults == ["the \(entry.type) `\(name)` is not as Vigil makes it": isFatal])
    }
  }

  @Test func theSameTwiceIsOneTooMany() throws {
    let faults = self.faults(known + [try entry("record")])
    #expect(faults == ["the table `record` is not as Vigil makes it": true])
  }

  @Test(arguments: [("table", true), ("view", true), ("", true), ("index", false), ("trigger", false)])
  func whatNobodyKnowsIsNamed(type: String, isFatal: Bool) {
    let more = KnownSchema.Entry(type: type, name: "more", table: "record", sql: nil)
    let faults = self.faults(known + [more])
    #expect(faults == ["the \(type.isEmpty ? "thing" : type) `more` is none of Vigil's": isFatal])
  }
}

@Suite struct SegmentNameTests {
  @Test(arguments: [(1, "l.000001"), (999_999, "l.999999"), (1_000_000, "l.1000000"), (0, "l.000000")])
  func namesHaveSixDigits(number: Int64, path: String) { #expect(SegmentFiles.path(of: "l", number) == path) }
}
