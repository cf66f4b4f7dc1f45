/// How signs of life become a probability: each leaves a part of the chance that nobody lives there.
public struct SignLimits: Sendable, Equatable {
  /// Seconds that an event counts as a sign of life.
  public let memorySeconds: Double
  /// Events of a kind that count, at most.
  public let mostEvents: Double
  /// What one blink leaves.
  public let blinkLeaves: Double
  /// What one mouth event leaves.
  public let mouthLeaves: Double
  /// What non-rigid motion takes away at most.
  public let motionWeight: Double
  /// Seconds of eyes before a rise of closure can be seen; whether they are closed needs the person's level.
  public let firstLevelSeconds: Double
  /// Aspect ratio of an open eye below which there is no level to compare with.
  public let leastOpenAspect: Double

  init(_ section: CalibrationSection) throws(CalibrationError) {
    var section = section
    memorySeconds = try section.number("memory_seconds", 1...600)
    mostEvents = try section.number("most_events", 1...10)
    blinkLeaves = try section.number("blink_leaves", 0...1)
    mouthLeaves = try section.number("mouth_leaves", 0...1)
    motionWeight = try section.number("motion_weight", 0...1)
    firstLevelSeconds = try section.number("first_level_seconds", 0...5)
    leastOpenAspect = try section.number("least_open_aspect", 0...0.2)
    try section.finish()
  }
}

/// Numbers of the cues that come from how a face moves; lengths in interocular distances.
public struct MotionLimits: Sendable, Equatable {
  /// Seconds over which the resting shape is followed.
  public let shapeMeanSeconds: Double
  /// Seconds over which the power of the change of shape is averaged.
  public let shapePowerSeconds: Double
  /// Seconds before the change of shape is given.
  public let shapeRequiredSeconds: Double
  /// Seconds between two views that are compared for parallax.
  public let parallaxApartSeconds: Double
  /// Least change between two views that shows whether they are of a plane.
  public let parallaxLeastChange: Double
  /// Seconds over which the place that unrest is counted from is followed.
  public let unrestPlaceSeconds: Double
  /// Seconds over which the power of unrest is averaged.
  public let unrestPowerSeconds: Double
  /// Seconds before unrest is given.
  public let unrestRequiredSeconds: Double
  /// Least spread of a stretch of motion that can be found again.
  public let loopLeastSpread: Double

  init(_ section: CalibrationSection) throws(CalibrationError) {
    var section = section
    shapeMeanSeconds = try section.number("shape_mean_seconds", 0.1...60)
    shapePowerSeconds = try section.number("shape_power_seconds", 0.1...60)
    shapeRequiredSeconds = try section.number("shape_required_seconds", 0.1...60)
    parallaxApartSeconds = try section.number("parallax_apart_seconds", 0.1...10)
    parallaxLeastChange = try section.number("parallax_least_change", 0.001...1)
    unrestPlaceSeconds = try section.number("unrest_place_seconds", 0.05...10)
    unrestPowerSeconds = try section.number("unrest_power_seconds", 0.1...60)
    unrestRequiredSeconds = try section.number("unrest_required_seconds", 0.1...60)
    loopLeastSpread = try section.number("loop_least_spread", 0.0001...1)
    try section.finish()
  }
}

/// When and how the pulse is looked for.
public struct PulseLimits: Sendable, Equatable {
  /// Seconds of skin that are looked at.
  public let windowSeconds: Double
  /// Seconds before there is an estimate.
  public let requiredSeconds: Double
  /// Seconds between two looks.
  public let pauseSeconds: Double
  /// Fewest frames a second.
  public let framesPerSecond: Double
  /// Least mean luma of the face, 0...1.
  public let exposure: Double
  /// Smallest distance between the eyes, in pixels.
  public let interocularPixels: Double
  /// Largest turn of the head, in degrees.
  public let turnDegrees: Double
  /// Interocular distances a second; more smears the regions over skin of other light.
  public let fastest: Double
  /// Seconds over which the speed is averaged.
  public let speedSeconds: Double

  init(_ section: CalibrationSection) throws(CalibrationError) {
    var section = section
    windowSeconds = try section.number("window_seconds", 4...60)
    requiredSeconds = try section.number("required_seconds", 4...60)
    pauseSeconds = try section.number("pause_seconds", 0...10)
    framesPerSecond = try section.number("frames_per_second", 8...60)
    exposure = try section.number("exposure", 0...1)
    interocularPixels = try section.number("interocular_pixels", 8...500)
    turnDegrees = try section.number("turn_degrees", 1...90)
    fastest = try section.number("fastest", 0.01...10)
    speedSeconds = try section.number("speed_seconds", 0.1...10)
    try section.finish()
  }
}

/// How what is known of a face becomes one risk, and when a cue speaks against it.
public struct RiskLimits: Sendable, Equatable {
  /// Weight of evidence that the camera is not one: a virtual camera is common among honest people, too.
  public let injectionWeight: Double
  /// Strength from which it is named as speaking against the face.
  public let injectionAgainst: Double
  /// How much of a stare is named as speaking against the face.
  public let stareAgainst: Double
  /// Blinks a minute of people before a screen (4.5 reading, 17 at rest, 26 talking: Bentivoglio et al. 1997).
  public let blinksAMinute: Double
  /// Shape of the gamma distribution of those rates.
  public let blinkRateShape: Double
  /// Share of the faces that never blink among those that are met.
  public let unblinkingShare: Double

  init(_ section: CalibrationSection) throws(CalibrationError) {
    var section = section
    injectionWeight = try section.number("injection_weight", 0...1)
    injectionAgainst = try section.number("injection_against", 0...1)
    stareAgainst = try section.number("stare_against", 0...1)
    blinksAMinute = try section.number("blinks_a_minute", 0.1...60)
    blinkRateShape = try section.number("blink_rate_shape", 0.1...20)
    unblinkingShare = try section.number("unblinking_share", 0.001...0.999)
    try section.finish()
  }
}
