public import Observations
public import Quantities

/// Reports of faces that nobody has: for tests of what comes after the stages.
public enum SyntheticReports {
  /// The 68 points of a plain face in a unit square, drawn by hand for tests; not measured from anybody.
  public static let plainFace: [PixelPoint] = {
    let jaw: [(Float, Float)] = (0..<17).map { step in
      let t = Float(step) / 16
      let bow = 1 - (2 * t - 1) * (2 * t - 1)
      return (0.03 + 0.94 * t, 0.28 + 0.70 * bow.squareRoot())
    }
    let brow: [(Float, Float)] = [(0, 0.03), (0.06, 0), (0.13, 0), (0.2, 0.015), (0.27, 0.04)]
    let eye: [(Float, Float)] = [
      (0, 0), (0.055, -0.03), (0.11, -0.03), (0.165, 0), (0.11, 0.025), (0.055, 0.025),
    ]
    let bridge: [(Float, Float)] = (0..<4).map { (0.5, 0.30 + 0.075 * Float($0)) }
    let nostrils: [(Float, Float)] = [(0.40, 0.58), (0.45, 0.6), (0.5, 0.61), (0.55, 0.6), (0.6, 0.58)]
    let outerLip: [(Float, Float)] = [
      (0.34, 0.74), (0.40, 0.715), (0.46, 0.70), (0.5, 0.71), (0.54, 0.70), (0.60, 0.715), (0.66, 0.74),
      (0.60, 0.785), (0.55, 0.805), (0.5, 0.81), (0.45, 0.805), (0.40, 0.785),
    ]
    let innerLip: [(Float, Float)] = [
      (0.36, 0.74), (0.46, 0.73), (0.5, 0.735), (0.54, 0.73), (0.64, 0.74), (0.54, 0.765), (0.5, 0.77),
      (0.46, 0.765),
    ]
    let right = brow.map { (0.13 + $0.0, 0.19 + $0.1) }
    let left = brow.reversed().map { (0.87 - $0.0, 0.19 + $0.1) }
    let eyes = eye.map { (0.19 + $0.0, 0.32 + $0.1) } + eye.map { (0.645 + $0.0, 0.32 + $0.1) }
    let all = jaw + right + left + bridge + nostrils + eyes + outerLip + innerLip
    return all.map { PixelPoint($0.0, $0.1) }
  }()

  /// A face that fills `box`.
  public static func face(in box: PixelRect) -> Face? {
    let points = plainFace.map { PixelPoint(box.x + $0.x * box.width, box.y + $0.y * box.height) }
    guard let landmarks = Landmarks68(points) else { return nil }
    return Face(
      box: box, presence: Confidence(0.98), landmarks: landmarks,
      pose: HeadPose(yaw: Radians(degrees: 4), pitch: Radians(degrees: -7), roll: Radians(degrees: 1)),
      quality: FaceQuality(
        interocularPixels: landmarks.interocularDistance, sharpness: 120, exposure: 0.5))
  }

  /// A report of one track; `risk` nil means that it is still pending, 12 of 30 frames.
  public static func track(
    _ number: Int, in box: PixelRect, label: VerdictLabel, risk: Double?, phase: TrackPhase = .confirmed
  ) -> TrackReport? {
    guard let face = face(in: box) else { return nil }
    let now = MonotonicInstant(seconds: 4)
    let value: Evidence<Probability> =
      risk.map { .measured(Probability(clamping: $0), at: now) } ?? .pending(observed: 12, required: 30)
    var liveness = LivenessState(unavailable: .stillPicture)
    if let risk {
      liveness.blinks = [.init(start: MonotonicInstant(seconds: 1), end: MonotonicInstant(seconds: 1.2))]
      liveness.eyesClosed = .measured(false, at: now)
      liveness.mouthAspect = .measured(0.1, at: now)
      liveness.nonRigidMotion = .measured(0.012, at: now)
      liveness.pulse = .pending(observed: 4, required: 10)
      liveness.probability = .measured(Probability(clamping: 1 - risk), at: now)
    }
    let reasons = [
      Reason(
        cue: .forgery, value: risk.map { .measured($0 * 0.9, at: now) } ?? .pending(observed: 1, required: 3),
        limit: 0.5, against: (risk ?? 0) > 0.5),
      Reason(cue: .spoof, value: .unavailable(.noModel), limit: 0.5, against: false),
      Reason(cue: .blink, value: .measured(3, at: now), limit: 1, against: false),
    ]
    let track = Track(id: TrackID(number), phase: phase, born: now, lastSeen: now, face: face)
    return TrackReport(
      track: track, liveness: liveness,
      scores: NetworkScores(forgery: .pending(observed: 1, required: 3), spoof: .unavailable(.noModel)),
      verdict: Verdict(
        track: TrackID(number), frame: 120, label: label, risk: value, reasons: reasons,
        calibration: "test", models: []))
  }

  /// A report of one frame with these tracks.
  public static func report(_ tracks: [TrackReport], size: PixelSize) -> FrameReport {
    var counters = FrameCounters()
    (counters.delivered, counters.lost, counters.dropped) = (120, 2, 5)
    return FrameReport(
      FrameArrival(
        index: 120, captured: MonotonicInstant(seconds: 4), size: size, camera: "Test camera",
        counters: counters), tracks: tracks)
  }

  /// A call of `count` people in a square grid.
  public static func grid(_ count: Int, size: PixelSize) -> FrameReport {
    let columns = Int(Double(count).squareRoot().rounded(.up))
    let rows = (count + columns - 1) / max(1, columns)
    let cell = (w: Float(size.width) / Float(max(1, columns)), h: Float(size.height) / Float(max(1, rows)))
    let tracks = (0..<count).compactMap { index in
      let (row, column) = (index / columns, index % columns)
      let side = min(cell.w, cell.h) * 0.5
      let box = PixelRect(
        x: (Float(column) + 0.5) * cell.w - side * 0.42, y: (Float(row) + 0.5) * cell.h - side * 0.5,
        width: side * 0.84, height: side)
      let labels: [(VerdictLabel, Double?)] = [
        (.live, 0.06), (.live, 0.14), (.suspect, 0.45), (.fake, 0.93), (.undecided, nil),
      ]
      let (label, risk) = labels[index % labels.count]
      return track(index + 1, in: box, label: label, risk: risk)
    }
    return report(tracks, size: size)
  }
}
