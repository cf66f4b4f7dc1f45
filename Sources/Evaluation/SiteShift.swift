import Foundation

/// How far a site's live faces lie from those of other places: the shift of its limits, learnt from live people only.
///
/// Cameras and light move the scores of live faces more than attacks differ from them. So the upper half of a site's live
/// scores is laid on that of left-out places: the shift is the mean distance of their 50, 75 and 90 % quantiles, people
/// weighing alike. It is refused where it would rest on too little, or where somebody among the people stands out as an
/// attack would, and never larger than the distance from the middle to the 99 % quantile of other places.
public struct SiteShift: Sendable, Equatable {
  /// One person in front of the site's camera.
  public struct Person: Sendable {
    /// Joined logits of one question, some seconds apart.
    public let logits: [Double]
    /// Seconds that the person was seen.
    public let seconds: Double

    /// A person by scores and time.
    public init(logits: [Double], seconds: Double) { (self.logits, self.seconds) = (logits, seconds) }
  }

  /// Why no shift is given.
  public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The rules in use hold no live scores of other places.
    case noReference
    /// Too few people were seen.
    case fewPeople(Int)
    /// They were seen for too short a time, in seconds.
    case shortTime(Double)
    /// Person `number` (from 1) lies so far above the others' middle, in logits, where `most` is allowed.
    case standsOut(number: Int, distance: Double, most: Double)

    /// One line for a person.
    public var description: String {
      switch self {
      case .noReference:
        "scores.json holds no live_quantiles; take the one that came with the networks"
      case .fewPeople(let count):
        "\(count) people were scored; at least \(SiteShift.leastPeople) are needed, each seen for \(Int(SiteShift.leastSecondsEach)) s"
      case .shortTime(let seconds):
        String(
          format: "people were seen for %.0f s in all; at least %.0f s are needed", seconds,
          SiteShift.leastSeconds)
      case .standsOut(let number, let distance, let most):
        String(
          format:
            "person %d lies %.2f above the others where live people lie within %.2f: an attack may be among them; look at "
            + "the recording, and leave that person out if it is one", number, distance, most)
      }
    }
  }

  /// Fewest people.
  public static let leastPeople = 3
  /// Shortest time of one of them, and of all together.
  public static let leastSecondsEach = 10.0
  /// See `leastSecondsEach`.
  public static let leastSeconds = 120.0

  /// Logits to add to the limits.
  public let logits: Double
  /// Whether it was cut to what is allowed.
  public let isBounded: Bool

  /// The shift that `people` ask for; `reference` has the quantiles of other places by percent ("50", "99").
  public init(people: [Person], reference: [String: Double]?) throws(Refusal) {
    guard let reference, let middle = reference["50"], let top = reference["99"], top > middle,
      let upper = reference["75"], let high = reference["90"]
    else { throw .noReference }
    let seen = people.filter { $0.seconds >= Self.leastSecondsEach && !$0.logits.isEmpty }
    guard seen.count >= Self.leastPeople else { throw .fewPeople(seen.count) }
    let seconds = seen.reduce(0) { $0 + $1.seconds }
    guard seconds >= Self.leastSeconds else { throw .shortTime(seconds) }
    let most = top - middle
    let middles = seen.map { Self.quantile($0.logits.map { ($0, 1) }, 0.5) }
    for (number, own) in middles.enumerated() {
      let others = middles.enumerated().filter { $0.offset != number }.map { ($0.element, 1.0) }
      let distance = own - Self.quantile(others, 0.5)
      guard distance <= most else { throw .standsOut(number: number + 1, distance: distance, most: most) }
    }
    let weighted = seen.flatMap { person in person.logits.map { ($0, 1 / Double(person.logits.count)) } }
    let own = [0.5, 0.75, 0.9].map { Self.quantile(weighted, $0) }
    let shift = zip(own, [middle, upper, high]).reduce(0) { $0 + $1.0 - $1.1 } / 3
    logits = min(max(shift, -most), most)
    isBounded = abs(shift) > most
  }

  /// A probability's limit, shifted.
  public func shifted(_ limit: Double) -> Double {
    let logit = log(max(limit, 1e-6) / max(1 - limit, 1e-6)) + logits
    return 1 / (1 + exp(-logit))
  }

  /// The value below which `share` of the weight lies.
  private static func quantile(_ values: [(Double, Double)], _ share: Double) -> Double {
    let sorted = values.sorted { $0.0 < $1.0 }
    let total = sorted.reduce(0) { $0 + $1.1 }
    var sum = 0.0
    for (value, weight) in sorted {
      sum += weight
      if sum >= share * total { return value }
    }
    return sorted.last?.0 ?? 0
  }
}
