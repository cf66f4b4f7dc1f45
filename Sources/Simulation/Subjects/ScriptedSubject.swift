import Foundation
public import Observations
import Quantities

/// A movement that a scripted subject makes.
public enum ScriptedMotion: Sendable, CaseIterable {
  /// One blink.
  case blink
  /// Mouth open and closed.
  case mouth
  /// Head to the own left and back.
  case turnLeft
  /// Head to the own right and back.
  case turnRight
  /// Chin down and up.
  case nod
  /// Chin up and down.
  case lookUp
  /// Head to the own left shoulder and back.
  case tiltLeft
  /// Head to the own right shoulder and back.
  case tiltRight
  /// Nearer and back.
  case closer
  /// To the own left with the mouth open, and back.
  case turnLeftMouth
  /// To the own right with the mouth open, and back.
  case turnRightMouth
  /// Leaning to the own left with the mouth open, and back.
  case tiltLeftMouth
  /// Leaning to the own right with the mouth open, and back.
  case tiltRightMouth
}

/// What stands in front of the camera.
public enum SubjectKind: Sendable, CaseIterable {
  /// A live person.
  case person
  /// A picture that does not move.
  case still
  /// A flat picture moved by hand.
  case photoInHand
}

/// A person or a picture whose every movement is known: gives the face seen at each instant.
///
/// Movements are put on a timeline with ``perform(_:at:)``; blinks of its own come at random, as people blink. The
/// landmarks carry noise of `noise` interocular distances a coordinate. Repeatable from its seed.
public struct ScriptedSubject: Sendable {
  /// What it is.
  public let kind: SubjectKind
  /// The head.
  public var model: FaceModel
  /// Standard deviation of landmark noise, in interocular distances.
  public var noise = 0.004
  /// Distance between the eyes at rest, in pixels.
  public var interocularPixels = 90.0
  /// Mean luma of the face in 0...1.
  public var exposure: Float = 0.5
  /// Own blinks a second.
  public var blinkRate = 0.3
  /// True intervals of all blinks so far, in seconds.
  public private(set) var blinks: [ClosedRange<Double>] = []
  private var motions: [(motion: ScriptedMotion, start: Double, length: Double, size: Double)] = []
  private var random: SimulationGenerator
  private var nextBlink: Double
  private let sway: [Double]
  private let pace: Double

  /// The subject numbered `seed`.
  public init(_ kind: SubjectKind, seed: UInt64) {
    self.kind = kind
    model = FaceModel(seed: seed)
    random = SimulationGenerator(seed: seed &* 31 &+ 5)
    sway = (0..<6).map { [random] index in
      var random = random
      for _ in 0...index { _ = random.next() }
      return Double.random(in: 0...(2 * .pi), using: &random)
    }
    pace = Double.random(in: 0.75...1.35, using: &random)
    nextBlink = Double.random(in: 0.5...5, using: &random)
  }

  /// Makes a movement at `start` seconds; gives the time at which it is over.
  @discardableResult
  public mutating func perform(_ motion: ScriptedMotion, at start: Double) -> Double {
    let length: Double
    switch motion {
    case .blink: length = Double.random(in: 0.16...0.34, using: &random)
    case .mouth: length = 0.7 * pace
    case .turnLeft, .turnRight: length = 1.0 * pace
    case .tiltLeft, .tiltRight: length = 0.9 * pace
    case .turnLeftMouth, .turnRightMouth, .tiltLeftMouth, .tiltRightMouth: length = 1.1 * pace
    case .nod, .lookUp: length = 0.75 * pace
    case .closer: length = 1.3 * pace
    }
    motions.append((motion, start, length, Double.random(in: 0.85...1.3, using: &random)))
    if motion == .blink { blinks.append(start...(start + length)) }
    return start + length
  }

  /// How the face stands at `time`. Call with rising times.
  public mutating func posture(at time: Double) -> FacePosture {
    if kind == .person, blinkRate > 0, time >= nextBlink {
      perform(.blink, at: time)
      nextBlink = time + 0.7 - log(Double.random(in: 1e-6..<1, using: &random)) / blinkRate
    }
    var posture = FacePosture()
    guard kind == .person else { return posture }
    swaying(&posture, time, strength: 1)
    motions.removeAll { time > $0.start + $0.length + 1 }
    for motion in motions where time >= motion.start && time <= motion.start + motion.length {
      let phase = (time - motion.start) / motion.length
      // Up in the first part, a short stay, and back: a raised cosine with a flat top.
      let ramp = min(1, min(phase, 1 - phase) / 0.38)
      move(&posture, motion.motion, by: (0.5 - 0.5 * cos(.pi * ramp)) * motion.size)
    }
    return posture
  }

