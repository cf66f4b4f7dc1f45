import Calibration
import Foundation
import Observations
import Quantities

/// Looks for the pulse in a face's skin: the last ten seconds of the regions' mean colours.
///
/// It is reported and not used: no clip with a measured pulse was at hand to learn its limits from. One of five estimates
/// (all regions by POS, the same by CHROM, each region by POS) is renewed every 0.4 s, so that no frame pays for all.
/// Memory: 1,200 samples of nine numbers. Cost: docs/measurements/liveness.md.
struct PulseWatch: Sendable {
  private static let mostSamples = 1200

  private let limits: PulseLimits
  private var times: [Double] = []
  private var regions: [[SIMD3<Double>]] = [[], [], []]
  private var spectra: [Int: [Double]] = [:]
  private var whole: Pulse?
  private var byChrom: Pulse?
  private var lastLook: MonotonicInstant?
  private var job = 0
  private var last: (nose: SIMD2<Float>, at: MonotonicInstant)?
  private var speed = 0.0

  init(_ limits: PulseLimits) { self.limits = limits }

  mutating func observe(
    _ face: Face, _ skin: [SIMD3<Double>]?, frameSeconds: Double?, at now: MonotonicInstant,
    _ state: inout LivenessState
  ) {
    move(face, now)
    let obstacle = obstacle(face, frameSeconds)
    guard let skin, skin.count == 3, obstacle == nil else {
      if obstacle != .motion { forget() }
      return tell(.unavailable(obstacle ?? (skin == nil ? .switchedOff : .occluded)), now, &state)
    }
    add(skin, now.seconds)
    let seconds = (times.last ?? 0) - (times.first ?? 0)
    if seconds >= limits.requiredSeconds { look(now) }
    let isComplete = whole != nil && byChrom != nil && spectra.count == 3
    tell(
      isComplete
        ? nil
        : .pending(observed: min(seconds, limits.requiredSeconds * 0.99), required: limits.requiredSeconds),
      now,
      &state)
  }

  /// Why there is no pulse to be seen in this frame.
  private func obstacle(_ face: Face, _ frameSeconds: Double?) -> UnavailableReason? {
    let quality = face.quality
    if quality.interocularPixels < Float(limits.interocularPixels) { return .tooSmall }
    if quality.exposure < Float(limits.exposure) { return .lowLight }
    if let pose = face.pose, max(abs(pose.yaw.degrees), abs(pose.pitch.degrees)) > Float(limits.turnDegrees) {
      return .pose
    }
    if let frameSeconds, frameSeconds > 1 / limits.framesPerSecond { return .frameRate }
    return speed > limits.fastest ? .motion : nil
  }

  private mutating func move(_ face: Face, _ now: MonotonicInstant) {
    let nose = face.landmarks.points[27].vector
    defer { last = (nose, now) }
    guard let last, now > last.at else { return }
    let step = (now - last.at).inSeconds
    let way = nose - last.nose
    let moved = Double((way * way).sum().squareRoot() / max(face.landmarks.interocularDistance, 1))
    speed += (moved / step - speed) * (1 - exp(-step / limits.speedSeconds))
  }

  private mutating func forget() {
    guard !times.isEmpty else { return }
    (times, regions, spectra, whole, byChrom) = ([], [[], [], []], [:], nil, nil)
  }

  private mutating func add(_ skin: [SIMD3<Double>], _ time: Double) {
    if let last = times.last, time <= last || time - last > 0.5 { forget() }
    let old = max(
      times.prefix { time - $0 > limits.windowSeconds }.count, times.count + 1 - Self.mostSamples, 0)
    times.removeFirst(old)
    times.append(time)
    for index in regions.indices {
      regions[index].removeFirst(old)
      regions[index].append(skin[index])
    }
  }

  private mutating func look(_ now: MonotonicInstant) {
    if let lastLook, (now - lastLook).inSeconds < limits.pauseSeconds { return }
    lastLook = now
    switch job {
    case 0: whole = PulseEstimator(.pos).pulse(mean, at: times)
    case 1: byChrom = PulseEstimator(.chrom).pulse(mean, at: times)
    default: spectra[job - 2] = PulseEstimator(.pos).spectrum(regions[job - 2], at: times)
    }
    job = (job + 1) % 5
  }

  private var mean: [SIMD3<Double>] {
    times.indices.map { (regions[0][$0] + regions[1][$0] + regions[2][$0]) / 3 }
  }

  private func tell(_ missing: Evidence<Pulse>?, _ now: MonotonicInstant, _ state: inout LivenessState) {
    if let missing {
      (state.pulse, state.pulseByChrom) = (missing, missing)
      state.pulseAgreement = missing.map(\.signalToNoise)
      return
    }
    guard let whole, let byChrom else { return }
    (state.pulse, state.pulseByChrom) = (.measured(whole, at: now), .measured(byChrom, at: now))
    state.regionPulses = SkinRegion.allCases.indices.compactMap { index in
      spectra[index].flatMap { PulseEstimator.pulse($0) }.map {
        RegionPulse(region: SkinRegion.allCases[index], pulse: $0)
      }
    }
    if let alike = PulseEstimator.agreement(of: SkinRegion.allCases.indices.compactMap { spectra[$0] }) {
      state.pulseAgreement = .measured(alike, at: now)
    }
  }
}
