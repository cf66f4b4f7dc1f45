import IdentityCheck
import Observations
import Quantities
import Simulation
import Testing

@Suite struct ConductorTests {
  @Test func aPersonIsLedThroughEveryStep() throws {
    let run = Stage().play()
    #expect(run.result?.decision == .pass)
    let asked = run.notes.compactMap { if case .asked(_, let gesture, _) = $0 { gesture } else { nil } }
    let done = run.notes.compactMap { note -> Int? in
      if case .completed(let step, _, let seconds) = note, seconds > 0.3, seconds < 3 { step } else { nil }
    }
    #expect(asked == [.turnLeft, .mouthOpen, .nod])
    #expect(done == [1, 2, 3])
    guard case .finished(let result, open: nil)? = run.notes.last else {
      Issue.record("the last note is \(String(describing: run.notes.last))")
      return
    }
    #expect(result == run.result)
  }

  @Test func everyRepetitionIsTold() {
    let run = Stage(plan: [(.mouthOpen, 2, 0.2), (.turnRight, 1, 0.2)]).play(
      Mishap(reply: { $0 == .mouthOpen ? .mouth : .turnRight }))
    #expect(run.notes.contains(.seen(step: 1, done: 1)))
    // Only one of two was done.
    #expect(run.result?.outcome == .late)
    guard case .finished(_, open: .mouthOpen)? = run.notes.last else {
      Issue.record("the open gesture is not named: \(String(describing: run.notes.last))")
      return
    }
  }

  /// Every bad input of the kiosk: its name, what follows from it, and the advice.
  @Test(arguments: BadInput.allCases) func badInputIsNamed(input: BadInput) throws {
    let (stage, mishap) = input.scene
    let result = try #require(stage.play(mishap).result, "\(input): no end")
    let (outcome, decision, advice) = input.expected
    #expect(result.outcome == outcome)
    #expect(result.decision == decision)
    #expect(result.advice == advice)
  }

  @Test func coastingFacesAreNotSeen() {
    let run = Stage().play(
      Mishap(tracks: { tracks, time in if time > 3 { tracks = tracks.map { $0.changed(phase: .coasting) } } })
    )
    #expect(run.result?.outcome == .faceLeft)
  }

  @Test func nothingIsToldAfterTheEnd() {
    var conductor = CheckConductor(
      CheckSession(plan: ChallengePlan(steps: [(.nod, 1, 0.1)]), policy: .low))
    #expect(conductor.sourceLost(MonotonicInstant(seconds: 1)).count == 1)
    #expect(conductor.waiting(MonotonicInstant(seconds: 100)).isEmpty)
    #expect(conductor.sourceLost(MonotonicInstant(seconds: 101)).isEmpty)
  }

  /// A recording's clock begins at 0, the machine's does not: only the silence between frames may count.
  @Test func waitingGoesOnInTheSourcesClock() {
    let run = Stage().play(Mishap(silentFrom: 3))
    #expect(run.result?.outcome == .cameraLost)
    #expect((run.result?.seconds ?? 9) < 4)
  }
}

/// The issue's list of bad inputs.
enum BadInput: CaseIterable {
  case noFace, twoFaces, secondFaceLater, faceLeaves, lightsOff, darkFromTheStart, cameraLost, cameraSilent
  case noFirstFrame, clockForward, clockBack, fiveFrames, mirrored, standsStill, timeoutFails

  private static func tracks(_ change: @escaping (inout [TrackReport], Double) -> Void) -> (Stage, Mishap) {
    (Stage(), Mishap(tracks: change))
  }

  var scene: (Stage, Mishap) {
    switch self {
    case .noFace: Self.tracks { tracks, _ in tracks = [] }
    case .twoFaces: Self.tracks { tracks, _ in tracks.append(tracks[0].changed(id: 2)) }
    case .secondFaceLater:
      Self.tracks { tracks, time in if time > 2 { tracks.append(tracks[0].changed(id: 2)) } }
    case .faceLeaves: Self.tracks { tracks, time in if time > 2 { tracks = [] } }
    case .lightsOff:
      Self.tracks { tracks, time in if time > 2 { tracks = tracks.map { $0.changed(exposure: 0.02) } } }
    case .darkFromTheStart: Self.tracks { tracks, _ in tracks = tracks.map { $0.changed(exposure: 0.05) } }
    case .cameraLost: (Stage(), Mishap(lostAt: 2))
    case .cameraSilent: (Stage(), Mishap(silentFrom: 2))
    case .noFirstFrame: (Stage(), Mishap(silentFrom: 0))
    case .clockForward: (Stage(), Mishap(clock: { $0 < 2 ? $0 : $0 + 3600 }))
    case .clockBack: (Stage(), Mishap(clock: { $0 < 2 ? $0 : $0 - 1.5 }))
    case .fiveFrames: (Stage(), Mishap(fps: 5))
    case .mirrored: (Stage(mirrored: true), Mishap())
    case .standsStill: (Stage(), Mishap(reply: { _ in nil }))
    case .timeoutFails: (Stage(onTimeout: .fail), Mishap(reply: { _ in nil }))
    }
  }

  var expected: (CheckOutcome, CheckDecision, CheckAdvice) {
    switch self {
    case .noFace: (.noFace, .undecided, .lookStraight)
    case .twoFaces, .secondFaceLater: (.secondPerson, .fail, .onePerson)
    case .faceLeaves: (.faceLeft, .undecided, .stay)
    case .lightsOff, .darkFromTheStart: (.tooDark, .undecided, .moreLight)
    case .cameraLost, .cameraSilent, .noFirstFrame: (.cameraLost, .undecided, .callStaff)
    case .clockForward, .clockBack: (.clockStepped, .undecided, .callStaff)
    case .fiveFrames: (.tooSlow, .undecided, .callStaff)
    case .mirrored: (.oppositeTurn, .fail, .mirroredCamera)
    case .standsStill: (.late, .undecided, .followPrompt)
    case .timeoutFails: (.late, .fail, .followPrompt)
    }
  }
}
