/// The rotation that best turns one set of points into another (Horn, Closed-form solution of absolute orientation
/// using unit quaternions, 1987), scale and translation left free.
package enum RotationFit {
  /// Rows of the rotation matrix R that minimizes the weighted sum of |s R source + t - target|^2 over s > 0 and t.
  ///
  /// Nil when the sets differ in size, hold fewer than three points, or the points do not determine a rotation.
  /// Cost: linear in the count, and about 2 µs for the eigenvector.
  package static func rotation(
    from source: [SIMD3<Float>], to target: [SIMD3<Float>], weights: [Float]
  ) -> [SIMD3<Float>]? {
    guard source.count == target.count, source.count == weights.count, source.count >= 3 else { return nil }
    let total = weights.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    var (ms, mt) = (SIMD3<Float>.zero, SIMD3<Float>.zero)
    for index in source.indices {
      ms += weights[index] / total * source[index]
      mt += weights[index] / total * target[index]
    }
    var m = [SIMD3<Double>](repeating: .zero, count: 3)
    for index in source.indices {
      let s = SIMD3<Double>(source[index] - ms) * Double(weights[index])
      let t = SIMD3<Double>(target[index] - mt)
      for row in 0..<3 { m[row] += s[row] * t }
    }
    guard let q = largestEigenvector(horn(m)) else { return nil }
    return matrix(q)
  }

  private static func horn(_ m: [SIMD3<Double>]) -> [SIMD4<Double>] {
    let (xx, xy, xz) = (m[0].x, m[0].y, m[0].z)
    let (yx, yy, yz) = (m[1].x, m[1].y, m[1].z)
    let (zx, zy, zz) = (m[2].x, m[2].y, m[2].z)
    return [
      SIMD4(xx + yy + zz, yz - zy, zx - xz, xy - yx),
      SIMD4(yz - zy, xx - yy - zz, xy + yx, zx + xz),
      SIMD4(zx - xz, xy + yx, yy - xx - zz, yz + zy),
      SIMD4(xy - yx, zx + xz, yz + zy, zz - xx - yy),
    ]
  }

  /// Cyclic Jacobi rotations on a symmetric 4 x 4 matrix.
  private static func largestEigenvector(_ symmetric: [SIMD4<Double>]) -> SIMD4<Double>? {
    var a = symmetric
    var v: [SIMD4<Double>] = (0..<4).map { i in
      SIMD4(i == 0 ? 1 : 0, i == 1 ? 1 : 0, i == 2 ? 1 : 0, i == 3 ? 1 : 0)
    }
    let size = a.reduce(0) { $0 + ($1 * $1).sum() }
    guard size > 0, size.isFinite else { return nil }
    for _ in 0..<30 {
      var off = 0.0
      for p in 0..<3 { for q in p + 1..<4 { off += a[p][q] * a[p][q] } }
      if off <= 1e-26 * size { break }
      for p in 0..<3 { for q in p + 1..<4 where a[p][q] != 0 { rotate(&a, &v, p, q) } }
    }
    let order = (0..<4).sorted { a[$0][$0] > a[$1][$1] }
    // Two equal eigenvalues: every rotation about some axis fits equally well.
    guard a[order[0]][order[0]] - a[order[1]][order[1]] > 1e-9 * size.squareRoot() else { return nil }
    let best = order[0]
    return SIMD4(v[0][best], v[1][best], v[2][best], v[3][best])
  }

  private static func rotate(_ a: inout [SIMD4<Double>], _ v: inout [SIMD4<Double>], _ p: Int, _ q: Int) {
    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<4 {
      let (kp, kq) = (a[k][p], a[k][q])
      (a[k][p], a[k][q]) = (c * kp - s * kq, s * kp + c * kq)
    }
    for k in 0..<4 {
      let (pk, qk) = (a[p][k], a[q][k])
      (a[p][k], a[q][k]) = (c * pk - s * qk, s * pk + c * qk)
      let (vp, vq) = (v[k][p], v[k][q])
      (v[k][p], v[k][q]) = (c * vp - s * vq, s * vp + c * vq)
    }
  }

  private static func matrix(_ q: SIMD4<Double>) -> [SIMD3<Float>] {
    let (w, x, y, z) = (q[0], q[1], q[2], q[3])
    return [
      SIMD3(Float(1 - 2 * (y * y + z * z)), Float(2 * (x * y - w * z)), Float(2 * (x * z + w * y))),
      SIMD3(Float(2 * (x * y + w * z)), Float(1 - 2 * (x * x + z * z)), Float(2 * (y * z - w * x))),
      SIMD3(Float(2 * (x * z - w * y)), Float(2 * (y * z + w * x)), Float(1 - 2 * (x * x + y * y))),
    ]
  }
}