  /// The face at `time` in a frame of 1280x720; nil noise draws none. Call with rising times.
  public mutating func face(at time: Double) -> Face {
    let posture = posture(at: time)
    var points = model.seen(posture)
    var shown = posture
    if kind == .photoInHand {
      // A flat sheet, tilted and moved by the hand: the picture's points lie in one plane.
      swaying(&shown, time, strength: 8)
      points = FaceModel.project(points.map { SIMD3($0.x, $0.y, 0) }, shown)
    }
    return face(points, shown)
  }

  /// The face with `points` (interocular distances about the frame's centre) and the pose of `posture`.
  public mutating func face(_ points: [SIMD2<Double>], _ posture: FacePosture) -> Face {
    let pixels = points.map { point in
      let x = (point.x + random.normal() * noise) * interocularPixels + 640
      let y = (point.y + random.normal() * noise) * interocularPixels + 330
      return PixelPoint(Float(x), Float(y))
    }
    guard let landmarks = Landmarks68(pixels), let box = PixelRect(around: pixels) else {
      preconditionFailure("a head has 68 points")
    }
    var scores = [Float](repeating: 0.02, count: 52)
    func closure(_ openness: Double) -> Float { Float(min(max(1.02 - openness, 0.02), 0.95)) }
    (scores[9], scores[10]) = (closure(posture.leftEye), closure(posture.rightEye))
    scores[25] = Float(min(posture.mouth, 1))
    func angle(_ degrees: Double) -> Radians { Radians(degrees: Float(degrees)) }
    let wobble = noise * 80
    return Face(
      box: box, presence: Confidence(0.99), landmarks: landmarks, expressions: ExpressionScores(scores),
      pose: HeadPose(
        yaw: angle(posture.yaw + random.normal() * wobble),
        pitch: angle(posture.pitch + random.normal() * wobble),
        roll: angle(posture.roll)),
      quality: FaceQuality(
        interocularPixels: Float(interocularPixels * posture.scale), sharpness: 120, exposure: exposure))
  }

  private func swaying(_ posture: inout FacePosture, _ time: Double, strength: Double) {
    func wave(_ index: Int, _ period: Double) -> Double {
      strength * sin(2 * .pi * time / period + sway[index])
    }
    posture.yaw += 1.2 * wave(0, 4.1)
    posture.pitch += 0.8 * wave(1, 3.3)
    posture.roll += 0.6 * wave(2, 5.2)
    posture.scale *= 1 + 0.006 * wave(3, 6.1)
    posture.shift += SIMD2(0.03 * wave(4, 3.7), 0.02 * wave(5, 4.7))
  }

  private func move(_ posture: inout FacePosture, _ motion: ScriptedMotion, by amount: Double) {
    switch motion {
    case .blink:
      let openness = max(0.08, 1 - amount * 1.15)
      posture.rightEye = min(posture.rightEye, openness)
      posture.leftEye = min(posture.leftEye, openness)
    case .mouth: posture.mouth += 0.5 * amount
    case .turnLeft: posture.yaw += 28 * amount
    case .turnRight: posture.yaw -= 28 * amount
    case .nod: posture.pitch -= 16 * amount
    case .lookUp: posture.pitch += 18 * amount
    case .tiltLeft: posture.roll += 24 * amount
    case .tiltRight: posture.roll -= 24 * amount
    case .turnLeftMouth: both(&posture, .turnLeft, amount)
    case .turnRightMouth: both(&posture, .turnRight, amount)
    case .tiltLeftMouth: both(&posture, .tiltLeft, amount)
    case .tiltRightMouth: both(&posture, .tiltRight, amount)
    case .closer: posture.scale *= 1 + 0.42 * amount
    }
  }

  private func both(_ posture: inout FacePosture, _ motion: ScriptedMotion, _ amount: Double) {
    move(&posture, motion, by: amount)
    move(&posture, .mouth, by: amount)
  }
}
