/// When a log's file is ended and another begun, and how long ended ones are kept.
public struct SegmentRule: Sendable, Equatable {
  /// A file this large, with its journal, is ended; bytes. Default: 256 MiB.
  public var largest = 256 << 20
  /// A file whose first record is this old is ended; days. Default: 7.
  public var longestDays = 7
  /// Ended files whose last record is this old are taken away; days. Nil: never.
  public var keepDays: Int?
  /// The oldest ended files are taken away until all together have at most so many bytes. Nil: no limit.
  public var keepBytes: Int?
  /// The folder to which ended files are moved instead of deleted. Nil: they are deleted.
  public var archive: String?

  /// The standard rule: files end by size and age, and all are kept.
  public init() {}

  /// Why a file is to be ended now; nil when it is not. `began`: the time of its first record.
  func endsNow(bytes: Int, began: String?, now: ClockReading) -> String? {
    guard let began else { return nil }
    if bytes >= largest { return "size" }
    let limit = now.text(daysBefore: longestDays)
    return limit.utf8.lexicographicallyPrecedes(began.utf8) ? nil : "age"
  }
}
