/// Times and sizes of a check. Chosen by hand on simulated subjects; not fitted on people.
public struct CheckLimits: Sendable, Equatable {
  /// Seconds a single, well seen face must look straight ahead before the first gesture.
  public var settleSeconds = 0.5
  /// Seconds to find such a face.
  public var framingSeconds = 12.0
  /// Seconds for one gesture, for each time that it is asked for.
  public var gestureSeconds = 4.0
  /// Seconds to come back to rest after a gesture.
  public var returnSeconds = 4.0
  /// Seconds, and frames, at rest in which the face is compared with the one that began.
  public var restSeconds = 0.1
  /// See `restSeconds`.
  public var restFrames = 3
  /// A gesture that begins sooner after its prompt was not a reaction (fastest human reactions to a word are slower).
  public var reactionSeconds = 0.15
  /// Longest time without the face.
  public var gapSeconds = 0.4
  /// Longest time with a second face.
  public var secondFaceSeconds = 0.3
  /// Longest step between two frames before the clock counts as stepped.
  public var clockStepSeconds = 2.0
  /// Longest wait for the first frame.
  public var firstFrameSeconds = 10.0
  /// Fewest frames a second, over the last `rateSeconds`.
  public var framesPerSecond = 12.0
  /// Seconds of too few frames that end a check: a machine that is busy for a moment does not.
  public var rateSeconds = 3.0
  /// Darkest face, as mean luma in 0...1.
  public var darkest: Float = 0.12
  /// Smallest distance between the eyes, in pixels.
  public var interocularPixels: Float = 28
  /// Turn of the head against rest, in degrees, that counts as one.
  public var turnDegrees: Float = 18
  /// Fall of the chin against rest, in degrees, that counts as a nod.
  public var nodDegrees: Float = 9
  /// Rise of the chin against rest, in degrees, that counts as looking up.
  public var upDegrees: Float = 11
  /// Lean of the head against rest, in degrees, that counts as one.
  public var tiltDegrees: Float = 15
  /// Rise of the mouth's aspect ratio against rest that counts as open.
  public var mouthRise: Float = 0.25
  /// Growth of the distance between the eyes that counts as closer.
  public var closerShare: Float = 1.22
  /// Largest change of the resting face's shape, in interocular distances.
  public var shapeChange: Float = 0.06
  /// Largest jump of the face between two frames, in interocular distances.
  public var jump: Float = 0.9
  /// Whether the camera shows a mirror image.
  public var mirrored = false

  /// The values above.
  public init() {}
}
