import Faces
import Foundation
import Observations
import Quantities

/// A head made of an ellipsoid: a mesh whose points lie where the topology says they should, roughly.
enum SyntheticHead {
  /// Where some mesh points lie on a face of width 2 about the origin: x right, y down, z away.
  private static let known: [Int: SIMD3<Float>] = [
    33: [-0.62, -0.3, -0.5], 263: [0.62, -0.3, -0.5], 133: [-0.22, -0.28, -0.6], 362: [0.22, -0.28, -0.6],
    4: [0, 0.1, -1.1], 61: [-0.35, 0.55, -0.7], 291: [0.35, 0.55, -0.7], 152: [0, 1.2, -0.5],
    10: [0, -1.15, -0.4], 234: [-1, -0.05, 0.3], 454: [1, -0.05, 0.3], 70: [-0.75, -0.6, -0.5],
    300: [0.75, -0.6, -0.5],
  ]

  /// 478 points in the picture's axes, 100 pixels for half a face's width.
  static func mesh(moved: SimilarityTransform? = nil) -> [MeshPoint] {
    (0..<478).map { index in
      let angle = Float(index) * 2.399963
      let height = 1 - 2 * Float(index) / 477
      let ring = (1 - height * height).squareRoot()
      let place = known[index] ?? SIMD3(0.9 * ring * cos(angle), 1.1 * height, -0.5 * abs(ring * sin(angle)))
      let point = PixelPoint(200 + 100 * place.x, 200 + 100 * place.y)
      let seen = moved.map { $0(point) } ?? point
      return MeshPoint(seen.x, seen.y, 100 * place.z * (moved?.scale ?? 1))
    }
  }

  static func face(moved: SimilarityTransform? = nil) -> Face {
    let mesh = mesh(moved: moved)
    guard let landmarks = LandmarkMap.nearestPoints(mesh), let box = PixelRect(around: mesh.map(\.pixel))
    else {
      fatalError("a mesh of 478 points has 68 landmarks and a box")
    }
    return Face(
      box: box, presence: Confidence(1), landmarks: landmarks, mesh: mesh,
      quality: FaceQuality(interocularPixels: 80, sharpness: 100, exposure: 0.5))
  }
}
