public import Observations
import Quantities

// How the pipeline's values stand in records.

extension Reading {
  /// Evidence of a number.
  public init(_ evidence: Evidence<Double>) {
    switch evidence {
    case .measured(let value, _): self = .value(value)
    case .pending(let observed, let required): self = .pending(observed: observed, required: required)
    case .unavailable(let reason): self = .unavailable(reason.rawValue)
    }
  }

  init(_ evidence: Evidence<Float>) { self.init(evidence.map { Double($0) }) }
}

extension RecordedReason {
  /// A verdict's reason.
  public init(_ reason: Reason) {
    self.init(
      cue: reason.cue.rawValue, value: Reading(reason.value), limit: reason.limit, against: reason.against)
  }

  /// A sign against a real sensor, known before the first frame.
  public init(_ finding: InjectionFinding) {
    self.init(cue: finding.kind.rawValue, value: .value(finding.strength), against: true)
  }
}

extension VerdictChange {
  /// The change to `verdict` from the word before.
  init(_ verdict: Verdict, from label: VerdictLabel?, frame: UInt64) {
    self.init(
      track: verdict.track.value, frame: frame, from: label?.rawValue, to: verdict.label.rawValue,
      risk: Reading(verdict.risk.map(\.value)))
    reasons = verdict.reasons.filter(\.counts).map { RecordedReason($0) }
    calibration = verdict.calibration
    models = verdict.models.map(\.description)
  }
}

extension RecordedFile {
  /// A network.
  public init(_ model: ModelIdentity) { self.init(name: model.name, sha256: model.sha256) }
}

extension TrackSummary {
  /// A track as of the last frame of a second.
  init(_ report: TrackReport) {
    let (face, liveness) = (report.track.face, report.liveness)
    var readings: [String: Reading] = [
      "risk": Reading(report.verdict.risk.map(\.value)),
      "liveness": Reading(liveness.probability.map(\.value)),
      "forgery": Reading(report.scores.forgery.map(\.probability.value)),
      "spoof": Reading(report.scores.spoof.map(\.probability.value)),
      "confidence": .value(Double(face.presence.value)),
      "interocular_px": .value(Double(face.quality.interocularPixels)),
      "sharpness": .value(Double(face.quality.sharpness)),
      "exposure": .value(Double(face.quality.exposure)),
      "eye_left": Reading(liveness.leftEyeAspect), "eye_right": Reading(liveness.rightEyeAspect),
      "mouth": Reading(liveness.mouthAspect), "pulse_bpm": Reading(liveness.pulse.map(\.beatsPerMinute)),
    ]
    if let pose = face.pose {
      readings["yaw_deg"] = .value(Double(pose.yaw.degrees))
      readings["pitch_deg"] = .value(Double(pose.pitch.degrees))
      readings["roll_deg"] = .value(Double(pose.roll.degrees))
    }
    self.init(track: report.track.id.value, label: report.verdict.label.rawValue, readings: readings)
  }
}
