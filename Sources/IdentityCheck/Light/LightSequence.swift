/// The pattern of one light challenge, drawn at random: which colours, on which sides, for how long.
///
/// At most three changes a second, so one and a half flashes at most (WCAG 2.3.1 allows three), and no saturated red.
public struct LightSequence: Sendable, Equatable {
  /// One picture of the pattern.
  public struct Segment: Sendable, Equatable {
    /// What the screen shows.
    public let zones: LightZones
    /// For how long, in seconds.
    public let seconds: Double
  }

  /// The pictures in their order; never the same twice in a row.
  public let segments: [Segment]

  /// Pictures of one colour, and pictures with one side in a colour of its own.
  static let (whole, sided) = (4, 4)
  /// Seconds of a picture: a third of a second at least.
  static let duration = 0.335...0.40

  /// A pattern drawn from `generator`.
  public init(using generator: inout some RandomNumberGenerator) {
    let colors = LightColor.palette.map(\.color)
    // Each side at least once; which one twice is drawn.
    let sides = [0, 1, 2, Int.random(in: 0..<3, using: &generator)]
    let kinds: [Int?] = ([Int?](repeating: nil, count: Self.whole) + sides.map { $0 }).shuffled(
      using: &generator)
    var segments: [Segment] = []
    for side in kinds {
      var zones: LightZones
      repeat {
        let first = colors.randomElement(using: &generator) ?? .rest
        var other = first
        while side != nil, other == first { other = colors.randomElement(using: &generator) ?? .rest }
        zones = LightZones(
          top: side == 0 ? first : other, left: side == 1 ? first : other, right: side == 2 ? first : other)
      } while zones == segments.last?.zones
      segments.append(Segment(zones: zones, seconds: Double.random(in: Self.duration, using: &generator)))
    }
    self.segments = segments
  }

  /// A pattern of given pictures; for tests.
  package init(segments: [(LightZones, Double)]) {
    self.segments = segments.map { Segment(zones: $0.0, seconds: $0.1) }
  }

  /// Seconds in all.
  public var seconds: Double { segments.reduce(0) { $0 + $1.seconds } }

  /// What is shown so many seconds after the beginning; the grey before and after it.
  public func zones(at seconds: Double) -> LightZones {
    guard seconds >= 0 else { return .rest }
    var end = 0.0
    for segment in segments {
      end += segment.seconds
      if seconds < end { return segment.zones }
    }
    return .rest
  }
}
