import Quantities

/// Closes one eye of a picture: the skin between brow and lid is drawn down over the eye.
///
/// For a column u of the eye, a deformed v maps back to the picture: above the moved upper lid into the skin above
/// the lid, below the moved lower lid into the skin below, between them into the squeezed eye.
struct Eyelids {
  private let axes: FaceAxes
  private let upper: FaceCurve
  private let lower: FaceCurve
  /// How far the moving skin reaches above the upper and below the lower lid, in pixels.
  private let reachUp: Float
  private let reachDown: Float
  /// Where the lids meet, from upper (0) to lower (1): the upper lid does nearly all of the way.
  private static let meeting: Float = 0.86
  /// How far the white reaches under the mesh's lower line in the middle of the eye, as a part of the eye's width.
  private static let margin: Float = 0.06

  /// The eye given by the mesh indices of `outline`.
  init(_ mesh: [PixelPoint], _ outline: EyeOutline) {
    axes = FaceAxes(from: mesh[outline.corners.left], to: mesh[outline.corners.right])
    let axes = axes
    func curve(_ indices: [Int]) -> FaceCurve {
      let ends = [outline.corners.left, outline.corners.right]
      return FaceCurve((indices + ends).map { axes.local(mesh[$0].vector) })
    }
    upper = curve(outline.upper)
    lower = curve(outline.lower)
    reachUp = mesh[outline.underBrow].distance(to: mesh[outline.upper[outline.upper.count / 2]])
    reachDown = mesh[outline.underEye].distance(to: mesh[outline.lower[outline.lower.count / 2]])
  }

  /// Whether `point` can be moved by a blink.
  var bounds: PixelRect {
    let middle = axes.picture(SIMD2(axes.length / 2, 0))
    let half = axes.length / 2 + reachUp + reachDown + axes.length / 4
    return PixelRect(x: middle.x - half, y: middle.y - half, width: 2 * half, height: 2 * half)
  }

  /// Where the picture is looked up for a `point` of a face whose eyes are `shut` (0...1).
  func source(_ point: SIMD2<Float>, shut: Float) -> SIMD2<Float> {
    let place = axes.local(point)
    guard place.x > 0, place.x < axes.length else { return point }
    // The mesh runs along the inside of the lids; all white must lie between these lines, or it stays to be seen.
    let part = place.x / axes.length
    let margin = 4 * part * (1 - part) * Self.margin * axes.length
    let (top, bottom) = (upper(place.x) - 0.2 * margin, lower(place.x) + margin)
    guard bottom > top else { return point }
    let line = top + Self.meeting * (bottom - top)
    let (lid, floor) = (top + shut * (line - top), bottom + shut * (line - bottom))
    let v = place.y
    if v <= top - reachUp || v >= bottom + reachDown { return point }
    let found: Float
    if v < lid {
      // The lashes at the lid's edge keep their thickness; the skin above them stretches.
      found = Self.stretch(
        distance: lid - v, from: reachUp + lid - top, to: reachUp, stiff: 0.18 * reachUp, edge: top)
    } else if v > floor {
      found = bottom + (v - floor) * reachDown / (reachDown + bottom - floor)
    } else {
      found = top + (v - lid) * (bottom - top) / max(floor - lid, 1e-3)
    }
    return axes.picture(SIMD2(place.x, found))
  }

  /// The part of the light that is left at a place of the resting face: lashes of a shut eye lie as a dark line.
  ///
  /// `place` is what ``source(_:shut:)`` gave; only the lashes at the upper lid's edge get darker.
  func light(_ place: SIMD2<Float>, shut: Float) -> Float {
    let local = axes.local(place)
    guard local.x > 0, local.x < axes.length else { return 1 }
    let part = local.x / axes.length
    let margin = 4 * part * (1 - part) * Self.margin * axes.length
    let above = (upper(local.x) - 0.2 * margin - local.y) / (0.045 * axes.length)
    guard above > -1, above < 1 else { return 1 }
    return 1 - 0.6 * shut * (1 - above * above) * min(8 * part * (1 - part), 1)
  }

  /// The v of skin at `distance` above the moved lid: the first `stiff` pixels are kept, the rest of `from` pixels
  /// shows the rest of `to` pixels.
  private static func stretch(distance: Float, from: Float, to: Float, stiff: Float, edge: Float) -> Float {
    if distance <= stiff { return edge - distance }
    return edge - stiff - (distance - stiff) * (to - stiff) / max(from - stiff, 1e-3)
  }
}

/// Mesh indices of one eye; upper and lower without the corners, from left to right in the picture.
struct EyeOutline {
  let corners: (left: Int, right: Int)
  let upper: [Int]
  let lower: [Int]
  let underBrow: Int
  let underEye: Int

  /// The subject's right eye, on the left of the picture.
  static let right = EyeOutline(
    corners: (33, 133), upper: [246, 161, 160, 159, 158, 157, 173], lower: [7, 163, 144, 145, 153, 154, 155],
    underBrow: 223, underEye: 230)
  /// The subject's left eye.
  static let left = EyeOutline(
    corners: (362, 263), upper: [398, 384, 385, 386, 387, 388, 466],
    lower: [382, 381, 380, 374, 373, 390, 249], underBrow: 443, underEye: 450)
}
