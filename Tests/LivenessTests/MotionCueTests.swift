import Calibration
import Foundation
import Liveness
import Observations
import Quantities
import Simulation
import Testing

/// The last state after `seconds` of faces.
private func watch(_ seconds: Double, fps: Double = 30, _ face: (Double) -> Face) -> LivenessState {
  var monitor = LivenessMonitor(calibration.liveness)
  var state = LivenessState(unavailable: .noFace)
  for index in 0..<Int(seconds * fps) {
    let time = Double(index) / fps
    state = monitor.observe(face(time), at: MonotonicInstant(seconds: time))
  }
  return state
}

/// A person who turns to both sides, or a flat picture that is turned as far.
private func turning(flat: Bool, seed: UInt64) -> (Double) -> Face {
  var subject = ScriptedSubject(.person, seed: seed)
  subject.blinkRate = 0
  let model = subject.model
  return { time in
    var posture = FacePosture()
    posture.yaw = 34 * sin(time * 1.3)
    posture.pitch = 8 * sin(time * 0.9)
    guard flat else { return subject.face(model.seen(posture), posture) }
    return subject.face(FaceModel.flat(model.seen(FacePosture()), posture), posture)
  }
}

@Suite struct MotionCueTests {
  @Test(arguments: UInt64(0)..<8) func aHeadHasParallaxAndASheetHasNot(seed: UInt64) throws {
    let head = try #require(watch(8, turning(flat: false, seed: seed)).parallax.value)
    let sheet = try #require(watch(8, turning(flat: true, seed: seed)).parallax.value)
    #expect(sheet < head * 0.6, "head \(head), sheet \(sheet)")
  }

  @Test func withoutTurningParallaxIsPending() {
    var subject = ScriptedSubject(.still, seed: 3)
    guard case .pending = watch(6, { subject.face(at: $0) }).parallax else {
      Issue.record("nothing turned")
      return
    }
  }

  @Test(arguments: [2.0, 3.5, 4.0]) func aLoopIsFoundAndAPersonIsNone(length: Double) throws {
    var subject = ScriptedSubject(.person, seed: 5)
    subject.blinkRate = 0.6
    let recorded = (0..<Int(length * 30)).map { subject.face(at: Double($0) / 30) }
    let loop = try #require(watch(14) { recorded[Int(($0 * 30).rounded()) % recorded.count] }.loop.value)
    var person = ScriptedSubject(.person, seed: 6)
    person.blinkRate = 0.6
    let live = try #require(watch(14) { person.face(at: $0) }.loop.value)
    #expect(loop > 0.9, "loop \(loop)")
    #expect(live < 0.85, "person \(live)")
  }

  @Test func aStillFaceIsNoLoop() {
    var subject = ScriptedSubject(.still, seed: 2)
    #expect((watch(12) { subject.face(at: $0) }.loop.value ?? 1) < 0.5)
  }

  @Test func unrestTellsAPersonFromAPictureOnAStand() throws {
    var still = ScriptedSubject(.still, seed: 4)
    var person = ScriptedSubject(.person, seed: 4)
    let resting = try #require(watch(6) { still.face(at: $0) }.microMotion.value)
    let living = try #require(watch(6) { person.face(at: $0) }.microMotion.value)
    #expect(living > 2 * resting, "person \(living), picture \(resting)")
  }

  /// What is measured and told only must not move the probability.
  @Test func cuesThatAreNotValidatedChangeNothing() {
    var still = ScriptedSubject(.still, seed: 4)
    still.noise = 0
    let face = still.face(at: 0)
    func probability(shaken: Double) -> Double? {
      watch(6) { time in
        let shift = Float(shaken * sin(time * 9))
        let points = face.landmarks.points.map { PixelPoint($0.x + shift, $0.y) }
        guard let moved = Landmarks68(points) else { return face }
        return Face(
          box: face.box, presence: face.presence, landmarks: moved, expressions: face.expressions,
          pose: face.pose, quality: face.quality)
      }.probability.value?.value
    }
    #expect(probability(shaken: 0) == probability(shaken: 4) || abs((probability(shaken: 4) ?? 1)) < 0.05)
  }

  @Test func beforeEnoughIsSeenTheCuesArePending() {
    var person = ScriptedSubject(.person, seed: 4)
    let state = watch(0.5) { person.face(at: $0) }
    for cue in [state.parallax, state.loop, state.microMotion, state.nonRigidMotion] {
      guard case .pending(let observed, let required) = cue else {
        Issue.record("half a second is too short: \(cue)")
        continue
      }
      #expect(observed < required)
    }
  }
}
