public import Foundation

/// What is true of a puppet clip: written beside it, so that a watcher's findings can be compared.
public struct PuppetTruth: Codable, Sendable, Equatable {
  /// An interval in seconds of the clip.
  public struct Interval: Codable, Sendable, Equatable {
    /// First moment in which something moves.
    public let start_s: Double
    /// Moment from which all is at rest again.
    public let end_s: Double
  }

  /// Version of these fields.
  public let schema: Int
  /// What the clip is, in words.
  public let note: String
  /// Seed of the script.
  public let seed: UInt64
  /// Frames in the clip.
  public let frames: Int
  /// Frames a second.
  public let fps: Int
  /// Every blink of both eyes, in order.
  public let blinks: [Interval]
  /// Every opening of the mouth, in order.
  public let mouth_events: [Interval]

  /// The truth about a clip of `script`.
  public init(script: PuppetScript, seed: UInt64, frames: Int, framesPerSecond: Int) {
    func intervals(_ kind: PuppetEvent.Kind) -> [Interval] {
      script.events.filter { $0.kind == kind }.map {
        Interval(start_s: Self.milliseconds($0.start), end_s: Self.milliseconds($0.end))
      }
    }
    schema = 1
    note = "a puppet: one photograph animated by moving its pixels; no live person"
    self.seed = seed
    (self.frames, fps) = (frames, framesPerSecond)
    (blinks, mouth_events) = (intervals(.blink), intervals(.mouth))
  }

  /// The truth as JSON text, keys sorted.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
