import Foundation
public import Quantities
import Surroundings

/// Where lines about a source's life go, with a limit: the same message again within ten seconds is only counted.
public final class CaptureLog {
  /// How long a message stays quiet after it was written.
  public static let quietFor = Duration.seconds(10)
  private static let mostKinds = 64

  private struct Memory {
    var written: MonotonicInstant
    var unsaid: UInt64
  }

  private let write: (String) -> Void
  private var memories: [String: Memory] = [:]

  /// A log that writes lines without a line break through `write`.
  public init(write: @escaping (String) -> Void) { self.write = write }

  /// Lines on standard error, each begun with the program's name.
  public static func standardError() -> CaptureLog {
    CaptureLog { StandardErrors.say($0) }
  }

  /// No lines at all.
  public static func silent() -> CaptureLog { CaptureLog { _ in } }

  /// Writes `message`, or counts it when the same one was written less than ten seconds before `now`.
  public func note(_ message: String, at now: MonotonicInstant) {
    if var memory = memories[message], now - memory.written < Self.quietFor {
      memory.unsaid += 1
      memories[message] = memory
      return
    }
    let unsaid = memories[message]?.unsaid ?? 0
    // Messages hold numbers: a driver that invents new ones must not fill the memory.
    if memories.count >= Self.mostKinds { memories.removeAll() }
    memories[message] = Memory(written: now, unsaid: 0)
    write(unsaid > 0 ? "\(message) (\(unsaid) more times before)" : message)
  }
}
