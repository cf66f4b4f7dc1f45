import Foundation
public import Imaging
public import Observations
import Quantities

/// An attack made of a recording. The raw value is the word on the command line.
public enum AttackKind: String, Sendable, CaseIterable {
  /// A print of one of its pictures, held in the hand.
  case print
  /// It is played on a screen held in the hand.
  case screen
  /// A few seconds of it, again and again; each time a little differently noisy, as if encoded anew.
  case loop
  /// One picture of another recording, moved by this one's landmarks.
  case puppet
  /// The face of another recording put on this one's.
  case swap
  /// The same, from the middle on.
  case midSwap = "mid_swap"

  /// Whether another recording's face is needed.
  public var needsOther: Bool { self == .puppet || self == .swap || self == .midSwap }
}

/// A picture with the face in it.
public struct AttackScene: Sendable {
  /// The picture.
  public let picture: RGBImage
  /// The face's landmarks in its pixels; nil when none was found.
  public let landmarks: Landmarks68?

  /// A picture, and the face in it if there is one.
  public init(_ picture: RGBImage, _ landmarks: Landmarks68?) {
    (self.picture, self.landmarks) = (picture, landmarks)
  }
}

/// Makes the pictures of an attack out of a recording's, one after the other. Repeatable from its seed. For tests of
/// this project: whoever writes them into a file marks them visibly.
public struct AttackMaker: Sendable {
  /// What is made.
  public let kind: AttackKind
  /// Seconds of a loop.
  public var loopSeconds = 3.0
  /// When a swap in the middle begins, in seconds.
  public var swapAt = 4.0
  private let sway: [Double]
  private let seed: UInt64
  private var print: PrintedPhoto?
  private var portrait: AnimatedPortrait?
  private var swap: LandmarkSwap?
  private var kept: [RGBImage] = []
  private let screen = ScreenReplay()

  /// A maker; `other` is a picture of the other recording's face. Nil when it is needed and has no face.
  public init?(_ kind: AttackKind, seed: UInt64, other: AttackScene? = nil) {
    (self.kind, self.seed) = (kind, seed)
    var random = SimulationGenerator(seed: seed &+ 3)
    sway = (0..<6).map { _ in Double.random(in: 0...(2 * .pi), using: &random) }
    guard kind.needsOther else { return }
    guard let other, let landmarks = other.landmarks else { return nil }
    if kind == .puppet { portrait = AnimatedPortrait(other.picture, landmarks) }
    if kind != .puppet { swap = LandmarkSwap(other.picture, landmarks) }
  }

  /// Whether the attack goes on after the recording's end.
  public var outlivesSource: Bool { kind == .print || kind == .loop }

  /// The attack's picture at `time`, made of the recording's `scene`; nil while no face was seen that could be used,
  /// and after the end of a recording (nil scene) that the attack cannot do without.
  public mutating func picture(_ scene: AttackScene?, at time: Double) -> RGBImage? {
    switch kind {
    case .print:
      if print == nil, let scene, scene.landmarks != nil { print = PrintedPhoto(scene.picture) }
      return print?.picture(hand(at: time, strength: 1))
    case .screen: return scene.map { screen.picture($0.picture, hand(at: time, strength: 0.5), at: time) }
    case .loop: return looped(scene, at: time)
    case .puppet: return scene?.landmarks.flatMap { portrait?.picture(drivenBy: $0) }
    case .swap: return scene.map { swapped($0) }
    case .midSwap: return scene.map { time < swapAt ? $0.picture : swapped($0) }
    }
  }

  private func swapped(_ scene: AttackScene) -> RGBImage {
    guard let landmarks = scene.landmarks, let swap else { return scene.picture }
    return swap.picture(on: scene.picture, landmarks)
  }

  private mutating func looped(_ scene: AttackScene?, at time: Double) -> RGBImage? {
    if time < loopSeconds, let scene {
      kept.append(scene.picture)
      return scene.picture
    }
    guard !kept.isEmpty else { return nil }
    let rate = Double(kept.count) / loopSeconds
    let index = Int((time * rate).rounded())
    return noisy(kept[index % kept.count], seed: seed &+ UInt64(index))
  }

  /// Another generation of the same picture: noise of two grey levels.
  private func noisy(_ picture: RGBImage, seed: UInt64) -> RGBImage {
    var random = SimulationGenerator(seed: seed)
    var result = picture
    result.bytes.withUnsafeMutableBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: 16) {
        var bits = random.next()
        for at in start..<min(start + 16, bytes.count) {
          bytes[at] = UInt8(min(max(Int(bytes[at]) + Int(bits & 7) - 3, 0), 255))
          bits >>= 4
        }
      }
    }
    return result
  }

  /// How a hand holds a thing: never still.
  private func hand(at time: Double, strength: Double) -> FacePosture {
    func wave(_ index: Int, _ period: Double, _ size: Double) -> Double {
      strength * size
        * (sin(2 * .pi * time / period + sway[index]) + 0.15 * sin(2 * .pi * time / 0.31 + sway[index]))
    }
    var posture = FacePosture()
    posture.yaw = wave(0, 3.1, 12)
    posture.pitch = wave(1, 2.6, 8)
    posture.roll = wave(2, 4.2, 5)
    posture.scale = 1.05 + wave(3, 4.9, 0.06)
    posture.shift = SIMD2(wave(4, 2.9, 0.25), wave(5, 3.7, 0.18))
    return posture
  }
}
