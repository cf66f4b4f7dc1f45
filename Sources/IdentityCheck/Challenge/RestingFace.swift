import Foundation
import Observations
import Quantities

/// A face's numbers in one frame, as gestures need them.
struct FaceNumbers: Equatable {
  let yaw: Float
  let pitch: Float
  /// Lean of the line through the outer eye corners, in degrees; positive clockwise on the screen.
  let roll: Float
  let mouth: Float
  let interocular: Float

  /// Nil when pose or mouth cannot be measured.
  init?(_ face: CheckFace) {
    guard let pose = face.face.pose, let mouth = face.liveness.mouthAspect.value else { return nil }
    (yaw, pitch) = (pose.yaw.degrees, pose.pitch.degrees)
    let across = face.face.landmarks.points[45].vector - face.face.landmarks.points[36].vector
    roll = atan2(across.y, across.x) * 180 / .pi
    (self.mouth, interocular) = (mouth, face.face.quality.interocularPixels)
  }

  init(parts: [Float]) {
    (yaw, pitch, roll, mouth, interocular) = (parts[0], parts[1], parts[2], parts[3], parts[4])
  }

  var parts: [Float] { [yaw, pitch, roll, mouth, interocular] }
}

/// The face at rest, learnt before the first gesture: means over the settling time.
struct RestingFace {
  /// Landmarks that expressions hardly move: nose, eye corners.
  static let rigid = [27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45]

  private var sums: [Float] = [0, 0, 0, 0, 0]
  private var shape = [SIMD2<Float>](repeating: .zero, count: Self.rigid.count)
  private var reference: [PixelPoint]?
  private(set) var count = 0

  /// The mean numbers so far.
  var numbers: FaceNumbers {
    let n = Float(max(count, 1))
    return FaceNumbers(parts: sums.map { $0 / n })
  }

  mutating func add(_ numbers: FaceNumbers, _ landmarks: Landmarks68) {
    let parts = numbers.parts
    guard let points = aligned(landmarks) else { return }
    for index in sums.indices { sums[index] += parts[index] }
    for index in shape.indices { shape[index] += points[index].vector }
    count += 1
  }

  /// The rigid landmarks brought onto the reference (interocular distance 1) by a similarity transform.
  private mutating func aligned(_ landmarks: Landmarks68) -> [PixelPoint]? {
    let points = Self.rigid.map { landmarks.points[$0] }
    let scale = landmarks.interocularDistance
    guard scale > 1 else { return nil }
    let target = reference ?? points.map { PixelPoint($0.vector / scale) }
    guard let fit = SimilarityTransform.fit(points, onto: target) else { return nil }
    reference = target
    return points.map { fit($0) }
  }

  /// Root mean square distance of the mean shape of `other` to this one's, in interocular distances.
  func change(to other: RestingFace) -> Float? {
    guard count > 0, other.count > 0 else { return nil }
    let own = shape.map { PixelPoint($0 / Float(count)) }
    let others = other.shape.map { PixelPoint($0 / Float(other.count)) }
    guard let fit = SimilarityTransform.fit(others, onto: own) else { return nil }
    let sum = zip(own, others).reduce(Float(0)) { sum, pair in
      let distance = pair.0.distance(to: fit(pair.1))
      return sum + distance * distance
    }
    return (sum / Float(own.count)).squareRoot()
  }
}
