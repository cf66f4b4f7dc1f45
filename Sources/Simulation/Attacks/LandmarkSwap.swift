package import Imaging
package import Observations
import Quantities

/// The face of one picture put on another's, as the classic FaceSwap does it: a warp of the triangles over the 68
/// points, then a seamless blend (Perez, Gangnet and Blake, Poisson Image Editing, 2003, solved on a coarse grid).
package struct LandmarkSwap: Sendable {
  private let face: RGBImage
  private let points: [PixelPoint]
  private let mesh: Triangulation
  /// Grid cells along the longer side of the face when the difference at the rim is spread inwards.
  private static let cells = 48

  /// The face that is put on others.
  package init(_ face: RGBImage, _ landmarks: Landmarks68) {
    (self.face, points) = (face, landmarks.points)
    mesh = Triangulation(landmarks.points)
  }

  /// `picture` with this face in place of the one with these landmarks.
  package func picture(on picture: RGBImage, _ landmarks: Landmarks68) -> RGBImage {
    var warped = picture
    let filled = FaceWarp.fill(&warped, from: face, points, to: landmarks.points, mesh)
    guard let box = PixelRect(around: landmarks.points) else { return picture }
    let columns = max(Int(box.x), 0)..<max(min(Int(box.maxX) + 1, picture.size.width), max(Int(box.x), 0))
    let rows = max(Int(box.y), 0)..<max(min(Int(box.maxY) + 1, picture.size.height), max(Int(box.y), 0))
    guard columns.count > 4, rows.count > 4 else { return picture }
    let grid = Membrane(columns, rows, Self.cells)
    let tone = Self.transfer(warped, picture, filled, columns, rows)
    func toned(_ x: Int, _ y: Int) -> SIMD3<Float> { tone(warped.pixel(x, y)) }
    let width = picture.size.width
    let spread = grid.solved { x, y in
      filled[y * width + x] ? nil : .zero
    } rim: { x, y in
      picture.pixel(x, y) - toned(x, y)
    }
    var result = picture
    for y in rows {
      for x in columns where filled[y * width + x] {
        result.set(x, y, toned(x, y) + spread(Float(x) + 0.5, Float(y) + 0.5))
      }
    }
    return result
  }

  /// Brings the mean and spread of each colour of the warped face to those of the face that it covers.
  private static func transfer(
    _ from: RGBImage, _ to: RGBImage, _ filled: [Bool], _ columns: Range<Int>, _ rows: Range<Int>
  ) -> (SIMD3<Float>) -> SIMD3<Float> {
    var (n, a, aa, b, bb) = (
      Float(0), SIMD3<Float>.zero, SIMD3<Float>.zero, SIMD3<Float>.zero, SIMD3<Float>.zero
    )
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
      for x in stride(from: columns.lowerBound, to: columns.upperBound, by: 2)
      where filled[y * to.size.width + x] {
        let (p, q) = (from.pixel(x, y) / 255, to.pixel(x, y) / 255)
        n += 1
        a += p
        aa += p * p
        b += q
        bb += q * q
      }
    }
    guard n > 16 else { return { $0 } }
    let (ma, mb) = (a / n, b / n)
    let sa = (aa / n - ma * ma).clamped(lowerBound: .init(repeating: 1e-5), upperBound: .one).squareRoot()
    let sb = (bb / n - mb * mb).clamped(lowerBound: .init(repeating: 1e-5), upperBound: .one).squareRoot()
    let gain = (sb / sa).clamped(lowerBound: .init(repeating: 0.5), upperBound: .init(repeating: 2))
    return { ($0 - ma * 255) * gain + mb * 255 }
  }
}

/// A smooth surface over a grid that takes given values at the rim of a region: the solution of Laplace's equation.
private struct Membrane {
  private let columns, rows: Range<Int>
  private let step: Float
  private let across, down: Int

  init(_ columns: Range<Int>, _ rows: Range<Int>, _ cells: Int) {
    (self.columns, self.rows) = (columns, rows)
    step = max(Float(max(columns.count, rows.count)) / Float(cells), 1)
    across = Int(Float(columns.count) / step) + 2
    down = Int(Float(rows.count) / step) + 2
  }

  private func pixel(_ i: Int, _ j: Int) -> (Int, Int) {
    (
      min(columns.lowerBound + Int(Float(i) * step), columns.upperBound - 1),
      min(rows.lowerBound + Int(Float(j) * step), rows.upperBound - 1)
    )
  }

  /// Cells for which `fixed` gives a value keep it outside; the region's outermost cells take `rim`; the rest relaxes.
  func solved(
    fixed: (Int, Int) -> SIMD3<Float>?, rim: (Int, Int) -> SIMD3<Float>
  ) -> (Float, Float) -> SIMD3<Float> {
    var values = [SIMD3<Float>](repeating: .zero, count: across * down)
    var inside = [Bool](repeating: false, count: across * down)
    for j in 0..<down {
      for i in 0..<across {
        let (x, y) = pixel(i, j)
        inside[j * across + i] = fixed(x, y) == nil
      }
    }
    var free = inside
    for j in 0..<down {
      for i in 0..<across where inside[j * across + i] {
        let isRim =
          i == 0 || j == 0 || i == across - 1 || j == down - 1 || !inside[j * across + i - 1]
          || !inside[j * across + i + 1] || !inside[(j - 1) * across + i] || !inside[(j + 1) * across + i]
        guard isRim else { continue }
        let (x, y) = pixel(i, j)
        (values[j * across + i], free[j * across + i]) = (rim(x, y), false)
      }
    }
    relax(&values, free)
    // Cells outside take the mean of the rim beside them, so that the last pixels inside are not pulled to zero.
    for j in 1..<max(down - 1, 1) {
      for i in 1..<max(across - 1, 1) where !inside[j * across + i] {
        let beside = [(-1, 0), (1, 0), (0, -1), (0, 1)].map { (j + $0.1) * across + i + $0.0 }.filter {
          inside[$0]
        }
        guard !beside.isEmpty else { continue }
        values[j * across + i] = beside.reduce(SIMD3<Float>.zero) { $0 + values[$1] } / Float(beside.count)
      }
    }
    let done = values
    return { sample(done, $0, $1) }
  }

  /// The surface at a pixel's place, bilinear between the cells.
  private func sample(_ values: [SIMD3<Float>], _ x: Float, _ y: Float) -> SIMD3<Float> {
    let u = min(max((x - Float(columns.lowerBound)) / step, 0), Float(across - 1))
    let v = min(max((y - Float(rows.lowerBound)) / step, 0), Float(down - 1))
    let (i, j) = (min(Int(u), across - 2), min(Int(v), down - 2))
    let at = j * across + i
    let upper = values[at] + (values[at + 1] - values[at]) * (u - Float(i))
    let lower = values[at + across] + (values[at + across + 1] - values[at + across]) * (u - Float(i))
    return upper + (lower - upper) * (v - Float(j))
  }

  /// Successive over-relaxation; 150 rounds leave less than a grey level at this size.
  private func relax(_ values: inout [SIMD3<Float>], _ free: [Bool]) {
    for _ in 0..<150 {
      for j in 1..<max(down - 1, 1) {
        for i in 1..<max(across - 1, 1) where free[j * across + i] {
          let at = j * across + i
          let mean = (values[at - 1] + values[at + 1] + values[at - across] + values[at + across]) / 4
          values[at] += (mean - values[at]) * 1.8
        }
      }
    }
  }
}
