import Foundation
import JSON

/// How far an analysis is; what a client that follows it gets.
public struct AnalysisProgress: Sendable {
  /// Where it stands.
  public var state: AnalysisState
  /// Analyses before it in the queue.
  public var before = 0
  /// Frames judged.
  public var frames = 0
  /// The newest frame's line.
  public var newest: String?

  /// The data of a server-sent event.
  var json: OrderedJSON {
    .object([
      ("state", .string(state.rawValue)), ("before", .integer(Int64(before))),
      ("frames", .integer(Int64(frames))), ("newest", newest.map { .raw($0) } ?? .null),
    ])
  }
}

/// Writes an analysis's timeline and says now and then how far it is. `@unchecked Sendable` because only the child's
/// own queue calls ``take(_:)``, and ``close()`` comes after its last call.
final class TimelineWriter: @unchecked Sendable {
  /// Bytes of a frame's line that followers get; a longer one, of a crowd, is only written.
  static let mostSent = 64 << 10
  private let handle: FileHandle?
  private let most: Int
  private var written = 0
  private var sent = DispatchTime(uptimeNanoseconds: 0)
  private let tell: @Sendable (Int, String) -> Void
  private(set) var frames = 0

  /// `most`: bytes of the timeline; what comes after is counted, not written.
  init(_ file: URL, most: Int, tell: @escaping @Sendable (Int, String) -> Void) {
    _ = FileManager.default.createFile(
      atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
    handle = FileHandle(forWritingAtPath: file.path)
    (self.most, self.tell) = (most, tell)
  }

  func take(_ line: String) {
    frames += 1
    let bytes = Data((line + "\n").utf8)
    if written + bytes.count <= most, (try? handle?.write(contentsOf: bytes)) != nil {
      written += bytes.count
    }
    let now = DispatchTime.now()
    guard bytes.count <= Self.mostSent, now.uptimeNanoseconds - sent.uptimeNanoseconds > 200_000_000 else {
      return
    }
    sent = now
    tell(frames, line)
  }

  func close() { try? handle?.close() }
}
