import Foundation
import Observations
import Quantities
import Simulation
import Testing

/// Persons and pictures whose movements are known.
@Suite struct ScriptedSubjectTests {
  private static let frames = (0..<300).map { Double($0) / 30 }

  @Test func thereAreSeedsAndNothingElse() {
    func faces(_ seed: UInt64) -> [Face] {
      var subject = ScriptedSubject(.person, seed: seed)
      return Self.frames.prefix(60).map { subject.face(at: $0) }
    }
    #expect(faces(4) == faces(4) && faces(4) != faces(5))
  }

  /// A picture does not blink; one on a stand does not move either.
  @Test func picturesDoNotLive() {
    var still = ScriptedSubject(.still, seed: 1)
    let postures = Self.frames.map { still.posture(at: $0) }
    #expect(postures.allSatisfy { $0 == FacePosture() } && still.blinks == [])
    var held = ScriptedSubject(.photoInHand, seed: 1)
    held.noise = 0
    let faces = Self.frames.map { held.face(at: $0) }
    #expect(held.blinks == [] && faces.first != faces.last)
    #expect(Set(faces.map { $0.expressions?.eyeBlinkLeft }).count == 1)
  }

  @Test func aPersonBlinksAndTheTruthSaysWhen() throws {
    var person = ScriptedSubject(.person, seed: 2)
    var shut: [Double] = []
    for step in 0..<1800 {
      let time = Double(step) / 30
      if person.posture(at: time).rightEye < 0.5 { shut.append(time) }
    }
    // 0.3 a second and a pause of 0.7 s after each: about 15 a minute.
    #expect((6...26).contains(person.blinks.count), "\(person.blinks.count)")
    #expect(shut.allSatisfy { time in person.blinks.contains { $0.contains(time) } })
    for blink in person.blinks where blink.upperBound < 60 {
      #expect((0.16...0.34).contains(blink.upperBound - blink.lowerBound))
      #expect(shut.contains { blink.contains($0) })
    }
    for (one, next) in zip(person.blinks, person.blinks.dropFirst()) {
      #expect(next.lowerBound - one.lowerBound > 0.7)
    }
  }

  @Test(arguments: ScriptedMotion.allCases) func eachMovementGoesItsWayAndComesBack(motion: ScriptedMotion) {
    var person = ScriptedSubject(.person, seed: 6)
    person.blinkRate = 0
    let end = person.perform(motion, at: 1)
    var most = FacePosture()
    var least = FacePosture()
    for step in 0...100 {
      let posture = person.posture(at: 1 + (end - 1) * Double(step) / 100)
      (most.yaw, least.yaw) = (max(most.yaw, posture.yaw), min(least.yaw, posture.yaw))
      (most.pitch, least.pitch) = (max(most.pitch, posture.pitch), min(least.pitch, posture.pitch))
      (most.roll, least.roll) = (max(most.roll, posture.roll), min(least.roll, posture.roll))
      (most.mouth, most.scale) = (max(most.mouth, posture.mouth), max(most.scale, posture.scale))
      least.rightEye = min(least.rightEye, posture.rightEye)
    }
    // Left is the subject's: to the right of the frame, and a lean that looks clockwise.
    let names = "\(motion)"
    #expect(
      (most.yaw > 15) == names.hasPrefix("turnLeft") && (least.yaw < -15) == names.hasPrefix("turnRight"))
    #expect(
      (most.roll > 12) == names.hasPrefix("tiltLeft") && (least.roll < -12) == names.hasPrefix("tiltRight"))
    #expect((most.pitch > 10) == (motion == .lookUp) && (least.pitch < -10) == (motion == .nod))
    #expect((most.mouth > 0.3) == (motion == .mouth || names.hasSuffix("Mouth")))
    #expect((most.scale > 1.2) == (motion == .closer) && (least.rightEye < 0.4) == (motion == .blink))
    let after = person.posture(at: end + 0.01)
    #expect(abs(after.yaw) < 2 && abs(after.pitch) < 2 && abs(after.roll) < 2 && after.mouth == 0.04)
    #expect(after.rightEye == 1 && abs(after.scale - 1) < 0.01)
  }

  @Test func aFaceStandsInTheMiddleAtItsSize() throws {
    var person = ScriptedSubject(.person, seed: 3)
    (person.noise, person.blinkRate, person.interocularPixels, person.exposure) = (0, 0, 120, 0.3)
    let face = person.face(at: 0)
    #expect(abs(face.landmarks.interocularDistance - 120) < 6)
    #expect(abs(face.box.center.x - 640) < 30 && face.quality.exposure == 0.3)
    #expect(abs(face.quality.interocularPixels - 120) < 2 && face.presence.value > 0.9)
    let pose = try #require(face.pose)
    #expect(abs(pose.yaw.degrees) < 2 && abs(pose.pitch.degrees) < 2)
  }

  /// The noise of landmarks is as large as it is said to be.
  @Test func noiseHasItsSize() {
    var still = ScriptedSubject(.still, seed: 8)
    still.noise = 0.01
    let xs = (0..<2000).map { _ in Double(still.face(at: 0).landmarks.points[30].x) }
    let mean = xs.reduce(0, +) / 2000
    let spread = (xs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2000).squareRoot()
    // A hundredth of 90 pixels, within three standard errors.
    #expect(abs(spread - 0.9) < 0.9 * 3 / 63)
  }
}

