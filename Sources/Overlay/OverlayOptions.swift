public import Observations
public import Wording

/// What the overlay shows and how; read anew for every frame, so that keys act at once.
public struct OverlayOptions: Sendable, Hashable {
  /// Language of all words.
  public var language: Language = .english
  /// Colours.
  public var theme: ThemeName = .dark
  /// Whether the 68 points are drawn (key l).
  public var showsLandmarks = true
  /// Whether the cards with score, history, cues and reasons are drawn (key i).
  public var showsDetails = true
  /// Whether the bar at the top is drawn, and the words about the picture as a whole (no face, notices).
  public var showsBar = true
  /// Whether the list of keys is drawn (key ?).
  public var showsHelp = false
  /// Whether the picture stands still (space).
  public var isPaused = false
  /// Frames shown a second; nil while it is not known.
  public var framesPerSecond: Double?
  /// Short sentences about the source, in the user's language: "camera lost, waiting for it".
  public var notices: [String] = []
  /// Heat maps laid over the boxes of tracks.
  public var patches: [TrackID: Patch] = [:]

  /// English, dark, landmarks and details shown.
  public init() {}
}

/// Measures text for the layout.
public protocol TextMetrics {
  /// Width of one line in canvas pixels.
  func width(of text: String, style: TextStyle, rightToLeft: Bool) -> Float
}
