public import Quantities

/// Where the light is measured. Left and right are the subject's. The raw value is the word used in JSON.
public enum LightRegion: String, Sendable, CaseIterable {
  /// Middle of the forehead.
  case forehead
  /// The cheeks.
  case rightCheek = "right_cheek"
  /// See `rightCheek`.
  case leftCheek = "left_cheek"
  /// The flanks of the nose.
  case rightNose = "right_nose"
  /// See `rightNose`.
  case leftNose = "left_nose"
  /// Between lower lip and chin.
  case chin
  /// Below the chin.
  case neck
  /// Beside the head, on the subject's right and left.
  case rightBackground = "right_background"
  /// See `rightBackground`.
  case leftBackground = "left_background"

  /// Skin of the face whose direction the mesh tells.
  package static let face: [LightRegion] = [.forehead, .rightCheek, .leftCheek, .rightNose, .leftNose, .chin]
  package static let background: [LightRegion] = [.rightBackground, .leftBackground]
  package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The light on a face and beside it in one frame.
public struct LightSample: Sendable, Equatable {
  /// When the frame was captured.
  public let at: MonotonicInstant
  /// Mean linear colour of each region, in the order of ``LightRegion/allCases``; nil where it cannot be seen.
  public let colors: [SIMD3<Double>?]
  /// How much of the screen's top, left and right part each region should get if the screen stands in front of the
  /// face, the three adding up to 1; nil where the mesh does not tell.
  public let weights: [SIMD3<Double>?]

  /// A sample; both lists in the order of ``LightRegion/allCases``.
  public init(at: MonotonicInstant, colors: [SIMD3<Double>?], weights: [SIMD3<Double>?]) {
    precondition(colors.count == LightRegion.allCases.count && weights.count == colors.count)
    (self.at, self.colors, self.weights) = (at, colors, weights)
  }
}
