public import Quantities

/// One face found by a detector in one frame.
public struct Detection: Sendable, Equatable {
  /// The face's box in frame pixels.
  public let box: PixelRect
  /// The detector's own certainty.
  public let confidence: Confidence
  /// Six keypoints in frame pixels: right eye, left eye, nose tip, mouth, right ear, left ear (the subject's sides).
  public let keypoints: [PixelPoint]
  /// The detector.
  public let model: ModelIdentity

  /// A detection; all coordinates in frame pixels.
  public init(box: PixelRect, confidence: Confidence, keypoints: [PixelPoint], model: ModelIdentity) {
    (self.box, self.confidence, self.keypoints, self.model) = (box, confidence, keypoints, model)
  }
}

/// The 68 iBUG landmarks in frame pixels; left and right are the subject's.
///
/// Jaw 0..<17, right brow 17..<22, left brow 22..<27, nose 27..<36, right eye 36..<42, left eye 42..<48, outer lip
/// 48..<60, inner lip 60..<68 (Sagonas et al., 300 Faces in-the-Wild, 2013).
public struct Landmarks68: Sendable, Equatable {
  /// Exactly 68 points.
  public let points: [PixelPoint]

  /// Nil unless there are exactly 68 points.
  public init?(_ points: [PixelPoint]) {
    guard points.count == 68 else { return nil }
    self.points = points
  }

  /// The subject's right eye, six points from the outer corner clockwise on the screen.
  public var rightEye: ArraySlice<PixelPoint> { points[36..<42] }
  /// The subject's left eye, six points from the inner corner clockwise on the screen.
  public var leftEye: ArraySlice<PixelPoint> { points[42..<48] }
  /// The inner lip, eight points from the subject's right corner.
  public var innerLip: ArraySlice<PixelPoint> { points[60..<68] }
  /// Distance between the outer eye corners (points 36 and 45), in pixels; the usual normalizer.
  public var outerEyeDistance: Float { points[36].distance(to: points[45]) }
  /// Distance between the eye centres, in pixels.
  public var interocularDistance: Float {
    func center(_ eye: ArraySlice<PixelPoint>) -> PixelPoint {
      PixelPoint(eye.reduce(SIMD2<Float>.zero) { $0 + $1.vector } / Float(eye.count))
    }
    return center(rightEye).distance(to: center(leftEye))
  }
}

/// Where the head points, from a fit of the face mesh onto a canonical head.
///
/// All zero: upright, facing the camera. Yaw is positive when the nose points to the right of the frame; pitch is
/// positive when it points up; roll is positive when the head leans clockwise on the screen.
public struct HeadPose: Sendable, Equatable, Codable {
  /// Turn about the vertical axis.
  public let yaw: Radians
  /// Turn about the ear-to-ear axis.
  public let pitch: Radians
  /// Turn about the viewing axis.
  public let roll: Radians

  /// A pose from its three angles.
  public init(yaw: Radians, pitch: Radians, roll: Radians) {
    (self.yaw, self.pitch, self.roll) = (yaw, pitch, roll)
  }
}

/// How well a face can be seen.
public struct FaceQuality: Sendable, Equatable, Codable {
  /// Distance between the eye centres, in frame pixels.
  public let interocularPixels: Float
  /// Variance of the Laplacian of the luma of the face scaled to 128 pixels, luma in 0...255; below about 30 is blurred.
  public let sharpness: Float
  /// Mean luma of the face, in 0...1.
  public let exposure: Float
  /// Part of the face's pixels that is burnt out (luma 250 and more), in 0...1.
  public let burntOut: Float
  /// Detail in proportion to contrast: variance of the Laplacian over the variance of the luma, of the face at 64
  /// pixels, so that neither light nor the noise of single pixels passes for detail.
  public let focus: Float

  /// A quality from its measures; those left out are ones of a face that is well seen.
  public init(
    interocularPixels: Float, sharpness: Float, exposure: Float, burntOut: Float = 0, focus: Float = 1
  ) {
    (self.interocularPixels, self.sharpness, self.exposure) = (interocularPixels, sharpness, exposure)
    (self.burntOut, self.focus) = (burntOut, focus)
  }
}

/// The expression scores a network gives, each in 0...1, by MediaPipe's 52 names and order.
public struct ExpressionScores: Sendable, Equatable {
  /// Exactly 52 scores.
  public let values: [Float]

  /// Nil unless there are exactly 52 scores.
  public init?(_ values: [Float]) {
    guard values.count == 52 else { return nil }
    self.values = values
  }

  /// Closure of the subject's left eye.
  public var eyeBlinkLeft: Float { values[9] }
  /// Closure of the subject's right eye.
  public var eyeBlinkRight: Float { values[10] }
  /// How far the jaw is open.
  public var jawOpen: Float { values[25] }
}

/// All that is known of one face in one frame.
public struct Face: Sendable, Equatable {
  /// The box around the landmarks (or the detector's when there are none), in frame pixels.
  public let box: PixelRect
  /// Certainty of the network that placed the landmarks that this is a face.
  public let presence: Confidence
  /// The 68 landmarks.
  public let landmarks: Landmarks68
  /// The dense mesh of 478 points when the landmark network gives one; empty otherwise.
  public let mesh: [MeshPoint]
  /// Expression scores, when their network ran on this frame.
  public let expressions: ExpressionScores?
  /// Head pose, when it could be fitted.
  public let pose: HeadPose?
  /// How well the face can be seen.
  public let quality: FaceQuality

  /// A face of one frame; all coordinates in frame pixels.
  public init(
    box: PixelRect, presence: Confidence, landmarks: Landmarks68, mesh: [MeshPoint] = [],
    expressions: ExpressionScores? = nil, pose: HeadPose? = nil, quality: FaceQuality
  ) {
    (self.box, self.presence, self.landmarks, self.mesh) = (box, presence, landmarks, mesh)
    (self.expressions, self.pose, self.quality) = (expressions, pose, quality)
  }
}
