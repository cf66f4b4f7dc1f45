import Observations
import Quantities

/// Waits for one well seen face that looks straight ahead, and learns it at rest.
struct Framing {
  enum Step {
    case waiting
    case ready(CheckFace, RestingFace)
    case gaveUp(CheckOutcome)
  }

  private let limits: CheckLimits
  private var start: MonotonicInstant?
  private var settledSince: MonotonicInstant?
  private var track: TrackID?
  private var rest = RestingFace()
  /// What is in the way.
  private(set) var advice = CheckAdvice.lookStraight
  /// How near the face is to being well placed, in 0...1: its size against the smallest that is taken, then how long it
  /// has been still.
  private(set) var nearness: Float = 0
  /// The share of ``nearness`` that size alone gives.
  private static let shareOfSize: Float = 0.75

  init(_ limits: CheckLimits) { self.limits = limits }

  mutating func observe(_ faces: [CheckFace], at now: MonotonicInstant) -> Step {
    let began = start ?? now
    start = began
    advice = obstacle(faces) ?? .none
    let interocular = faces.count == 1 ? faces[0].face.quality.interocularPixels : 0
    nearness = Self.shareOfSize * min(1, interocular / limits.interocularPixels)
    guard advice == .none, let face = faces.first, let numbers = FaceNumbers(face) else {
      settledSince = nil
      return (now - began).inSeconds > limits.framingSeconds ? .gaveUp(outcome) : .waiting
    }
    let isSteady =
      rest.count == 0
      || abs(numbers.yaw - rest.numbers.yaw) < 6
        && abs(numbers.interocular / rest.numbers.interocular - 1) < 0.08
    if settledSince == nil || track != face.track || !isSteady { (rest, settledSince) = (RestingFace(), now) }
    track = face.track
    rest.add(numbers, face.face.landmarks)
    let settled = settledSince.map { Float((now - $0).inSeconds / limits.settleSeconds) } ?? 0
    nearness = Self.shareOfSize + (1 - Self.shareOfSize) * min(1, settled)
    if let settledSince, (now - settledSince).inSeconds >= limits.settleSeconds, rest.count >= 5,
      face.liveness.eyesClosed.value != nil
    {
      return .ready(face, rest)
    }
    return (now - began).inSeconds > limits.framingSeconds ? .gaveUp(outcome) : .waiting
  }

  private func obstacle(_ faces: [CheckFace]) -> CheckAdvice? {
    guard let face = faces.first else { return .lookStraight }
    if faces.count > 1 { return .onePerson }
    let quality = face.face.quality
    if quality.exposure < limits.darkest { return .moreLight }
    if quality.interocularPixels < limits.interocularPixels { return .comeCloser }
    // The same measure as in every other command; a challenge would only end in "not judged".
    if let advice = face.obstacle.flatMap(\.checkAdvice) { return advice }
    guard let numbers = FaceNumbers(face) else { return .lookStraight }
    let isOpen = numbers.mouth > 0.25
    return abs(numbers.yaw) > 15 || abs(numbers.pitch) > 20 || isOpen ? .lookStraight : nil
  }

  private var outcome: CheckOutcome {
    switch advice {
    case .moreLight: .tooDark
    case .lessLight: .tooBright
    case .focus: .outOfFocus
    case .uncover: .covered
    case .comeCloser: .tooFar
    case .onePerson: .secondPerson
    default: .noFace
    }
  }
}

extension UnavailableReason {
  /// What a person in front of a check is told about it.
  fileprivate var checkAdvice: CheckAdvice? {
    switch advice {
    case .moreLight: .moreLight
    case .lessLight: .lessLight
    case .focus: .focus
    case .comeCloser: .comeCloser
    case .uncover: .uncover
    case .lookStraight: .lookStraight
    case .stay: .stay
    case nil: nil
    }
  }
}
