import Observations
import Quantities

/// Watches that one face stays in front of the camera without a break.
struct FaceContinuity {
  private let limits: CheckLimits
  private let track: TrackID
  private var place: (center: PixelPoint, interocular: Float)
  private var lastSeen: MonotonicInstant
  private var secondSince: MonotonicInstant?
  private var darkSince: MonotonicInstant?

  init(_ face: CheckFace, limits: CheckLimits, at now: MonotonicInstant) {
    (self.limits, track, lastSeen) = (limits, face.track, now)
    place = Self.place(face)
  }

  /// What breaks the check in this frame; nil when nothing does. `face` is the one that is followed, if it is seen.
  mutating func observe(_ faces: [CheckFace], at now: MonotonicInstant) -> (
    broken: CheckOutcome?, face: CheckFace?
  ) {
    let own = faces.first { $0.track == track }
    if faces.contains(where: { $0.track != track }) {
      // A new number in the place of the old one is another face, or one that was gone for a moment.
      guard own != nil else { return (.faceChanged, nil) }
      let since = secondSince ?? now
      secondSince = since
      if (now - since).inSeconds > limits.secondFaceSeconds { return (.secondPerson, nil) }
    } else {
      secondSince = nil
    }
    guard let own else {
      return ((now - lastSeen).inSeconds > limits.gapSeconds ? gone : nil, nil)
    }
    let next = Self.place(own)
    let moved = next.center.distance(to: place.center) / max(place.interocular, 1)
    let steps = max(1, Float((now - lastSeen).inSeconds * 15))
    let grown = abs(next.interocular / max(place.interocular, 1) - 1)
    (place, lastSeen) = (next, now)
    if moved > limits.jump * steps || grown > 0.5 * steps { return (.faceChanged, nil) }
    return (darkness(own, now), own)
  }

  private var gone: CheckOutcome { darkSince == nil ? .faceLeft : .tooDark }

  private mutating func darkness(_ face: CheckFace, _ now: MonotonicInstant) -> CheckOutcome? {
    guard face.face.quality.exposure < limits.darkest else {
      darkSince = nil
      return nil
    }
    let since = darkSince ?? now
    darkSince = since
    return (now - since).inSeconds > limits.gapSeconds ? .tooDark : nil
  }

  private static func place(_ face: CheckFace) -> (center: PixelPoint, interocular: Float) {
    (face.face.landmarks.points[27], face.face.quality.interocularPixels)
  }
}
