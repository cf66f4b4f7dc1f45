public import Observations
public import Quantities

/// The linear map from the 478-point mesh to the 68 iBUG landmarks.
///
/// Each landmark is a weighted mean of a few mesh points (weights sum to 1, the same for x and y), so that moving,
/// turning or scaling the face moves its landmarks alike.
public struct LandmarkMap: Sendable {
  /// One landmark's mesh points and their weights.
  package struct Row: Sendable {
    package let indices: [Int]
    package let weights: [Float]

    package init(indices: [Int], weights: [Float]) { (self.indices, self.weights) = (indices, weights) }
  }

  package let rows: [Row]

  /// A map of 68 rows; nil when a row is empty, refers to a point outside the mesh, or its weights do not sum to 1.
  package init?(rows: [Row]) {
    let sound = rows.allSatisfy { row in
      !row.indices.isEmpty && row.indices.count == row.weights.count
        && row.indices.allSatisfy { (0..<MeshTopology.pointCount).contains($0) }
        && abs(row.weights.reduce(0, +) - 1) < 1e-3
    }
    guard rows.count == 68, sound else { return nil }
    self.rows = rows
  }

  private init(nearest: [Int]) { rows = nearest.map { Row(indices: [$0], weights: [1]) } }

  /// The mesh point nearest in meaning to each landmark, nothing fitted.
  public static let nearestPoints = LandmarkMap(nearest: MeshTopology.nearest68)

  /// The 68 landmarks of `mesh`, in its frame of reference; nil unless it has 478 points. Cost: about 2 µs.
  public func callAsFunction(_ mesh: [MeshPoint]) -> Landmarks68? {
    guard mesh.count == MeshTopology.pointCount else { return nil }
    return Landmarks68(
      rows.map { row in
        var sum = SIMD2<Float>.zero
        for (index, weight) in zip(row.indices, row.weights) {
          sum += weight * SIMD2(mesh[index].x, mesh[index].y)
        }
        return PixelPoint(sum)
      })
  }
}
