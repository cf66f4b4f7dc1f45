import Quantities

/// The two supported detectors and the facts needed to read their outputs.
///
/// Both are MediaPipe's BlazeFace networks (Bazarevsky et al., BlazeFace, 2019). They see a square picture of
/// ``inputPixels`` and give, per anchor, 16 numbers (box and six keypoints, in input pixels relative to the anchor's
/// centre) and one logit.
public enum DetectorKind: String, Sendable, CaseIterable {
  /// Faces larger than about 20 % of the frame's height: kiosks, webcams.
  case near
  /// Faces down to about 11 % of the frame's height and in the dark; costs three times as much.
  case fullRange = "full_range"

  /// Side of the square input, in pixels.
  public var inputPixels: Int { self == .near ? 128 : 192 }

  /// Centres of the anchors in input pixels, in the order of the network's outputs: row by row, `perCell` equal
  /// ones in each cell of each grid.
  package var anchors: [SIMD2<Float>] {
    grids.flatMap { grid in
      (0..<grid.cells * grid.cells * grid.perCell).map { index in
        let cell = index / grid.perCell
        let place = SIMD2(Float(cell % grid.cells), Float(cell / grid.cells)) + 0.5
        return place * (Float(inputPixels) / Float(grid.cells))
      }
    }
  }

  private var grids: [(cells: Int, perCell: Int)] {
    self == .near ? [(16, 2), (8, 6)] : [(48, 1)]
  }
}
