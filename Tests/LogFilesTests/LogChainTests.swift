import Foundation
import JSON
import LogFiles
import LogProofs
import Testing
import VigilTesting

/// Logs of several files: each belongs to the one before, or it is said what does not.
@Suite struct LogChainTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("log.sqlite")
  }

  /// `count` files of one log, oldest first, all by one key; a session spans each border.
  private func chain(_ count: Int) throws -> [MadeLog] {
    var files: [MadeLog] = []
    let key = try #require(NotePrivateKey(name: "vigil.log/made"))
    for place in 0..<count {
      var log = try #require(MadeLog(origin: "vigil.log/made#\(place + 1)"))
      log.key = key
      if let before = files.last {
        log.append(
          "segment_start", session: "upkeep",
          data: .object([
            "segment": .integer(Int64(place + 1)), "previous": before.checkpoint().json,
            "session": .string("s\(place)"),
          ]))
        log.append("session_continued", session: "s\(place)")
        log.append("session_end", session: "s\(place)")
      }
      log.append("session_start", session: "s\(place + 1)")
      if place < count - 1 {
        log.append(
          "segment_end", session: "upkeep", data: .object(["next": .string("vigil.log/made#\(place + 2)")]))
      } else {
        log.append("session_end", session: "s\(place + 1)")
      }
      log.sign()
      files.append(log)
    }
    return files
  }

  private func write(_ files: [MadeLog]) throws {
    for (place, log) in files.enumerated() {
      try log.write(to: place == files.count - 1 ? path : SegmentFiles.path(of: path, Int64(place + 1)))
    }
  }

  private func verify(_ files: [MadeLog], outside: [SignedNote] = []) throws -> VerificationReport {
    try LogChain.verify(path: path, key: try #require(files.last).key.publicKey, outside: outside)
  }

  @Test func threeFilesAreOneLog() throws {
    let files = try chain(3)
    try write(files)
    let report = try verify(files)
    #expect(report.isGood, "\(report.lines)")
    #expect(
      report.files == 3 && report.sessions == 3 && report.finishedSessions == 3 && report.checkpoints == 3)
    #expect(report.records == UInt64(files.map(\.rows.count).reduce(0, +)))
    #expect(report.newest == files[2].checkpoint())
    // Only of the newest file it cannot be known whether its end is there.
    #expect(report.unchecked.filter { $0 == LogVerifier.unknownEnd }.count == 1)
  }

  @Test func aMissingFileIsNamedByItsNumber() throws {
    let files = try chain(4)
    try write(files)
    try FileManager.default.removeItem(atPath: path + ".000002")
    let one = try verify(files).findings
    #expect(
      one.map(\.kind) == [.missing] && one[0].text.hasPrefix("file 2 is missing before it")
        && one[0].segment == 3)
    try FileManager.default.removeItem(atPath: path + ".000003")
    let two = try verify(files).findings
    #expect(two.map(\.kind) == [.missing] && two[0].text.hasPrefix("files 2 to 3 are missing before it"))
  }

  @Test func aFileTakenAwayOnRecordIsNoFault() throws {
    var files = try chain(3)
    files[2].append(
      "segment_removed", session: "upkeep", data: .object(["segment": 1, "last": files[0].checkpoint().json]))
    files[2].sign()
    try write(files)
    #expect(try verify(files).removed == [])
    try FileManager.default.removeItem(atPath: path + ".000001")
    let report = try verify(files)
    #expect(report.isGood && report.removed == [1] && report.files == 2, "\(report.lines)")
    // A record of another state of that file excuses nothing.
    files[2].rows.removeLast()
    files[2].checkpoints.removeLast()
    files[2].append(
      "segment_removed", session: "upkeep", data: .object(["segment": 1, "last": files[1].checkpoint().json]))
    files[2].sign()
    try FileManager.default.removeItem(atPath: path)
    try files[2].write(to: path)
    #expect(try verify(files).findings.map(\.kind) == [.missing])
  }

  @Test func exchangedFilesAreNoticed() throws {
    let files = try chain(3)
    try write([files[1], files[0], files[2]])
    let kinds = Set(try verify(files).findings.map(\.kind))
    #expect(kinds == [.moved, .missing] || kinds == [.moved], "\(kinds)")
    #expect(try verify(files).findings.contains { $0.text.contains("is not the file of that number") })
  }

  @Test func aFileCutOffDoesNotGoOnInTheNext() throws {
    var files = try chain(2)
    let whole = files
    files[0].rows.removeLast()
    files[0].checkpoints.removeLast()
    files[0].sign()
    try write(files)
    let report = try verify(whole)
    #expect(report.findings.map(\.kind) == [.diverged] && report.findings[0].segment == 2, "\(report.lines)")
    #expect(report.findings[0].description == "file 2: it does not go on where the file before it ends")
  }

  /// Another file by the same key, with the same end, in the place of the one before.
  @Test func anotherFileInItsPlaceIsNoticed() throws {
    let files = try chain(2)
    var other = try #require(MadeLog(origin: files[0].origin))
    other.key = files[0].key
    other.append("session_start")
    other.append("summary")
    other.append("segment_end", session: "upkeep", data: .object(["next": .string(files[1].origin)]))
    other.sign()
    try write([other, files[1]])
    let report = try verify(files)
    #expect(report.findings.map(\.kind) == [.diverged] && report.findings[0].segment == 2, "\(report.lines)")
  }

  @Test func aNewestFileThatIsGoneIsNoticed() throws {
    let files = try chain(3)
    try write(files)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".000002", toPath: path)
    let report = try verify(files)
    #expect(report.findings.map(\.kind) == [.truncated], "\(report.lines)")
    #expect(report.findings[0].text.contains("vigil.log/made#3, is missing"))
  }

  @Test func anEndedFileAloneSaysWhatItCannotSay() throws {
    let files = try chain(2)
    try write(files)
    let report = try LogChain.verify(path: path + ".000001", key: files[0].key.publicKey)
    #expect(report.isGood && report.files == 1)
    #expect(
      report.unchecked.contains("the files before and after this one: give the log itself to check all"))
  }

  @Test func anOutsideCheckpointGoesToTheFileItNames() throws {
    let files = try chain(3)
    try write(files)
    #expect(try verify(files, outside: [files[0].signed(1), files[1].signed(2)]).isGood)
    var longer = files[1]
    longer.append("session_start", session: "s9")
    let cut = try verify(files, outside: [longer.signed()])
    #expect(cut.findings.map(\.kind) == [.truncated] && cut.findings[0].segment == 2)
    // One that names none of them is of another log.
    var other = files[0]
    other.origin = "vigil.log/elsewhere"
    let foreign = try verify(files, outside: [other.signed()])
    #expect(foreign.findings.contains { $0.kind == .diverged && $0.segment == 3 })
  }

  @Test func anEarlierKeyIsVouchedForByTheFileAfterIt() throws {
    var files = try chain(2)
    let stranger = try #require(NotePrivateKey(name: "vigil.log/made"))
    files[0].checkpoints = []
    files[0].sign(by: stranger)
    try write(files)
    let report = try verify(files)
    #expect(
      report.isGood && report.unchecked.contains { $0.contains("the signatures in file 1, by another key") })
    // A file whose records are wrong, too, is vouched for by nobody.
    files[0].rows[0].leaf = [0]
    try FileManager.default.removeItem(atPath: path + ".000001")
    try files[0].write(to: path + ".000001")
    #expect(try !verify(files).isGood)
  }

  /// Numbers of changed files that no sum of them may overflow: the program that checks ended with a trap.
  @Test func numbersThatCannotBeAreFindings() throws {
    let files = try chain(3)
    try write(files)
    let place = try #require(MadeLog(origin: files[0].origin))
    for (number, segment) in [(Int64.max, Int64.max), (.max, 2), (5, .max), (.max - 1, .min)] {
      var (first, second) = (place, files[1])
      first.append(
        "segment_start", session: "upkeep",
        data: .object(["segment": .integer(segment), "previous": files[1].checkpoint().json]))
      first.rows[0].number = number
      second.rows[1].number = number
      for (log, name) in [(first, ".000001"), (second, ".000002")] {
        try FileManager.default.removeItem(atPath: path + name)
        try log.write(to: path + name)
      }
      #expect(try !verify(files).isGood, "\(number) \(segment)")
    }
  }

  @Test func aPictureErasedOnRecordInALaterFileIsExcused() throws {
    var first = try #require(MadeLog(origin: "vigil.log/made#1"))
    first.append("session_start", session: "s1")
    first.append("snapshot", session: "s1", data: .object(["number": 1, "sha256": "00"]))
    first.append("segment_end", session: "upkeep", data: .object(["next": "vigil.log/made#2"]))
    first.sign()
    first.pictures = [(1, nil)]
    func second(_ erases: Bool) throws -> MadeLog {
      var log = try #require(MadeLog(origin: "vigil.log/made#2"))
      log.key = first.key
      log.append(
        "segment_start", session: "upkeep",
        data: .object(["segment": 2, "previous": first.checkpoint().json, "session": "s1"]))
      log.append("session_continued", session: "s1")
      if erases {
        log.append("erasure", session: "upkeep", data: .object(["snapshot": 1, "segment": 1]))
      }
      log.sign()
      return log
    }
    try write([first, try second(false)])
    #expect(try verify([first]).findings.map(\.kind) == [.snapshot])
    try FileManager.default.removeItem(atPath: path)
    try second(true).write(to: path)
    let report = try verify([first])
    #expect(report.isGood && report.erased == 1, "\(report.lines)")
  }

  @Test func namesOfEndedFilesAreDigitsAlone() throws {
    for name in [
      "log.sqlite.000002", "log.sqlite.000010", "log.sqlite.000001", "log.sqlite.1000000", "log.sqlite.00001",
      "log.sqlite.0000001", "log.sqlite.00000x", "log.sqlite.000000", "log.sqlite", "log.sqlite.000003-wal",
      "xlog.sqlite.000004", "log.sqlite.99999999999999999999", "log.sqlite.٠٠٠٠٠٥",
    ] { try folder.write(name, []) }
    #expect(SegmentFiles.ended(path).map(\.number) == [1, 2, 10, 1_000_000])
    #expect(SegmentFiles.ended(path).last?.path == path + ".1000000")
    #expect(SegmentFiles.all(path).last == SegmentFiles.all(path).first { $0.number == nil })
    #expect(SegmentFiles.ended("/nonexistent/log") == [])
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
    #expect(SegmentFiles.isSame(path, folder.file("link")) && !SegmentFiles.isSame(path, path + ".000001"))
    #expect(
      !SegmentFiles.isSame(path, folder.file("absent")) && !SegmentFiles.isSame(folder.file("absent"), path))
  }
}
