import Foundation
public import Observations
public import Quantities

/// The squares of the frame that the mesh network looks at.
///
/// The network was trained on faces that fill two thirds of the square with the eyes level, see MediaPipe's
/// `face_landmarks_detector` graph.
extension RotatedSquare {
  /// Side of the square as a multiple of the face's longer side.
  private static let margin: Float = 1.5

  /// The square around a detector's face: 1.5 x the longer side of the box, turned so that the eye keypoints are
  /// level.
  ///
  /// Nil when the detection lacks eye keypoints or has no size.
  public init?(around detection: Detection) {
    guard detection.keypoints.count >= 2 else { return nil }
    let eyes = detection.keypoints[1].vector - detection.keypoints[0].vector
    let side = Self.margin * max(detection.box.width, detection.box.height)
    self.init(checkedCenter: detection.box.center, side: side, rotation: atan2(eyes.y, eyes.x))
  }

  /// The square around a face whose landmarks are known, for the next frame: 1.5 x the longer side of the box
  /// around the mesh, measured in the head's own axes, turned so that the outer eye corners are level.
  ///
  /// Works from the 68 landmarks when there is no mesh. Nil when a point is not finite or all coincide.
  public init?(around face: Face) {
    let eyes = face.landmarks.points[45].vector - face.landmarks.points[36].vector
    let rotation = atan2(eyes.y, eyes.x)
    let (cosine, sine) = (cos(rotation), sin(rotation))
    var low = SIMD2<Float>(repeating: .infinity)
    var high = SIMD2<Float>(repeating: -.infinity)
    func include(_ x: Float, _ y: Float) {
      let level = SIMD2(cosine * x + sine * y, cosine * y - sine * x)
      low = pointwiseMin(low, level)
      high = pointwiseMax(high, level)
    }
    if face.mesh.isEmpty {
      for point in face.landmarks.points { include(point.x, point.y) }
      // The 68 points end at the brows; the mesh goes on to the hair line, a fifth of their height above.
      low.y -= 0.2 * (high.y - low.y)
    } else {
      for point in face.mesh { include(point.x, point.y) }
    }
    let middle = (low + high) / 2
    let center = PixelPoint(cosine * middle.x - sine * middle.y, sine * middle.x + cosine * middle.y)
    self.init(checkedCenter: center, side: Self.margin * (high - low).max(), rotation: rotation)
  }

  private init?(checkedCenter center: PixelPoint, side: Float, rotation: Float) {
    guard side > 0, side.isFinite, center.x.isFinite, center.y.isFinite, rotation.isFinite else { return nil }
    self.init(center: center, side: side, rotation: rotation)
  }
}