@Suite struct SyntheticSkinTests {
  /// Power of one channel at a rate in beats a minute (one bin of a Fourier transform).
  private func power(_ colors: [SIMD3<Double>], _ channel: Int, _ beats: Double, fps: Double) -> Double {
    let mean = colors.reduce(0) { $0 + $1[channel] } / Double(colors.count)
    var sums = SIMD2(0.0, 0.0)
    for (index, color) in colors.enumerated() {
      let angle = 2 * Double.pi * beats / 60 * Double(index) / fps
      sums += (color[channel] - mean) * SIMD2(cos(angle), sin(angle))
    }
    return (sums * sums).sum().squareRoot() / Double(colors.count) * 2
  }

  @Test(arguments: [48.0, 72, 120]) func thePulseIsAtItsRateAndStrongestInGreen(beats: Double) {
    var skin = SyntheticSkin()
    (skin.beatsPerMinute, skin.seconds) = (beats, 20)
    let (times, colors) = skin.sequence(seed: 4)
    #expect(times.count == 600 && times[30] == 1)
    let found = stride(from: 40.0, through: 160, by: 3).max {
      power(colors, 1, $0, fps: 30) < power(colors, 1, $1, fps: 30)
    }
    #expect(abs((found ?? 0) - beats) <= 3)
    // Amplitudes: tone times shape times strength (Wang 2017: 0.33, 0.77, 0.53).
    for (channel, expected) in [180 * 0.33, 130 * 0.77, 105 * 0.53].enumerated() {
      #expect(
        abs(power(colors, channel, beats, fps: 30) - expected * skin.strength) < 0.02 * expected
          * skin.strength)
    }
  }

  @Test func lightChangesAllColoursAlike() {
    var skin = SyntheticSkin()
    (skin.strength, skin.motion) = (0, 0.05)
    let colors = skin.sequence(seed: 9).colors
    #expect(colors.contains { abs($0.x - 180) > 2 })
    for color in colors {
      #expect(abs(color.x / 180 - color.y / 130) < 1e-9 && abs(color.y / 130 - color.z / 105) < 1e-9)
    }
  }

  @Test func compressionRounds() {
    var skin = SyntheticSkin()
    (skin.quantum, skin.noise) = (0.5, 0.01)
    let colors = skin.sequence(seed: 9).colors
    #expect(colors.allSatisfy { color in (0..<3).allSatisfy { (color[$0] * 2).rounded() == color[$0] * 2 } })
    #expect(skin.sequence(seed: 9).colors == colors && skin.sequence(seed: 10).colors != colors)
  }
}
