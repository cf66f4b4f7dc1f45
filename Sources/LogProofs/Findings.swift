/// One thing that is wrong with a log.
public struct LogFinding: Sendable, Equatable, CustomStringConvertible {
  /// What kind of fault.
  public enum Kind: String, Sendable {
    /// Records that should be there are not.
    case missing
    /// A record's content is not what was hashed.
    case changed
    /// A record stands where another should.
    case moved
    /// The records up to a checkpoint are not those that were signed.
    case root
    /// A signature is wrong, or by an unknown key.
    case signature
    /// A checkpoint is missing or malformed.
    case checkpoint
    /// The log ends before a checkpoint that was seen elsewhere.
    case truncated
    /// The log is another one than the checkpoint from elsewhere.
    case diverged
    /// A kept picture is not what its record says.
    case snapshot
    /// Records contradict one another.
    case order
    /// The file's tables are not as the program makes them.
    case schema
  }

  /// What kind of fault.
  public let kind: Kind
  /// The first record it concerns, when it concerns one.
  public let record: UInt64?
  /// The last record that it may concern, when it cannot be said which one it is.
  public let last: UInt64?
  /// The fault in words.
  public let text: String
  /// The file it is in, as a number from 1, where a log has several.
  public var segment: Int64?
  /// The number of a picture that is gone without a record in its own file; a later file may have that record.
  public var erasedPicture: Int64?

  /// A fault.
  public init(_ kind: Kind, record: UInt64?, to last: UInt64? = nil, _ text: String) {
    (self.kind, self.record, self.text) = (kind, record, text)
    self.last = last.flatMap { last in record.flatMap { last > $0 ? last : nil } }
  }

  /// Whether it concerns a record, alone or among others.
  public func concerns(_ number: UInt64) -> Bool {
    guard let record else { return false }
    return (record...(last ?? record)).contains(number)
  }

  /// The fault in one line.
  public var description: String {
    (segment.map { "file \($0): " } ?? "")
      + (record.map { "\(Self.span($0, last ?? $0)): \(text)" } ?? text)
  }

  /// `record 5`, or `records 5 to 9`.
  static func span(_ first: UInt64, _ last: UInt64) -> String {
    last > first ? "records \(first) to \(last)" : "record \(first)"
  }
}

/// What came of verifying a log.
public struct VerificationReport: Sendable, Equatable {
  /// The log's name.
  public var origin = ""
  /// Files read; the numbers below are of all of them.
  public var files = 1
  /// Places, from 1, of files that were taken away on purpose, as signed records say.
  public var removed: [Int64] = []
  /// Records read.
  public var records: UInt64 = 0
  /// Sessions seen, and how many of them have their last record.
  public var sessions = 0
  /// Sessions that ended in order.
  public var finishedSessions = 0
  /// Checkpoints whose root and signature are right.
  public var checkpoints = 0
  /// Witness cosignatures that are right.
  public var cosignatures = 0
  /// Encrypted pictures whose hash is right.
  public var snapshots = 0
  /// Encrypted pictures erased, with a record that says so.
  public var erased = 0
  /// What the log says of those before and after it.
  public var links = SegmentLinks()
  /// The keys trusted at the end: the one given, and those that its rotations introduced.
  public var keys: [NotePublicKey] = []
  /// The newest right checkpoint, to keep elsewhere.
  public var newest: Checkpoint?
  /// What is wrong; the first bad record first.
  public var findings: [LogFinding] = []
  /// What could not be checked, and why.
  public var unchecked: [String] = []

  /// Nothing found yet.
  public init() {}

  /// Whether nothing is wrong.
  public var isGood: Bool { findings.isEmpty }

  /// The first record that is known to be bad; of the first file that has one.
  public var firstBadRecord: UInt64? {
    let first = findings.compactMap { $0.record == nil ? nil : $0.segment ?? 0 }.min()
    return findings.filter { ($0.segment ?? 0) == first }.compactMap(\.record).min()
  }

  /// The report for people, line by line.
  public var lines: [String] {
    var lines = [
      "log \(origin): \(records) records\(files > 1 ? " in \(files) files" : ""), \(sessions) sessions"
        + " (\(finishedSessions) ended in order)",
      "checked: \(checkpoints) signed checkpoints, \(cosignatures) cosignatures, \(snapshots) snapshots"
        + " (and \(erased) erased on record)",
    ]
    if let first = removed.first, let last = removed.last {
      let names = last > first ? "files \(first) to \(last) were" : "file \(first) was"
      lines.append("\(names) taken away on purpose, as a signed record says")
    }
    lines += findings.map { "BAD: \($0)" }
    lines += unchecked.map { "not checked: \($0)" }
    if let newest { lines.append("newest checkpoint: \(newest.size) records, root \(newest.root.hex)") }
    if isGood {
      lines.append("verified: every signed record is as it was written")
    } else {
      lines.append("DOES NOT VERIFY" + (firstBadRecord.map { ": first bad record \($0)" } ?? ""))
    }
    return lines
  }
}
