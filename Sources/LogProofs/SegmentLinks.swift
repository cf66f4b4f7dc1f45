public import JSON

/// What one file of a log that spans several says of the others; read from its own records.
public struct SegmentLinks: Sendable, Equatable {
  /// The highest place of a file that is believed: at a file a minute, nineteen years. Places are counted and listed.
  public static let last: Int64 = 9_999_999

  /// A file that was taken away on purpose, as the record of it says.
  public struct Removal: Sendable, Equatable {
    /// Its place among the files, from 1.
    public let segment: Int64
    /// Its last signed state.
    public let end: Checkpoint

    /// A file that was taken away.
    public init(segment: Int64, end: Checkpoint) { (self.segment, self.end) = (segment, end) }
  }

  /// A picture of an ended file that was erased later.
  public struct Erasure: Sendable, Hashable {
    /// The file's place among the files; nil: the file with the record.
    public let segment: Int64?
    /// The picture's number in that file.
    public let picture: Int64

    /// A picture that was erased.
    public init(segment: Int64?, picture: Int64) { (self.segment, self.picture) = (segment, picture) }
  }

  /// Its place among the files, from 1.
  public var segment: Int64 = 1
  /// Whether its first session began in the file before.
  public var isContinued = false
  /// The last signed state of the file before; nil in the first.
  public var previous: Checkpoint?
  /// The name of the log in the next file, once this one was ended.
  public var next: String?
  /// The tree over all records, as far as they could be read.
  public var end: Checkpoint?
  /// Files that were taken away on purpose.
  public var removals: [Removal] = []
  /// Pictures of ended files that were erased.
  public var erasures: [Erasure] = []

  /// A log of one file.
  public init() {}

  /// A checkpoint named in a record: `{"origin":…,"size":…,"root":…}`, the root in base64.
  static func checkpoint(_ json: JSONValue?) -> Checkpoint? {
    guard let origin = json?["origin"]?.text, let size = json?["size"]?.int, size >= 0,
      let text = json?["root"]?.text
    else { return nil }
    return try? Checkpoint(body: "\(origin)\n\(size)\n\(text)\n")
  }
}

extension Checkpoint {
  /// The form in which a record names a checkpoint.
  public var json: JSONValue {
    let lines = body.utf8.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    return .object([
      "origin": .string(origin), "size": .integer(Int64(clamping: size)), "root": .string(lines[2]),
    ])
  }
}
