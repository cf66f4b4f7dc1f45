import Calibration
import Foundation
import Liveness
import Observations
import Quantities
import Testing

struct LivenessMonitorUnderTest {
  var monitor = LivenessMonitor(calibration.liveness)

  mutating func run(seconds: Double, fps: Double, _ pose: (Double) -> PuppetFace) -> LivenessState {
    var state = LivenessState(unavailable: .noFace)
    for index in 0..<Int(seconds * fps) {
      let time = Double(index) / fps
      state = monitor.observe(pose(time).face, at: MonotonicInstant(seconds: time))
    }
    return state
  }
}

/// Eye aspect that dips to `depth` for `length` seconds at each of `times`, by a raised cosine.
private func blinking(at times: [Double], length: Double = 0.25, depth: Float = 0.05, time: Double) -> Float {
  for start in times where time >= start && time <= start + length {
    let phase = (time - start) / length
    return 0.3 - (0.3 - depth) * Float(0.5 - 0.5 * cos(2 * .pi * phase))
  }
  return 0.3
}

@Suite struct BlinkTests {
  private let times = [2.0, 3.1, 5.5, 7.0]

  @Test(arguments: [15.0, 25, 30, 60]) func everyBlinkIsFoundOnceAtItsTime(fps: Double) throws {
    let state = observe(seconds: 9, fps: fps) { PuppetFace(eye: blinking(at: times, time: $0)) }
    #expect(state.blinks.count == times.count)
    for (blink, start) in zip(state.blinks, times) {
      let common = min(blink.end.seconds, start + 0.25) - max(blink.start.seconds, start)
      let all = max(blink.end.seconds, start + 0.25) - min(blink.start.seconds, start)
      #expect(common / all >= 0.2, "blink at \(start) found at \(blink.start.seconds)...\(blink.end.seconds)")
    }
  }

  @Test func narrowEyesHaveTheirOwnLevel() {
    let state = observe(seconds: 9) { PuppetFace(eye: 0.55 * blinking(at: times, time: $0)) }
    #expect(state.blinks.count == times.count)
  }

  @Test func eyesClosedLongAreNoBlink() {
    let state = observe(seconds: 8) { PuppetFace(eye: $0 > 3 && $0 < 5 ? 0.05 : 0.3) }
    #expect(state.blinks.isEmpty)
  }

  @Test func aWinkIsNoBlink() {
    let state = observe(seconds: 6) { time in
      var face = PuppetFace()
      face.rightEye = blinking(at: [3], time: time)
      return face
    }
    #expect(state.blinks.isEmpty)
  }

  @Test func theSecondMeasureMustAgree() {
    func run(_ score: Float) -> Int {
      observe(seconds: 6) { time in
        let eye = blinking(at: [3], time: time)
        return PuppetFace(eye: eye, blinkScore: eye < 0.2 ? score : 0.05)
      }.blinks.count
    }
    #expect(run(0.8) == 1)
    #expect(run(0.1) == 0)
  }

  @Test func smallNoiseIsNoBlink() {
    var state: UInt64 = 7
    let result = observe(seconds: 20) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return PuppetFace(eye: 0.3 + (Float(state >> 40) / Float(1 << 24) - 0.5) * 0.06)
    }
    #expect(result.blinks.isEmpty)
  }

  @Test func theTimeWithoutABlinkIsOfWatchedEyes() {
    let open = observe(seconds: 6) { _ in PuppetFace() }
    #expect(abs(open.unblinkingSeconds - 6) < 0.3)
    let blinked = observe(seconds: 9) { PuppetFace(eye: blinking(at: times, time: $0)) }
    #expect(abs(blinked.unblinkingSeconds - 1.7) < 0.4)
    let turned = observe(seconds: 9) { PuppetFace(yaw: $0 > 3 ? 50 : 0) }
    #expect(abs(turned.unblinkingSeconds - 3) < 0.4)
    #expect(observe(seconds: 6) { _ in PuppetFace(interocular: 10) }.unblinkingSeconds == 0)
  }

  @Test func obstaclesAreNamedAndNotGuessed() {
    #expect(observe(seconds: 2) { _ in PuppetFace(yaw: 50) }.eyesClosed == .unavailable(.pose))
    #expect(observe(seconds: 2) { _ in PuppetFace(interocular: 10) }.eyesClosed == .unavailable(.tooSmall))
    #expect(observe(seconds: 4, fps: 5) { _ in PuppetFace() }.eyesClosed == .unavailable(.frameRate))
    guard case .pending = observe(seconds: 0.3, { _ in PuppetFace() }).eyesClosed else {
      Issue.record("the open level cannot be known after 0.3 s")
      return
    }
  }
}

