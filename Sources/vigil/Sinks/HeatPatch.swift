import Observations
import Overlay
import Quantities
import Reports

/// Colours where a network sees what it holds against a face.
enum HeatPatch {
  private static let side = 48

  /// A picture over the face's box: clear where nothing speaks against the face, else the redder and denser the more
  /// does, in proportion to the strongest field; nil when nothing does anywhere. How much it is altogether is the
  /// score's to say: fields found by covering differ little in the logit, yet their pattern is what a person looks for.
  static func patch(_ map: AttentionMap) -> Patch? {
    guard let back = map.toBox.inverse else { return nil }
    let values = (0..<side * side).map { place in
      let (row, column) = place.quotientAndRemainder(dividingBy: side)
      return sample(
        map, back(PixelPoint((Float(column) + 0.5) / Float(side), (Float(row) + 0.5) / Float(side))))
    }
    // Of what lies in the box: the crop is wider, and a stronger field outside would hide all that is shown.
    guard let strongest = values.max(), strongest > 0, strongest.isFinite else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(side * side * 4)
    for value in values {
      let strength = value > 0 ? min(1, value / strongest) : 0
      bytes += [255, UInt8(190 * (1 - strength)), 30, UInt8(170 * strength)]
    }
    return Patch(size: PixelSize(width: side, height: side), rgba: bytes)
  }

  /// The patches of a report's tracks.
  static func patches(_ report: FrameReport) -> [TrackID: Patch] {
    var patches: [TrackID: Patch] = [:]
    for track in report.tracks {
      if let map = track.shownMap?.attention { patches[track.track.id] = patch(map) }
    }
    return patches
  }

  /// Bilinear between the middles of the fields; 0 outside the grid.
  private static func sample(_ map: AttentionMap, _ point: PixelPoint) -> Float {
    let (x, y) = (point.x - 0.5, point.y - 0.5)
    guard x > -1, y > -1, x < Float(map.columns), y < Float(map.rows) else { return 0 }
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    func value(_ column: Int, _ row: Int) -> Float {
      guard (0..<map.columns).contains(column), (0..<map.rows).contains(row) else { return 0 }
      return map.values[row * map.columns + column]
    }
    let (fx, fy) = (x - Float(left), y - Float(top))
    let upper = value(left, top) * (1 - fx) + value(left + 1, top) * fx
    let lower = value(left, top + 1) * (1 - fx) + value(left + 1, top + 1) * fx
    return upper * (1 - fy) + lower * fy
  }
}
