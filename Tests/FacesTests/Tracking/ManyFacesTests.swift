import Faces
import Foundation
import Observations
import Quantities
import Testing

@Suite struct ManyFacesTests {
  @Test func crossingFacesKeepTheirNumbers() throws {
    // Two persons walk past each other at different heights and sizes; the far one is hidden for a few frames.
    var scene = Scene()
    var last: [Track] = []
    for number in 0..<120 {
      let step = Float(number) * 4
      let front = face(100 + step, 100, size: 80)
      let behind = face(540 - step, 110, size: 50)
      let hidden = front.box.intersection(behind.box).area > 0.5 * behind.box.area
      last = scene.frame(Double(number) / 30, hidden ? [front] : [front, behind])
    }
    let numbers = last.filter { $0.phase != .coasting }
    #expect(numbers.count == 2)
    let front = try #require(numbers.max { $0.face.box.width < $1.face.box.width })
    #expect(front.id == TrackID(1), "the larger face was found first and stays number 1")
  }

  @Test func twoTracksOnOneFaceBecomeOne() {
    var tracker = FaceTracker()
    for number in 0..<10 {
      let now = MonotonicInstant(seconds: Double(number) / 30)
      let plan = tracker.plan(at: now)
      let refined = plan.refine.map { ($0.id, Optional($0.last)) }
      _ = tracker.update(at: now, refined: refined, discovered: number == 0 ? [face(100), face(160)] : [])
    }
    let now = MonotonicInstant(seconds: 10.0 / 30)
    let plan = tracker.plan(at: now)
    // Both landmark runs end on the face at 105: nearer to the track that was at 100.
    let tracks = tracker.update(at: now, refined: plan.refine.map { ($0.id, face(105)) }, discovered: [])
    #expect(tracks.map(\.phase).filter { $0 == .confirmed }.count == 1)
    let held = tracks.first { $0.phase == .confirmed }
    let hidden = tracks.first { $0.phase == .coasting }
    #expect(held?.face == face(105) && abs((hidden?.face.box.x ?? 0) - 160) < 1)
    #expect(hidden?.lastSeen == MonotonicInstant(seconds: 9.0 / 30))
  }

  @Test func sixteenFacesOfACallAreServedUpToTheLimit() {
    let grid = (0..<16).map { face(Float($0 % 4) * 200, Float($0 / 4) * 150) }
    var scene = Scene()
    #expect(scene.frame(0, grid).count == 8)
    var options = TrackingOptions()
    options.mostTracks = 16
    scene = Scene(options: options)
    for number in 0..<60 { #expect(scene.frame(Double(number) / 30, grid).map(\.id.value) == Array(1...16)) }
  }

  @Test func lostFaceFarAwayIsSomebodyElse() {
    var scene = Scene()
    for number in 0..<10 { _ = scene.frame(Double(number) / 30, [face(100)]) }
    let tracks = scene.frame(10.0 / 30, [face(500)])
    _ = tracks
    let next = scene.frame(11.0 / 30, [face(500)])
    #expect(next.first { $0.phase != .coasting }?.id == TrackID(2))
    #expect(next.first { $0.phase == .coasting }?.id == TrackID(1))
  }

  @Test func sameScriptGivesTheSameTracks() {
    func run() -> [[Track]] {
      var scene = Scene()
      var random = Lcg(state: 7)
      return (0..<200).map { number in
        let persons = (0..<5).filter { _ in random.next() % 10 > 1 }.map {
          face(Float($0) * 120 + Float(random.next() % 20), 100 + Float(random.next() % 20))
        }
        return scene.frame(Double(number) / 25, persons)
      }
    }
    #expect(run() == run())
  }
}

/// A small generator, so that a failing case can be repeated.
struct Lcg {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}

@Suite struct TrackerProperties {
  /// Whatever comes in: numbers only grow and are not reused, are sorted and unique, held faces do not coincide,
  /// nobody coasts longer than allowed, times are in order.
  @Test(arguments: 0..<40) func holdForAnyInput(seed: Int) {
    var random = Lcg(state: UInt64(seed) &* 977 &+ 3)
    let options = TrackingOptions()
    var tracker = FaceTracker(options: options)
    var (ended, alive, highest): (Set<TrackID>, Set<TrackID>, Int) = ([], [], 0)
    var seconds = 0.0
    for _ in 0..<300 {
      seconds += Double(random.next() % 100) / 1000 + (random.next() % 50 == 0 ? 3 : 0.001)
      let now = MonotonicInstant(seconds: seconds)
      let plan = tracker.plan(at: now)
      func someFace() -> Face {
        face(Float(random.next() % 600), Float(random.next() % 400), size: 20 + Float(random.next() % 100))
      }
      var refined: [(TrackID, Face?)] = []
      for entry in plan.refine where random.next() % 8 != 0 {
        let wander = random.next() % 12 == 0
        refined.append((entry.id, random.next() % 6 == 0 ? nil : wander ? someFace() : entry.last))
      }
      if random.next() % 20 == 0 { refined.append((TrackID(9999), someFace())) }
      let found = (0..<Int(random.next() % 4)).map { _ in someFace() }
      let tracks = tracker.update(at: now, refined: refined, discovered: found)
      let numbers = tracks.map(\.id)
      #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
      #expect(tracks.count <= options.mostTracks)
      for number in numbers where !alive.contains(number) {
        #expect(number.value > highest && !ended.contains(number))
        highest = max(highest, number.value)
      }
      ended.formUnion(alive.subtracting(numbers))
      alive = Set(numbers)
      #expect(alive.isDisjoint(with: ended))
      for track in tracks {
        #expect(track.born <= track.lastSeen && track.lastSeen <= now)
        if track.phase == .coasting { #expect(now - track.lastSeen <= options.coastFor) }
        if track.phase != .coasting { #expect(track.lastSeen == now) }
      }
      let held = tracks.filter { $0.phase != .coasting }
      for (index, one) in held.enumerated() {
        for other in held.dropFirst(index + 1) {
          let shared = one.face.box.intersection(other.face.box).area
          let smaller = min(one.face.box.area, other.face.box.area)
          #expect(shared < options.duplicateShare * smaller)
        }
      }
    }
  }
}
