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
  }

  /// What kind of fault.
  public let kind: Kind
  /// The first record it concerns, when it concerns one.
  public let record: UInt64?
  /// The fault in words.
  public let text: String

  /// A fault.
  public init(_ kind: Kind, record: UInt64?, _ text: String) {
    (self.kind, self.record, self.text) = (kind, record, text)
  }

  /// The fault in one line.
  public var description: String { record.map { "record \($0): \(text)" } ?? text }
}

/// What came of verifying a log.
public struct VerificationReport: Sendable, Equatable {
  /// The log's name.
  public var origin = ""
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

  /// The lowest record that is known to be bad.
  public var firstBadRecord: UInt64? { findings.compactMap(\.record).min() }

  /// The report for people, line by line.
  public var lines: [String] {
    var lines = [
      "log \(origin): \(records) records, \(sessions) sessions (\(finishedSessions) ended in order)",
      "checked: \(checkpoints) signed checkpoints, \(cosignatures) cosignatures, \(snapshots) snapshots"
        + " (and \(erased) erased on record)",
    ]
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
