import LogProofs
import Testing

/// A report in the words that people read.
@Suite struct FindingTests {
  @Test func aFindingSaysWhere() {
    var finding = LogFinding(.changed, record: 5, "bent")
    #expect(finding.description == "record 5: bent" && finding.concerns(5) && !finding.concerns(6))
    finding.segment = 2
    #expect(finding.description == "file 2: record 5: bent")
    #expect(LogFinding(.root, record: 5, to: 9, "bent").description == "records 5 to 9: bent")
    // A last record that is not after the first is none.
    #expect(LogFinding(.root, record: 5, to: 5, "bent").last == nil)
    #expect(LogFinding(.root, record: nil, to: 5, "bent").last == nil)
    #expect(LogFinding(.schema, record: nil, "bent").description == "bent")
    #expect(!LogFinding(.schema, record: nil, "bent").concerns(0))
  }

  @Test func theFirstBadRecordIsOfTheFirstBadFile() {
    var report = VerificationReport()
    #expect(report.isGood && report.firstBadRecord == nil)
    var (late, early) = (LogFinding(.changed, record: 1, "a"), LogFinding(.changed, record: 9, "b"))
    (late.segment, early.segment) = (3, 2)
    report.findings = [late, early, LogFinding(.schema, record: nil, "c")]
    #expect(report.firstBadRecord == 9 && !report.isGood)
    #expect(report.lines.last == "DOES NOT VERIFY: first bad record 9")
    report.findings = [LogFinding(.schema, record: nil, "c")]
    #expect(report.lines.last == "DOES NOT VERIFY" && report.lines.contains("BAD: c"))
  }

  @Test func filesAndRemovalsAreCounted() {
    var report = VerificationReport()
    (report.origin, report.files, report.records, report.removed) = ("o", 3, 10, [1])
    #expect(report.lines[0] == "log o: 10 records in 3 files, 0 sessions (0 ended in order)")
    #expect(report.lines.contains("file 1 was taken away on purpose, as a signed record says"))
    report.removed = [1, 2]
    #expect(report.lines.contains("files 1 to 2 were taken away on purpose, as a signed record says"))
  }
}
