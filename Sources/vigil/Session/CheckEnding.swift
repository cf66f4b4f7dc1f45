import IdentityCheck
import Observations
import Surroundings

/// How the command ends.
enum CheckEnding {
  case finished(CheckResult, Policy, TimeoutRule)
  /// Too many failures; open again in so many seconds.
  case locked(Double)
  /// Closed by the user, by a signal, or by a client of the socket.
  case cancelled

  var status: ExitClass {
    switch decision {
    case .pass: .done
    case .fail: .negative
    case .undecided: .undecided
    }
  }

  var decision: CheckDecision {
    if case .finished(let result, _, _) = self { result.decision } else { .undecided }
  }

  /// Whether the person, or the program around the kiosk, would not finish it: walking away is calling off.
  var isCalledOff: Bool {
    switch self {
    case .finished(let result, _, _): result.outcome == .faceLeft
    case .cancelled: true
    case .locked: false
    }
  }

  /// The outcome's word.
  var outcome: String {
    switch self {
    case .finished(let result, _, _): result.outcome.rawValue
    case .locked: "locked"
    case .cancelled: "cancelled"
    }
  }
}