@Suite struct MouthTests {
  @Test func openingsAreFoundOnce() {
    let state = observe(seconds: 8) {
      PuppetFace(mouth: ($0 > 2 && $0 < 2.6) || ($0 > 5 && $0 < 6) ? 0.6 : 0.05)
    }
    #expect(state.mouthEvents.count == 2)
    #expect(abs((state.mouthEvents.first?.start.seconds ?? 0) - 2) < 0.1)
  }

  @Test func halfOpenIsNoEvent() {
    #expect(observe(seconds: 6) { PuppetFace(mouth: $0 > 3 && $0 < 4 ? 0.25 : 0.05) }.mouthEvents.isEmpty)
  }
}

@Suite struct LifeTests {
  private func probability(_ state: LivenessState) -> Double { state.probability.value?.value ?? -1 }

  @Test func aStillIsNotAlive() {
    #expect(probability(observe(seconds: 15) { _ in PuppetFace() }) < 0.05)
  }

  @Test func movingAsAWholeIsNotLife() {
    let state = observe(seconds: 15) { time in
      var face = PuppetFace()
      face.shift.x = Float(40 * sin(2 * time))
      face.interocular = Float(80 + 10 * sin(time))
      return face
    }
    #expect(probability(state) < 0.05)
    #expect((state.nonRigidMotion.value ?? 1) < 0.002)
  }

  @Test func everySignRaisesTheProbability() {
    let still = probability(observe(seconds: 10) { _ in PuppetFace() })
    let one = probability(observe(seconds: 10) { PuppetFace(eye: blinking(at: [3], time: $0)) })
    let two = probability(observe(seconds: 10) { PuppetFace(eye: blinking(at: [3, 6], time: $0)) })
    let talking = probability(
      observe(seconds: 10) {
        PuppetFace(eye: blinking(at: [3, 6], time: $0), mouth: $0 > 7 && $0 < 8 ? 0.6 : 0.05)
      })
    #expect(still < one && one < two && two < talking)
    #expect(talking > calibration.decision.live[1])
  }

  /// An attack sent at two or five frames a second was live for its motion alone.
  @Test(arguments: [0.5, 2, 5, 10]) func motionAloneIsNoLifeWhereBlinksCannotBeSeen(fps: Double) {
    func chewing(_ time: Double) -> PuppetFace { PuppetFace(mouth: Float(0.15 + 0.1 * sin(2.3 * time))) }
    let slow = observe(seconds: 40, fps: fps, chewing)
    #expect((slow.nonRigidMotion.value ?? 0) > 0 && slow.mouthEvents.isEmpty)
    #expect(slow.probability == .unavailable(.frameRate))
    #expect(observe(seconds: 40, fps: 30, chewing).probability.value != nil)
  }

  @Test func whatWasSeenBeforeTheFramesBecameFewStillCounts() {
    var trial = LivenessMonitorUnderTest()
    _ = trial.run(seconds: 10, fps: 30) { PuppetFace(eye: blinking(at: [3, 6], time: $0)) }
    func later(_ seconds: Range<Double>) -> LivenessState {
      var state = LivenessState(unavailable: .noFace)
      for time in stride(from: seconds.lowerBound, to: seconds.upperBound, by: 0.5) {
        state = trial.monitor.observe(PuppetFace().face, at: MonotonicInstant(seconds: time))
      }
      return state
    }
    #expect((later(10..<30).probability.value?.value ?? 0) > 0.5)
    // Its memory is 45 seconds.
    #expect(later(30..<80).probability == .unavailable(.frameRate))
  }

  @Test func tooShortIsPending() {
    guard case .pending = observe(seconds: 1, { _ in PuppetFace() }).probability else {
      Issue.record("a second is too short to judge")
      return
    }
  }

  @Test func sameInputSameState() {
    func run() -> LivenessState { observe(seconds: 9) { PuppetFace(eye: blinking(at: [2, 4], time: $0)) } }
    #expect(run() == run())
  }
}
