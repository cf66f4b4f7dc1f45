import Observations
import Quantities

/// One track inside the tracker.
struct TrackEntry: Sendable {
  let id: TrackID
  let born: MonotonicInstant
  private(set) var lastSeen: MonotonicInstant
  private(set) var face: Face
  private(set) var confirmed: Bool
  /// Seen in the newest frame.
  var held = true
  /// Face and time before the newest sighting, to go back to when that turns out to be someone else's.
  private var before: (face: Face, seen: MonotonicInstant)

  init(id: TrackID, born: MonotonicInstant, face: Face, confirmed: Bool) {
    (self.id, self.born, lastSeen, self.face, self.confirmed) = (id, born, born, face, confirmed)
    before = (face, born)
  }

  mutating func see(_ new: Face, at now: MonotonicInstant) {
    before = (face, lastSeen)
    (face, lastSeen, held) = (new, now, true)
  }

  /// Takes the newest sighting back.
  mutating func unsee() {
    (face, lastSeen) = before
    held = false
  }

  mutating func confirm(after time: Duration) {
    if held, lastSeen > born, lastSeen - born >= time { confirmed = true }
  }

  /// How far the newest sighting lies from the one before, in face sizes.
  var jump: Float {
    let size = max(before.face.box.area.squareRoot(), 1)
    return face.box.center.distance(to: before.face.box.center) / size
  }
}
