import Foundation

/// Something the puppet does at a known time.
public struct PuppetEvent: Codable, Sendable, Equatable {
  /// What it does.
  public enum Kind: String, Codable, Sendable {
    /// Both eyes close and open again.
    case blink
    /// The mouth opens and closes again.
    case mouth
  }

  /// What happens.
  public let kind: Kind
  /// When the motion begins, in seconds of the clip.
  public let start: Double
  /// When it has fully ended.
  public let end: Double
  /// Part of the time, from the start, in which it closes (blink) or opens (mouth), in 0...1.
  let attack: Double
  /// Part of the time after that in which it stays so, in 0...1.
  let hold: Double

  /// How far the motion has gone at `time`, 0 (rest) to 1 (eyes shut, mouth wide open).
  public func extent(at time: Double) -> Double {
    guard time > start, time < end else { return 0 }
    let phase = (time - start) / (end - start)
    if phase < attack { return Self.ease(phase / attack) }
    if phase < attack + hold { return 1 }
    return Self.ease((1 - phase) / (1 - attack - hold))
  }

  private static func ease(_ x: Double) -> Double { x * x * (3 - 2 * x) }
}

/// What a puppet does in a clip: events at times that follow from the seed alone.
public struct PuppetScript: Sendable, Equatable {
  /// Length of the clip in seconds.
  public let seconds: Double
  /// The events in order; none overlap, none reaches past the end.
  public let events: [PuppetEvent]
  private let swayPhases: [Double]

  /// A script of `seconds`, the same for the same `seed`.
  public init(seconds: Double, seed: UInt64) {
    var random = SplitMix64(state: seed)
    self.seconds = seconds
    swayPhases = (0..<4).map { _ in random.uniform(0, 2 * .pi) }
    var events: [PuppetEvent] = []
    // Rest first, so that a watcher can learn what open eyes and a closed mouth look like on this face.
    var time = 1.5 + random.uniform(0, 0.3)
    var turn = 0
    while true {
      let event = turn % 3 == 2 ? Self.mouth(at: time, &random) : Self.blink(at: time, &random)
      guard event.end < seconds - 0.3 else { break }
      events.append(event)
      time = event.end + random.uniform(0.8, 1.5)
      turn += 1
    }
    self.events = events
  }

  /// A blink: shut in a third of the time, about 0.3 s in all, as people blink.
  private static func blink(at time: Double, _ random: inout SplitMix64) -> PuppetEvent {
    let length = random.uniform(0.28, 0.38)
    return PuppetEvent(kind: .blink, start: time, end: time + length, attack: 0.32, hold: 0.22)
  }

  private static func mouth(at time: Double, _ random: inout SplitMix64) -> PuppetEvent {
    let length = random.uniform(0.8, 1.2)
    return PuppetEvent(kind: .mouth, start: time, end: time + length, attack: 0.35, hold: 0.25)
  }

  /// The puppet's pose at `time`.
  package func pose(at time: Double) -> PuppetPose {
    func extent(_ kind: PuppetEvent.Kind) -> Double {
      events.filter { $0.kind == kind }.map { $0.extent(at: time) }.max() ?? 0
    }
    func sway(_ index: Int, period: Double) -> Double {
      sin(swayPhases[index] + 2 * .pi * time / period)
    }
    return PuppetPose(
      eyesShut: Float(extent(.blink)), mouthOpen: Float(extent(.mouth)),
      shiftX: Float(0.02 * sway(0, period: 5.3)), shiftY: Float(0.012 * sway(1, period: 3.7)),
      roll: Float(0.03 * sway(2, period: 6.1)), turn: Float(0.02 * sway(3, period: 4.3)))
  }
}

/// What the puppet shows in one frame.
package struct PuppetPose: Equatable {
  /// How far the eyes are shut and the mouth is open, 0...1.
  package var eyesShut: Float = 0
  package var mouthOpen: Float = 0
  /// Shift of the head as a part of the face's width.
  package var shiftX: Float = 0
  package var shiftY: Float = 0
  /// Turn of the head in the picture, in radians, clockwise on the screen.
  package var roll: Float = 0
  /// How far the middle of the face moves sideways over its edge, as a part of the face's width: a hint of a turn.
  package var turn: Float = 0

  /// At rest.
  package init() {}

  init(
    eyesShut: Float, mouthOpen: Float, shiftX: Float, shiftY: Float, roll: Float, turn: Float
  ) {
    (self.eyesShut, self.mouthOpen, self.shiftX, self.shiftY) = (eyesShut, mouthOpen, shiftX, shiftY)
    (self.roll, self.turn) = (roll, turn)
  }
}

/// A small generator of random numbers that gives the same sequence everywhere (Steele, Lea, Flood 2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in low..<high.
  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) / Double(1 << 53)
  }
}
