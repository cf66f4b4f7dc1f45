public import Units

/// A stretch of time in which something happened, in the source's own clock.
public struct EventInterval: Sendable, Equatable, Codable {
  /// First instant.
  public let start: MonotonicInstant
  /// Last instant.
  public let end: MonotonicInstant

  /// The stretch from `start` to `end`.
  public init(start: MonotonicInstant, end: MonotonicInstant) { (self.start, self.end) = (start, end) }
}

/// A blood-volume pulse seen in the skin's colour.
public struct Pulse: Sendable, Equatable, Codable {
  /// Beats per minute.
  public let beatsPerMinute: Double
  /// Signal-to-noise ratio in decibels.
  public let signalToNoise: Double

  /// A pulse rate with its quality.
  public init(beatsPerMinute: Double, signalToNoise: Double) {
    (self.beatsPerMinute, self.signalToNoise) = (beatsPerMinute, signalToNoise)
  }
}

/// What the liveness stage knows of one track as of one frame.
public struct LivenessState: Sendable, Equatable {
  /// Eye aspect ratio of the subject's right eye.
  public var rightEyeAspect: Evidence<Float>
  /// Eye aspect ratio of the subject's left eye.
  public var leftEyeAspect: Evidence<Float>
  /// Mouth aspect ratio of the inner lip.
  public var mouthAspect: Evidence<Float>
  /// Completed blinks so far, oldest first.
  public var blinks: [EventInterval]
  /// Completed mouth openings so far, oldest first.
  public var mouthEvents: [EventInterval]
  /// Whether both eyes are closed in this frame; pending until the person's open level is known.
  public var eyesClosed: Evidence<Bool>
  /// Non-rigid motion of the landmarks after similarity alignment: root mean square in interocular distances.
  public var nonRigidMotion: Evidence<Float>
  /// How far a turning face departs from a moving plane: 0 for a print or screen, more for a head.
  public var parallax: Evidence<Float>
  /// Largest share of the recent movement that an earlier stretch of it repeats; near 1 for a loop.
  public var loop: Evidence<Float>
  /// Small unrest of the head: root mean square in interocular distances.
  public var microMotion: Evidence<Float>
  /// The pulse of the skin.
  public var pulse: Evidence<Pulse>
  /// Probability that a live person moves there.
  public var probability: Evidence<Probability>

  /// A state in which nothing was measured, for one reason.
  public init(unavailable reason: UnavailableReason) {
    (rightEyeAspect, leftEyeAspect, mouthAspect) = (
      .unavailable(reason), .unavailable(reason), .unavailable(reason)
    )
    (blinks, mouthEvents) = ([], [])
    (eyesClosed, nonRigidMotion) = (.unavailable(reason), .unavailable(reason))
    (parallax, loop, microMotion) = (.unavailable(reason), .unavailable(reason), .unavailable(reason))
    (pulse, probability) = (.unavailable(reason), .unavailable(reason))
  }
}

/// A calibrated score of a slow network over a track's time.
public struct TrackScore: Sendable, Equatable {
  /// Calibrated probability that the face is forged (or an attack).
  public let probability: Probability
  /// Half width of the 95 % interval of `probability`.
  public let uncertainty: Double
  /// How many crops were scored.
  public let framesScored: Int
  /// Index of the newest frame scored.
  public let newestFrame: UInt64
  /// The network.
  public let model: ModelIdentity

  /// A score over a track's time.
  public init(
    probability: Probability, uncertainty: Double, framesScored: Int, newestFrame: UInt64,
    model: ModelIdentity
  ) {
    (self.probability, self.uncertainty, self.framesScored) = (probability, uncertainty, framesScored)
    (self.newestFrame, self.model) = (newestFrame, model)
  }
}

/// What the slow networks say of one track.
public struct NetworkScores: Sendable, Equatable {
  /// Is the face synthesized or swapped?
  public var forgery: Evidence<TrackScore>
  /// Is it a print, a screen or a mask?
  public var spoof: Evidence<TrackScore>

  /// Both scores of one track.
  public init(forgery: Evidence<TrackScore>, spoof: Evidence<TrackScore>) {
    (self.forgery, self.spoof) = (forgery, spoof)
  }
}
