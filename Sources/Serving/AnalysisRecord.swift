import Foundation
public import GRDB
import JSON

/// Where an analysis stands.
public enum AnalysisState: String, Codable, Sendable, DatabaseValueConvertible {
  /// Waits for a worker.
  case queued
  /// A worker is at it.
  case running
  /// There is a result.
  case done
  /// There is none, and never will be; the error says why.
  case failed
}

/// One analysis as the history keeps it.
public struct AnalysisRecord: Codable, Sendable, FetchableRecord, PersistableRecord {
  /// The database's table.
  public static let databaseTableName = "analysis"

  /// 128 random bits in hexadecimal: knowing one id tells nothing of another.
  public var id: String
  /// Who asked for it.
  public var owner: String
  /// The upload's file name, as its sender called it.
  public var name: String
  /// Bytes of the upload.
  public var bytes: Int
  /// SHA-256 of the upload.
  public var sha256: String
  /// When it was asked for, in seconds since 1970.
  public var created: Double
  /// When it ended, in seconds since 1970.
  public var finished: Double?
  /// Where it stands.
  public var state: AnalysisState
  /// The word for the whole recording.
  public var verdict: String?
  /// Probability of an attack.
  public var risk: Double?
  /// `video` or `image`.
  public var kind: String?
  /// The result as `vigil analyze` wrote it.
  public var result: String?
  /// Why there is no result.
  public var error: String?
  /// Pictures kept.
  public var pictures = 0
  /// Bytes on the disk of what is kept of it.
  public var disk = 0
  /// What its owner says it really is: `real`, `fake` or `attack`.
  public var label: String?
  /// The owner's remark.
  public var remark: String?
  /// File of the kept upload in the folder of kept uploads; nil when it was deleted.
  public var kept: String?

  /// A record at its beginning.
  public init(
    id: String, owner: String, name: String, bytes: Int, sha256: String, created: Double, state: AnalysisState
  ) {
    (self.id, self.owner, self.name, self.bytes, self.sha256) = (id, owner, name, bytes, sha256)
    (self.created, self.state) = (created, state)
  }

  /// The record without its long result.
  var summary: [(String, OrderedJSON)] {
    [
      ("id", .string(id)), ("name", .string(name)), ("bytes", .integer(Int64(bytes))),
      ("sha256", .string(sha256)), ("created", .string(Self.date(created))),
      ("finished", finished.map { .string(Self.date($0)) } ?? .null),
      ("state", .string(state.rawValue)), ("kind", kind.json), ("verdict", verdict.json),
      ("risk", risk.map { .number($0, decimals: 4) } ?? .null), ("error", error.json),
      ("pictures", .integer(Int64(pictures))), ("upload_kept", .bool(kept != nil)),
      (
        "feedback",
        label.map { .object([("label", .string($0)), ("remark", remark.json)]) } ?? .null
      ),
    ]
  }

  /// The whole record.
  var json: OrderedJSON { .object(summary + [("result", result.map { .raw($0) } ?? .null)]) }

  private static func date(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(.iso8601)
  }
}

extension Optional where Wrapped == String {
  /// The text, or null.
  var json: OrderedJSON { map { .string($0) } ?? .null }
}

extension OrderedJSON {
  /// The value that says there is none.
  static var null: OrderedJSON { .raw("null") }
}
