public import Quantities

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

/// A stretch of bare skin in which the pulse is looked for. The raw value is used in JSON.
public enum SkinRegion: String, Sendable, Codable, CaseIterable {
  /// Above the brows.
  case forehead
  /// Under the subject's right eye.
  case rightCheek = "right_cheek"
  /// Under the subject's left eye.
  case leftCheek = "left_cheek"
}

/// The pulse in one region.
public struct RegionPulse: Sendable, Equatable {
  /// Where.
  public let region: SkinRegion
  /// What was found there.
  public let pulse: Pulse

  /// A region's pulse.
  public init(region: SkinRegion, pulse: Pulse) { (self.region, self.pulse) = (region, pulse) }
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
  /// Seconds in which the eyes were watched since the last blink, or since they were first seen.
  public var unblinkingSeconds = 0.0
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
  /// The pulse of the skin, of all regions together, by POS.
  public var pulse: Evidence<Pulse>
  /// The same by CHROM, for comparison.
  public var pulseByChrom: Evidence<Pulse>
  /// The pulse of each region by POS; empty while it is not measured.
  public var regionPulses: [RegionPulse]
  /// How alike the regions' pulses are: the mean correlation of their spectra, 1 for one pulse in all.
  public var pulseAgreement: Evidence<Double>
  /// Probability that a live person moves there.
  public var probability: Evidence<Probability>
  /// How the lips go with the voice that is heard.
  public var lips = Evidence<LipAgreement>.unavailable(.noSound)

  /// A state in which nothing was measured, for one reason.
  public init(unavailable reason: UnavailableReason) {
    (rightEyeAspect, leftEyeAspect, mouthAspect) = (
      .unavailable(reason), .unavailable(reason), .unavailable(reason)
    )
    (blinks, mouthEvents) = ([], [])
    (eyesClosed, nonRigidMotion) = (.unavailable(reason), .unavailable(reason))
    (parallax, loop, microMotion) = (.unavailable(reason), .unavailable(reason), .unavailable(reason))
    (pulse, pulseByChrom, regionPulses) = (.unavailable(reason), .unavailable(reason), [])
    (pulseAgreement, probability) = (.unavailable(reason), .unavailable(reason))
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
  /// The network, or of several the one that counts most.
  public let model: ModelIdentity
  /// All networks that were measured, those that took part first.
  public let members: [MemberScore]
  /// Whether every network that should speak has been measured: what is missing may still say "forged".
  public let isComplete: Bool

  /// A score over a track's time; `members` may be left out for a network that speaks alone.
  public init(
    probability: Probability, uncertainty: Double, framesScored: Int, newestFrame: UInt64,
    model: ModelIdentity, members: [MemberScore] = [], isComplete: Bool = true
  ) {
    (self.members, self.isComplete) = (members, isComplete)
    (self.probability, self.uncertainty, self.framesScored) = (probability, uncertainty, framesScored)
    (self.newestFrame, self.model) = (newestFrame, model)
  }
}

/// What one network says of one track.
public struct MemberScore: Sendable, Equatable {
  /// The network.
  public let model: ModelIdentity
  /// Robust mean of its logits; larger means more likely forged or attacked.
  public let logit: Double
  /// Its part in the joined score; 0 when it took none.
  public let weight: Double

  /// A network's part by its numbers.
  public init(model: ModelIdentity, logit: Double, weight: Double) {
    (self.model, self.logit, self.weight) = (model, logit, weight)
  }
}

/// Where in the face a network sees what it holds against it.
public struct AttentionMap: Sendable, Equatable {
  /// How it was made. The raw value is used in JSON.
  public enum Method: String, Sendable, Codable {
    /// The last feature map times the weights of the last layer; the mean is the logit but for a constant.
    case classActivation = "class_activation"
    /// How much the logit falls when a field is covered.
    case occlusion
  }

  /// A part of the face, the subject's sides. The raw value is used in JSON.
  public enum Region: String, Sendable, Codable, CaseIterable {
    /// Brows and what is above.
    case brows
    /// The eyes.
    case eyes
    /// The nose.
    case nose
    /// The mouth.
    case mouth
    /// Cheeks, jaw and chin: where a swap is blended in.
    case contour
    /// Not the face: hair, bezel, paper's edge, background.
    case surroundings
  }

  /// The network.
  public let model: ModelIdentity
  /// How the map was made.
  public let method: Method
  /// Columns and rows.
  public let columns, rows: Int
  /// rows x columns values; above 0 speaks for forged or attacked.
  public let values: [Float]
  /// From grid units (a field is 1 x 1) to parts of the face's box, 0...1 inside the box.
  public let toBox: AffineTransform2D
  /// Where the largest value lies; nil when none is above 0.
  public let strongest: Region?
  /// Index of the frame it was made from.
  public let frame: UInt64

  /// A map by its parts.
  public init(
    model: ModelIdentity, method: Method, columns: Int, rows: Int, values: [Float],
    toBox: AffineTransform2D, strongest: Region?, frame: UInt64
  ) {
    (self.model, self.method, self.columns, self.rows) = (model, method, columns, rows)
    (self.values, self.toBox, self.strongest, self.frame) = (values, toBox, strongest, frame)
  }
}

/// What the slow networks say of one track.
public struct NetworkScores: Sendable, Equatable {
  /// Is the face synthesized or swapped?
  public var forgery: Evidence<TrackScore>
  /// Is it a print, a screen or a mask?
  public var spoof: Evidence<TrackScore>
  /// Where the networks see it, by question; only when asked for.
  public var forgeryMap, spoofMap: AttentionMap?

  /// Whether every network that is installed and switched on has answered. Until then a face may be called an attack,
  /// never live.
  public var areSettled: Bool {
    [forgery, spoof].allSatisfy { score in
      switch score {
      case .measured(let score, _): score.isComplete
      case .unavailable(.noModel), .unavailable(.switchedOff): true
      case .pending, .unavailable: false
      }
    }
  }

  /// The same scores, where what the networks have not said is not to be had for `reason`.
  public func hindered(by reason: UnavailableReason?) -> NetworkScores {
    guard let reason else { return self }
    func hindered(_ score: Evidence<TrackScore>) -> Evidence<TrackScore> {
      switch score {
      case .pending, .unavailable(.stale): .unavailable(reason)
      case .measured, .unavailable: score
      }
    }
    var scores = self
    (scores.forgery, scores.spoof) = (hindered(forgery), hindered(spoof))
    return scores
  }

  /// Both scores of one track.
  public init(forgery: Evidence<TrackScore>, spoof: Evidence<TrackScore>) {
    (self.forgery, self.spoof) = (forgery, spoof)
  }
}
