public import Observations
package import Quantities

extension ScoreGrid {
  /// The grid as a map over `face`, from whose crop by `cutter` it was made in frame `frame`; nil when the face gives
  /// no crop.
  public func attention(
    of face: Face, by cutter: CropCutter, model: ModelIdentity, method: AttentionMap.Method, frame: UInt64
  ) -> AttentionMap? {
    guard let placement = cutter.placement(of: face), face.box.width > 0, face.box.height > 0 else {
      return nil
    }
    let size = cutter.size
    let (wide, high) = (Float(size.width) / Float(columns), Float(size.height) / Float(rows))
    let toCrop = AffineTransform2D(a: wide, b: 0, tx: 0, c: 0, d: high, ty: 0)
    let toFrame = toCrop.then(placement.affine)
    let box = face.box
    let toBox = AffineTransform2D(
      a: 1 / box.width, b: 0, tx: -box.x / box.width, c: 0, d: 1 / box.height, ty: -box.y / box.height)
    let peak = values.indices.max { values[$0] < values[$1] }
    let strongest = peak.flatMap { index -> AttentionMap.Region? in
      guard values[index] > 0 else { return nil }
      let field = PixelPoint(Float(index % columns) + 0.5, Float(index / columns) + 0.5)
      return FaceRegions.region(at: toFrame(field), of: face)
    }
    return AttentionMap(
      model: model, method: method, columns: columns, rows: rows, values: values,
      toBox: toFrame.then(toBox), strongest: strongest, frame: frame)
  }
}

/// Names the part of a face that a point lies in.
package enum FaceRegions {
  private static let parts: [(AttentionMap.Region, [Range<Int>])] = [
    (.brows, [17..<27]), (.eyes, [36..<48]), (.nose, [27..<36]), (.mouth, [48..<68]), (.contour, [0..<17]),
  ]

  /// The part whose landmark is nearest; `surroundings` farther than half the distance of the outer eye corners from
  /// every landmark.
  package static func region(at point: PixelPoint, of face: Face) -> AttentionMap.Region {
    let points = face.landmarks.points
    let near = parts.map { region, ranges in
      (region, ranges.joined().map { points[$0].distance(to: point) }.min() ?? .infinity)
    }.min { $0.1 < $1.1 }
    guard let near, near.1 <= face.landmarks.outerEyeDistance / 2 else { return .surroundings }
    return near.0
  }
}
