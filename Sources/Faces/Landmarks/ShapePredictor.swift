import Foundation
public import Imaging
public import Observations
package import Quantities

/// dlib's 68-point shape predictor: a cascade of regression trees over differences of pixels.
///
/// Optional, and off unless a file is named: the published `shape_predictor_68_face_landmarks.dat` was trained on the
/// iBUG 300-W set, whose licence excludes commercial use. Source: V. Kazemi and J. Sullivan, "One Millisecond Face
/// Alignment with an Ensemble of Regression Trees", CVPR 2014; file format: dlib's serialize.h.
public struct ShapePredictor: Sendable {
  package static let pointCount = 68

  /// One question of a tree: is the first pixel brighter than the second by more than the threshold?
  struct Split {
    let first: Int32
    let second: Int32
    let threshold: Float
  }

  /// One step of the cascade: the pixels it samples and the trees that move the shape.
  struct Cascade {
    var anchors: [Int] = []
    var offsets: [SIMD2<Float>] = []
    var trees = 0
    var treeSplits: Int?
    var largestPixel = -1
    var splits: [Split] = []
    /// trees x leaves x 136 numbers: x and y of each point.
    var leaves: [Float] = []
  }

  /// Name and hash of the file, for results that must say what made them.
  public var identity: ModelIdentity?
  /// x and y of the mean face's points, in a box from 0 to 1.
  private let mean: [Float]
  private let cascades: [Cascade]

  init(mean: [Float], cascades: [Cascade]) { (self.mean, self.cascades) = (mean, cascades) }

  /// The landmarks of the face whose landmarks are roughly known, in frame pixels.
  ///
  /// The predictor starts from its mean face in the upright box that fits `rough` best. Nil when the points of `rough`
  /// coincide or are not finite. Cost: about 2 ms.
  public func refine(_ rough: Landmarks68, in frame: Frame) -> Landmarks68? {
    guard let box = box(for: rough) else { return nil }
    let area = PixelRect(
      x: (box.x - box.width / 2).rounded(.down), y: (box.y - box.height / 2).rounded(.down),
      width: (2 * box.width).rounded(.up), height: (2 * box.height).rounded(.up))
    // Faces as large as a 4K frame are sampled more coarsely.
    let step = max(1, area.width / 1600)
    let size = PixelSize(width: Int(area.width / step), height: Int(area.height / step))
    guard size.width > 1, size.height > 1, area.width < 20_000 else { return nil }
    let picture = frame.warpedImage(
      size: size, map: AffineTransform2D(a: step, b: 0, tx: area.x, c: 0, d: step, ty: area.y), border: .black
    )
    var shape = mean
    for cascade in cascades {
      let pixels = sample(cascade, shape) { point in
        let x = Int((box.x + point.x * box.width - area.x) / step)
        let y = Int((box.y + point.y * box.height - area.y) / step)
        guard x >= 0, y >= 0, x < size.width, y < size.height else { return 0 }
        let place = 3 * (y * size.width + x)
        return Float(
          (Int(picture.bytes[place]) + Int(picture.bytes[place + 1]) + Int(picture.bytes[place + 2])) / 3)
      }
      move(&shape, by: cascade, pixels)
    }
    let points = (0..<Self.pointCount).map {
      PixelPoint(box.x + shape[2 * $0] * box.width, box.y + shape[2 * $0 + 1] * box.height)
    }
    guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
    return Landmarks68(points)
  }

  /// The upright square in which the mean face lies nearest to `rough` (least squares over size and place).
  package func box(for rough: Landmarks68) -> PixelRect? {
    let count = Float(Self.pointCount)
    var (middle, centre) = (SIMD2<Float>.zero, SIMD2<Float>.zero)
    for (index, point) in rough.points.enumerated() {
      middle += SIMD2(mean[2 * index], mean[2 * index + 1]) / count
      centre += point.vector / count
    }
    var (spread, common) = (Float(0), Float(0))
    for (index, point) in rough.points.enumerated() {
      let own = SIMD2(mean[2 * index], mean[2 * index + 1]) - middle
      spread += (own * own).sum()
      common += (own * (point.vector - centre)).sum()
    }
    let side = common / spread
    guard side.isFinite, side > 1, centre.x.isFinite, centre.y.isFinite else { return nil }
    let corner = centre - side * middle
    return PixelRect(x: corner.x, y: corner.y, width: side, height: side)
  }

  /// Intensities at the cascade's places, which turn and grow with the shape.
  private func sample(_ cascade: Cascade, _ shape: [Float], _ intensity: (SIMD2<Float>) -> Float) -> [Float] {
    let (cosine, sine) = turn(to: shape)
    return cascade.anchors.indices.map { index in
      let offset = cascade.offsets[index]
      let turned = SIMD2(cosine * offset.x - sine * offset.y, sine * offset.x + cosine * offset.y)
      let anchor = cascade.anchors[index]
      return intensity(SIMD2(shape[2 * anchor], shape[2 * anchor + 1]) + turned)
    }
  }

  /// The similarity that takes the mean shape nearest to `shape`, without its translation: scale x cosine, scale x sine.
  private func turn(to shape: [Float]) -> (cosine: Float, sine: Float) {
    let count = Float(Self.pointCount)
    var (from, to) = (SIMD2<Float>.zero, SIMD2<Float>.zero)
    for index in 0..<Self.pointCount {
      from += SIMD2(mean[2 * index], mean[2 * index + 1]) / count
      to += SIMD2(shape[2 * index], shape[2 * index + 1]) / count
    }
    var (along, across, spread) = (Float(0), Float(0), Float(0))
    for index in 0..<Self.pointCount {
      let a = SIMD2(mean[2 * index], mean[2 * index + 1]) - from
      let b = SIMD2(shape[2 * index], shape[2 * index + 1]) - to
      along += a.x * b.x + a.y * b.y
      across += a.x * b.y - a.y * b.x
      spread += (a * a).sum()
    }
    return spread > 0 ? (along / spread, across / spread) : (1, 0)
  }

  private func move(_ shape: inout [Float], by cascade: Cascade, _ pixels: [Float]) {
    let splits = cascade.treeSplits ?? 0
    let width = shape.count
    for tree in 0..<cascade.trees {
      var node = 0
      while node < splits {
        let split = cascade.splits[tree * splits + node]
        let brighter = pixels[Int(split.first)] - pixels[Int(split.second)] > split.threshold
        node = 2 * node + (brighter ? 1 : 2)
      }
      let leaf = (tree * (splits + 1) + node - splits) * width
      for place in 0..<width { shape[place] += cascade.leaves[leaf + place] }
    }
  }
}
