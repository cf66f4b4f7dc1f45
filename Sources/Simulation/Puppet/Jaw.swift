import Quantities

/// Opens the mouth of a picture: lower lip and chin go down, a dark hollow appears under the upper teeth.
struct Jaw {
  private let axes: FaceAxes
  private let upper: FaceCurve
  private let lower: FaceCurve
  /// Of the chin's lowest point, in the mouth's axes.
  private let chin: Float
  private let half: Float
  /// How far the lower lip goes down when the mouth is wide open.
  private let drop: Float

  /// Mesh indices of the inner lip, corners apart, from left to right in the picture.
  private static let corners = (left: 78, right: 308)
  private static let upperLip = [191, 80, 81, 82, 13, 312, 311, 310, 415]
  private static let lowerLip = [95, 88, 178, 87, 14, 317, 402, 318, 324]
  private static let chinPoint = 152

  init(_ mesh: [PixelPoint]) {
    axes = FaceAxes(from: mesh[Self.corners.left], to: mesh[Self.corners.right])
    let axes = axes
    func curve(_ indices: [Int]) -> FaceCurve {
      FaceCurve((indices + [Self.corners.left, Self.corners.right]).map { axes.local(mesh[$0].vector) })
    }
    upper = curve(Self.upperLip)
    lower = curve(Self.lowerLip)
    chin = axes.local(mesh[Self.chinPoint].vector).y
    half = axes.length / 2
    drop = 0.48 * axes.length
  }

  /// What is seen at a place: the picture at a point, or the hollow of the mouth, or a mixture at its edge.
  struct Look {
    /// Where the picture is looked up.
    var point: SIMD2<Float>
    /// How much of the hollow is seen, 0...1.
    var hollow: Float = 0
    /// How deep in the hollow: 0 under the teeth, 1 at the lower lip.
    var depth: Float = 0
  }

  /// All that can move when the mouth opens.
  var bounds: PixelRect {
    let middle = axes.picture(SIMD2(half, chin / 2))
    let reach = max(2 * half, chin) * 1.6
    return PixelRect(x: middle.x - reach, y: middle.y - reach, width: 2 * reach, height: 2 * reach)
  }

  /// What is seen at `point` of a face whose mouth is `open` (0...1).
  func look(_ point: SIMD2<Float>, open: Float) -> Look {
    let place = axes.local(point)
    let (u, v) = (place.x, place.y)
    let top = upper(u)
    guard open > 0, v > min(top, lower(u)) else { return Look(point: point) }
    let bottom = max(lower(u), top)
    let gap = descent(u, bottom, open)
    if u > 0, u < axes.length, v < bottom + gap {
      guard v > bottom - 1.5 else { return Look(point: point) }
      // Soft edges of about two pixels, towards the teeth and towards the lip.
      let inner = min(max((v - bottom + 1.5) / 2, 0), 1) * min(max((bottom + gap - v) / 1.5, 0), 1)
      let seen = v < bottom ? point : axes.picture(SIMD2(u, bottom))
      return Look(point: seen, hollow: inner, depth: min(max((v - bottom) / max(gap, 1), 0), 1))
    }
    // Find the skin that came to rest here: s + descent(s) = v. The descent shrinks slowly with s, so this settles.
    var source = v - gap
    for _ in 0..<6 { source = v - descent(u, source, open) }
    return Look(point: axes.picture(SIMD2(u, max(source, bottom))))
  }

  /// How far the skin at (u, v) of the picture goes down: widest at the chin, nothing at the mouth's corners and
  /// well under the chin.
  private func descent(_ u: Float, _ v: Float, _ open: Float) -> Float {
    let down = min(max(v / max(chin, 1), 0), 1)
    let width = half * (1.04 + 0.8 * down)
    let aside = min(abs(u - half) / width, 1)
    // Round at the lip, running out softly at the chin.
    let round = 1 - aside * aside
    let across = round * (1 - down + down * round)
    let under = min(max((v - chin) / (1.1 * chin), 0), 1)
    let fade = 1 - under * under * (3 - 2 * under)
    return open * drop * across * fade * (1 - 0.15 * down)
  }
}
