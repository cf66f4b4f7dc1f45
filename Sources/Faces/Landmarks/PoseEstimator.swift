import Foundation
package import Observations
package import Quantities

/// Head pose from the mesh: the rotation that turns the canonical head into the one seen.
package struct PoseEstimator: Sendable {
  private let canonical: [SIMD3<Float>]
  private let indices: [Int]
  private let weights: [Float]

  /// An estimator that fits to the canonical head's basis points.
  package init(_ head: CanonicalHead) {
    indices = head.basis.map(\.index)
    weights = head.basis.map(\.weight)
    canonical = indices.map { head.points[$0] }
  }

  /// The pose of a mesh in frame pixels; nil when the mesh is too short or flat to a line.
  ///
  /// The rotation is taken as: first the nod, then the turn, then the lean in the picture's plane. So turning the
  /// picture changes the roll alone, and yaw and pitch are those of the head set upright.
  package func pose(_ mesh: [MeshPoint]) -> HeadPose? {
    guard let last = indices.max(), last < mesh.count else { return nil }
    // From frame axes (y down, z away) to the canonical head's (y up, z towards the camera).
    let seen = indices.map { SIMD3(mesh[$0].x, -mesh[$0].y, -mesh[$0].z) }
    guard let r = RotationFit.rotation(from: canonical, to: seen, weights: weights) else { return nil }
    // R = Rz(-roll) Ry(yaw) Rx(-pitch), with y up: roll is clockwise on the screen, pitch is up.
    let yaw = asin(min(max(-r[2].x, -1), 1))
    let pitch = -atan2(r[2].y, r[2].z)
    let roll = -atan2(r[1].x, r[0].x)
    return HeadPose(yaw: Radians(yaw), pitch: Radians(pitch), roll: Radians(roll))
  }
}
