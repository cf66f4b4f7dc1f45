import Foundation

/// What a face does at one instant: the input of ``FaceModel``.
public struct FacePosture: Sendable, Equatable {
  /// Turn to the subject's left (the frame's right), in degrees.
  public var yaw = 0.0
  /// Tilt up, in degrees.
  public var pitch = 0.0
  /// Clockwise lean on the screen, in degrees.
  public var roll = 0.0
  /// Openness of the right eye; 1 is this person's open level.
  public var rightEye = 1.0
  /// Openness of the left eye.
  public var leftEye = 1.0
  /// Aspect ratio of the inner lip.
  public var mouth = 0.04
  /// Size against the face's usual one.
  public var scale = 1.0
  /// Shift of the face in interocular distances.
  public var shift = SIMD2<Double>(0, 0)

  /// At rest.
  public init() {}
}

/// A head of 68 points in space that can move and be looked at: landmarks with known truth.
///
/// Units: the interocular distance is 1, x to the frame's right, y down, z away from the camera; the camera stands 10
/// units away. Proportions are those of an average head with a random change for each seed.
public struct FaceModel: Sendable {
  /// The head's 68 points with eyes and mouth closed.
  private let points: [SIMD3<Double>]
  private let eyeAspect: Double
  /// The random change of proportions, so that two persons differ.
  public let seed: UInt64

  /// The head of the person numbered `seed`.
  public init(seed: UInt64) {
    self.seed = seed
    var random = SimulationGenerator(seed: seed &+ 77)
    func change(_ amount: Double) -> Double { Double.random(in: -amount...amount, using: &random) }
    let (noseLength, noseDepth, jawWidth, mouthDrop) = (change(0.12), change(0.08), change(0.12), change(0.1))
    let (browLift, faceLength, eyeWidth) = (change(0.06), change(0.12), change(0.05))
    var points = [SIMD3<Double>](repeating: .zero, count: 68)
    for index in 0..<17 {
      let angle = Double(index) / 16 * .pi
      points[index] = SIMD3(
        -(1.05 + jawWidth) * cos(angle), 0.15 + (1.65 + faceLength) * sin(angle), 0.9 - 0.6 * sin(angle))
    }
    for index in 0..<10 {
      let along = (Double(index % 5) - 2) * 0.17
      let middle = index < 5 ? -0.52 : 0.52
      let arch = 0.06 * (1 - pow(Double(index % 5) - 2, 2) / 4)
      points[17 + index] = SIMD3(middle + along, -0.38 - browLift - arch, 0.02 + 0.15 * abs(middle + along))
    }
    for index in 0..<4 {
      points[27 + index] = SIMD3(
        0, Double(index) * (0.24 + noseLength / 3), -0.12 - Double(index) * 0.11 - noseDepth)
    }
    for index in 0..<5 {
      let side = Double(index - 2)
      points[31 + index] = SIMD3(side * 0.12, 0.92 + noseLength, -0.22 - noseDepth + 0.06 * abs(side))
    }
    for (first, middle) in [(36, -0.5), (42, 0.5)] {
      for (offset, along) in [-1.0, -0.35, 0.35, 1, 0.35, -0.35].enumerated() {
        let x = middle + along * (0.21 + eyeWidth)
        points[first + offset] = SIMD3(x, 0, 0.08 + 0.12 * abs(x))
      }
    }
    for index in 0..<12 {
      let angle = .pi + Double(index) / 6 * .pi
      points[48 + index] = SIMD3(
        0.38 * cos(angle), 1.3 + mouthDrop + 0.14 * sin(angle), 0.02 + 0.1 * abs(cos(angle)))
    }
    for index in 0..<8 {
      let angle = .pi + Double(index) / 4 * .pi
      points[60 + index] = SIMD3(0.28 * cos(angle), 1.3 + mouthDrop, 0.02 + 0.1 * abs(cos(angle)))
    }
    self.points = points
    eyeAspect = 0.28 + change(0.07)
  }

  /// The head's points in `posture`, in space, before the head as a whole moves.
  func shaped(_ posture: FacePosture) -> [SIMD3<Double>] {
    var shaped = points
    for (first, openness) in [(36, posture.rightEye), (42, posture.leftEye)] {
      let width = points[first + 3].x - points[first].x
      let half = width * eyeAspect * openness / 2
      for offset in [1, 2] { shaped[first + offset].y -= half }
      for offset in [4, 5] { shaped[first + offset].y += half }
    }
    let gap = posture.mouth * 0.56
    for index in 0..<8 {
      let angle = .pi + Double(index) / 4 * .pi
      // All three heights of the inner lip are the same, so that their mean is the aspect ratio.
      shaped[60 + index].y += index % 4 == 0 ? gap / 2 : (sin(angle) < 0 ? 0 : gap)
    }
    for index in 54..<60 { shaped[index].y += gap * (index == 54 ? 0.5 : 1) }
    for index in 6..<11 { shaped[index].y += gap * 0.8 }
    return shaped
  }

  /// The points as a camera sees them, in interocular distances about the frame's centre.
  public func seen(_ posture: FacePosture) -> [SIMD2<Double>] {
    Self.project(shaped(posture), posture)
  }

  /// A flat picture of `points`, held as `posture` says.
  public static func flat(_ points: [SIMD2<Double>], _ posture: FacePosture) -> [SIMD2<Double>] {
    project(points.map { SIMD3($0.x, $0.y, 0) }, posture)
  }

  /// Turns `points` with the posture's angles and looks at them from 10 units away.
  static func project(_ points: [SIMD3<Double>], _ posture: FacePosture) -> [SIMD2<Double>] {
    func turn(_ degrees: Double) -> (Double, Double) { (cos(degrees * .pi / 180), sin(degrees * .pi / 180)) }
    let (yaw, pitch, roll) = (turn(posture.yaw), turn(posture.pitch), turn(posture.roll))
    return points.map { point in
      // The neck is the pivot: half a unit below and one behind the eyes.
      var p = point - SIMD3(0, 0.5, 0.8)
      p = SIMD3(yaw.0 * p.x - yaw.1 * p.z, p.y, yaw.1 * p.x + yaw.0 * p.z)
      p = SIMD3(p.x, pitch.0 * p.y + pitch.1 * p.z, -pitch.1 * p.y + pitch.0 * p.z)
      p += SIMD3(0, 0.5, 0.8)
      let flat = SIMD2(roll.0 * p.x - roll.1 * p.y, roll.1 * p.x + roll.0 * p.y)
      return flat * (10 / (10 + p.z)) * posture.scale + posture.shift
    }
  }
}

/// A small, fast, repeatable generator for simulations (SplitMix64, Steele, Lea and Flood 2014). Not cryptographic.
public struct SimulationGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence numbered `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from the normal distribution (Box and Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}
