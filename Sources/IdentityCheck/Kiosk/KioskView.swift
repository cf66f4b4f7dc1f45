public import Quantities
public import Wording

/// What the kiosk's screen shows at one moment.
public struct KioskView: Sendable {
  /// What the person is asked for.
  public var prompt: CheckPrompt
  /// Steps done, and steps in all.
  public var progress: (done: Int, of: Int)
  /// Seconds since this prompt is shown; moves the figure.
  public var seconds: Double
  /// The box of the face that is followed, in frame pixels; nil when there is none.
  public var face: PixelRect?
  /// How far the face is on its way to its place, in 0...1; 1 when it is there.
  public var nearness: Float
  /// The share of the time for this prompt that is left, in 0...1; nil when no time runs.
  public var timeLeft: Double?
  /// Whether the screen will light the face later on, and may still be refused.
  public var announcesLight = false
  /// The share of the light challenge that is over, in 0...1.
  public var lightDone: Double?
  /// Seconds for which the kiosk is locked; nil when it is not.
  public var locked: Double?

  /// A view of a running check.
  public init(
    prompt: CheckPrompt, progress: (done: Int, of: Int), seconds: Double, face: PixelRect? = nil,
    nearness: Float = 0, timeLeft: Double? = nil, locked: Double? = nil
  ) {
    (self.prompt, self.progress, self.seconds, self.locked) = (prompt, progress, seconds, locked)
    (self.face, self.nearness, self.timeLeft) = (face, nearness, timeLeft)
  }

  /// What the conductor's person sees at `now` of the source's clock.
  public init(_ conductor: CheckConductor, at now: MonotonicInstant) {
    self.init(
      prompt: conductor.prompt, progress: conductor.progress,
      seconds: conductor.shownSince.map { (now - $0).inSeconds } ?? 0, face: conductor.face,
      nearness: conductor.nearness, timeLeft: conductor.timeLeft(at: now))
    (announcesLight, lightDone) = (conductor.announcesLight, conductor.lightDone)
  }
}

/// How the kiosk's screen looks to this person.
public struct KioskLook: Sendable, Hashable {
  /// The language of all words.
  public var language: Language
  /// Black, white and yellow only, and thicker lines.
  public var isHighContrast: Bool
  /// Words take more of the screen, the figure less.
  public var isLargeText: Bool
  /// Whether the picture is shown turned left to right, as in a mirror.
  public var mirrors: Bool

  /// A look; ordinary contrast and text unless told.
  public init(
    language: Language, isHighContrast: Bool = false, isLargeText: Bool = false, mirrors: Bool = true
  ) {
    (self.language, self.isHighContrast) = (language, isHighContrast)
    (self.isLargeText, self.mirrors) = (isLargeText, mirrors)
  }
}
