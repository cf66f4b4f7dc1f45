public import Observations
public import Quantities

/// Follows faces through time. A pure state machine: it runs no network and reads no clock.
///
/// Each frame: ask for a ``plan(at:)``, place landmarks where it says and detect if it says so, then hand the
/// results to ``update(at:refined:discovered:)``. A face is found by the detector once and then held by its own
/// landmarks; the detector runs again when nobody is followed, when a track was lost, and now and then for newcomers.
///
/// A track is born tentative, confirmed after `confirmAfter`, coasting while hidden, and ends when it stays hidden
/// for `coastFor` (a tentative one at its first miss). Numbers start at 1 and are never used again. A clock that
/// jumps back, or a gap longer than `longestGap`, ends all tracks. Costs microseconds.
public struct FaceTracker: Sendable {
  private let options: TrackingOptions
  private var entries: [TrackEntry] = []
  private var nextNumber = 1
  private var lastFrame: MonotonicInstant?
  private var lastDetection: MonotonicInstant?
  private var detecting = false

  /// A tracker that follows nobody yet.
  public init(options: TrackingOptions = .init()) { self.options = options }

  /// What to do with the frame captured at `now`.
  public mutating func plan(at now: MonotonicInstant) -> TrackingPlan {
    endAllAfterBreak(at: now)
    let held = entries.filter(\.held)
    detecting = held.isEmpty || held.count < entries.count || newcomersDue(at: now)
    return TrackingPlan(
      refine: held.map { TrackingPlan.Entry(id: $0.id, last: $0.face) }, detect: detecting)
  }

  /// Of the boxes a detector gave, the indices of those that no face refined in this frame explains; for each of
  /// them landmarks are worth placing. In the order given, at most as many as tracks may yet be followed.
  public func unexplained(_ detections: [Detection], refined: [Face]) -> [Int] {
    let places = max(0, options.mostTracks - refined.count)
    let open = detections.indices.filter { index in
      !refined.contains { $0.box.sharedPart(detections[index].box) >= options.duplicateShare }
    }
    return Array(open.prefix(places))
  }

  /// Takes in what was seen at `now`: for each track of the plan its face or nil, and the faces that the detector
  /// found. Gives all tracks, by number; a coasting track carries the last face seen.
  ///
  /// A track of the plan that `refined` does not mention counts as not seen.
  public mutating func update(
    at now: MonotonicInstant, refined: [(TrackID, Face?)], discovered: [Face]
  ) -> [Track] {
    endAllAfterBreak(at: now)
    lastFrame = now
    if detecting { lastDetection = now }
    detecting = false
    takeIn(refined, at: now)
    letGoOfDuplicates()
    let newcomers = claimLost(among: distinct(discovered), at: now)
    for index in entries.indices { entries[index].confirm(after: options.confirmAfter) }
    for face in newcomers where entries.count < options.mostTracks { begin(face, at: now) }
    entries.removeAll { entry in
      !entry.held && (!entry.confirmed || now - entry.lastSeen > options.coastFor)
    }
    return entries.map { entry in
      let phase: TrackPhase = !entry.held ? .coasting : entry.confirmed ? .confirmed : .tentative
      return Track(id: entry.id, phase: phase, born: entry.born, lastSeen: entry.lastSeen, face: entry.face)
    }
  }

  private func newcomersDue(at now: MonotonicInstant) -> Bool {
    guard let last = lastDetection else { return true }
    return now - last >= options.newcomersEvery
  }

  private mutating func endAllAfterBreak(at now: MonotonicInstant) {
    guard let last = lastFrame, now < last || now - last > options.longestGap else { return }
    entries = []
    (lastFrame, lastDetection) = (nil, nil)
  }

  private mutating func takeIn(_ refined: [(TrackID, Face?)], at now: MonotonicInstant) {
    let faces = Dictionary(refined, uniquingKeysWith: { first, _ in first })
    for index in entries.indices {
      if entries[index].held, let face = faces[entries[index].id] ?? nil {
        entries[index].see(face, at: now)
      } else {
        entries[index].held = false
      }
    }
  }

  /// Two tracks on one face: it belongs to the one that was nearer to it before, then to the older one. The other
  /// counts as hidden (behind the first face) and coasts from where it was.
  private mutating func letGoOfDuplicates() {
    for first in entries.indices {
      for second in entries.indices.dropFirst(first + 1) where entries[first].held && entries[second].held {
        let shared = entries[first].face.box.sharedPart(entries[second].face.box)
        guard shared >= options.duplicateShare else { continue }
        entries[entries[second].jump < entries[first].jump ? first : second].unsee()
      }
    }
  }

  /// The faces that no held track has, each once, largest first.
  private func distinct(_ discovered: [Face]) -> [Face] {
    var kept: [Face] = []
    for face in discovered.sorted(by: { $0.box.area > $1.box.area }) {
      let known = entries.lazy.filter(\.held).map(\.face) + kept
      if !known.contains(where: { $0.box.sharedPart(face.box) >= options.duplicateShare }) {
        kept.append(face)
      }
    }
    return kept
  }

  /// Gives lost tracks the faces that are theirs; returns the rest.
  private mutating func claimLost(among found: [Face], at now: MonotonicInstant) -> [Face] {
    let lost = entries.indices.filter { !entries[$0].held }
    let last = lost.map { (face: entries[$0].face, seconds: Float((now - entries[$0].lastSeen).inSeconds)) }
    var rest = Set(found.indices)
    for pair in Association.pairs(lost: last, found: found) {
      entries[lost[pair.lost]].see(found[pair.found], at: now)
      rest.remove(pair.found)
    }
    return rest.sorted().map { found[$0] }
  }

  private mutating func begin(_ face: Face, at now: MonotonicInstant) {
    entries.append(
      TrackEntry(id: TrackID(nextNumber), born: now, face: face, confirmed: options.confirmAfter <= .zero))
    nextNumber += 1
  }
}
