public import Observations
public import Quantities

/// One thing to say about a running check: for events, records and the window.
public enum CheckNote: Sendable, Equatable {
  /// The check waits for a face; this is in its way.
  case advice(CheckAdvice)
  /// Step `step` (from 1) asks for a gesture.
  case asked(step: Int, gesture: Gesture, count: Int)
  /// A gesture of the running step was seen; `done` times so far.
  case seen(step: Int, done: Int)
  /// The step was done, so many seconds after it was asked for.
  case completed(step: Int, gesture: Gesture, seconds: Double)
  /// The screen begins to light the face.
  case lightBegan
  /// The light challenge ended, so many seconds after it began (0 when it was refused).
  case lightEnded(LightResult, seconds: Double)
  /// The end. `open` is the gesture that was asked for and not done, if any.
  case finished(CheckResult, open: Gesture?)
}

/// Leads one check: frame reports in, what has changed out.
///
/// Pure: it keeps the source's own clock and touches nothing outside. Faces that are only remembered (coasting tracks)
/// do not count as seen.
public struct CheckConductor: Sendable {
  private var session: CheckSession
  private var shown = CheckPrompt.lookStraight(.lookStraight)
  private var asked: (step: Int, gesture: Gesture, at: MonotonicInstant)?
  private var lightSince: MonotonicInstant?
  private let isLive: Bool
  private var newest: (captured: MonotonicInstant, arrived: MonotonicInstant)?
  /// When the prompt of now was first shown, in the source's clock.
  public private(set) var shownSince: MonotonicInstant?

  /// The box of the face in the newest frame, in frame pixels; nil when there is none or more than one.
  public private(set) var face: PixelRect?

  /// A check that has seen nothing yet. `isLive`: frames are stamped with the machine's own clock.
  public init(_ session: CheckSession, isLive: Bool = false) {
    (self.session, self.isLive) = (session, isLive)
  }

  /// What the person is asked for now.
  public var prompt: CheckPrompt { session.prompt }
  /// The end, once there is one.
  public var result: CheckResult? { session.result }
  /// Steps done, and steps in all.
  public var progress: (done: Int, of: Int) { session.progress }
  /// Whether the screen will light the face later on, and may still be refused.
  public var announcesLight: Bool { session.announcesLight }
  /// The share of the light challenge that is over, in 0...1; nil when none runs.
  public var lightDone: Double? { session.lightDone }
  /// What the screen has to show now; nil while it does not light the face.
  public var light: LightScreen? { if case .light(let screen) = session.prompt { screen } else { nil } }
  /// How far the face is on its way to its place, in 0...1.
  public var nearness: Float { session.nearness }
  /// The share of the running gesture's time that is left at `now` of the source's clock; nil when no gesture runs.
  public func timeLeft(at now: MonotonicInstant) -> Double? { session.timeLeft(at: now) }

  /// Takes the newest report; `arrived` is the machine's time now.
  /// `light` measures the light on a face; it is asked only while the screen lights it.
  public mutating func take(
    _ report: FrameReport, arrived: MonotonicInstant, light: (Face) -> LightSample? = { _ in nil }
  ) -> [CheckNote] {
    newest = (report.captured, arrived)
    let faces = report.tracks.filter { $0.track.phase != .coasting }.map {
      CheckFace(
        track: $0.track.id, face: $0.track.face, liveness: $0.liveness, label: $0.verdict.label,
        isSettled: $0.scores.areSettled, obstacle: $0.obstacle?.reason,
        light: self.light == nil ? nil : light($0.track.face))
    }
    face = faces.count == 1 ? faces[0].face.box : nil
    return handle(.frame(at: report.captured, faces: faces), at: report.captured)
  }

  /// No frame came by `now` of the machine's clock.
  public mutating func waiting(_ now: MonotonicInstant) -> [CheckNote] {
    let time = sourceTime(now)
    return handle(.waiting(at: time), at: time)
  }

  /// The screen shows `zones` since `now` of the machine's clock.
  public mutating func shown(_ zones: LightZones, at now: MonotonicInstant) {
    _ = session.handle(.lightShown(zones, at: isLive ? now : sourceTime(now)))
  }

  /// The person does not want to be lit.
  public mutating func refuseLight() { _ = session.handle(.lightRefused) }

  private func sourceTime(_ now: MonotonicInstant) -> MonotonicInstant {
    // A recording has a clock of its own: its time goes on as the machine's does.
    newest.map { $0.captured + (now - $0.arrived) } ?? now
  }

  /// The camera is gone, or the recording has ended.
  public mutating func sourceLost(_ now: MonotonicInstant) -> [CheckNote] {
    handle(.cameraLost(at: now), at: newest?.captured ?? now)
  }

  private mutating func handle(_ event: CheckEvent, at now: MonotonicInstant) -> [CheckNote] {
    guard session.result == nil else { return [] }
    let step = session.progress.done + 1
    let next = session.handle(event)
    guard next != shown || shownSince == nil else { return [] }
    defer { (shown, shownSince) = (next, now) }
    switch next {
    case .light:
      guard lightSince == nil else { return [] }
      lightSince = now
      return completion(at: now) + [.lightBegan]
    case .lookStraight(let advice): return [.advice(advice)]
    case .wait: return []
    case .perform(let gesture, let count, let done):
      if done > 0 { return [.seen(step: step, done: done)] }
      asked = (step, gesture, now)
      return [.asked(step: step, gesture: gesture, count: count)]
    case .comeBack: return completion(at: now)
    case .finished(let result):
      let seconds = lightSince.map { (now - $0).inSeconds } ?? 0
      let light = result.light.map { [CheckNote.lightEnded($0, seconds: seconds)] } ?? []
      return light + [.finished(result, open: asked?.gesture)]
    }
  }

  private mutating func completion(at now: MonotonicInstant) -> [CheckNote] {
    guard let asked else { return [] }
    self.asked = nil
    return [.completed(step: asked.step, gesture: asked.gesture, seconds: (now - asked.at).inSeconds)]
  }
}
