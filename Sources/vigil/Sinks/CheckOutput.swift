import Foundation
import IdentityCheck
import JSON
import LogProofs
import Observations
import Quantities
import Reports
import Surroundings

/// JSON lines of a check: on standard output and to the clients of the socket. Main thread only.
///
/// Lines name prompts, advice and the end; never a score, which would teach an attacker.
final class CheckOutput {
  enum Detail {
    case everything, result
  }

  /// What made the result; set once it is known.
  var provenance: Provenance?
  private let socket: EventSocket?
  private let detail: Detail
  private let nonce: String
  private var origin: MonotonicInstant?

  /// `nonce` makes this result different from every other; what the embedding program gave, or random.
  init(socket: EventSocket?, detail: Detail, nonce: String?) {
    (self.socket, self.detail) = (socket, detail)
    self.nonce = nonce ?? (0..<16).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
  }

  /// Whether a client of the socket has called the check off.
  var isCancelled: Bool { socket?.poll() ?? false }

  func start(policy: Policy, onTimeout: TimeoutRule, steps: Int) throws {
    try write(
      "check_started",
      [
        ("policy", .string(policy.rawValue)), ("on_timeout", .string(onTimeout.rawValue)),
        ("steps", .integer(Int64(steps))),
      ])
  }

  /// `now` is the machine's time, the same clock for all lines whatever clock the source has.
  func tell(_ note: CheckNote, at now: MonotonicInstant) throws {
    let start = origin ?? now
    origin = start
    let time: (String, OrderedJSON) = ("time_s", .seconds((now - start).inSeconds))
    func number(_ name: String, _ value: Int) -> (String, OrderedJSON) { (name, .integer(Int64(value))) }
    switch note {
    case .advice(let advice): try write("advice", [time, ("advice", .string(advice.rawValue))])
    case .asked(let step, let gesture, let count):
      try write(
        "asked", [time, number("step", step), ("gesture", .string(gesture.rawValue)), number("count", count)])
    case .seen(let step, let done): try write("seen", [time, number("step", step), number("done", done)])
    case .completed(let step, let gesture, let seconds):
      try write(
        "completed",
        [
          time, number("step", step), ("gesture", .string(gesture.rawValue)), ("seconds", .seconds(seconds)),
        ])
    case .lightBegan: try write("light_began", [time])
    case .lightEnded(let result, let seconds):
      try write("light_ended", [time, ("seconds", .seconds(seconds))] + Self.light(result))
    case .finished: break
    }
  }

  /// How the light ended, in words; never the numbers.
  private static func light(_ result: LightResult) -> [(String, OrderedJSON)] {
    [
      ("outcome", .string(result.outcome.rawValue)),
      ("reason", result.reason.map { .string($0.rawValue) } ?? .raw("null")),
    ]
  }

  /// The result's line. `attest` records and signs its members and gives those that are new; nil when there is no log.
  func result(
    _ ending: CheckEnding, attest: ([String: JSONValue]) throws -> [String: JSONValue]?
  ) -> (line: String, problem: (any Error)?) {
    let members = members(ending)
    func unsigned(_ reason: String) -> [(String, OrderedJSON)] {
      [("session", .raw("null")), ("signature", .object([("unavailable", .string(reason))]))]
    }
    do {
      let said = (try? JSONParser.parse(Array(OrderedJSON.object(members).text.utf8)))?.members ?? [:]
      guard let signed = try attest(said) else {
        return (OrderedJSON.object(members + unsigned("no_log")).text, nil)
      }
      let more = ["session", "key", "record", "signature"].compactMap { name in
        signed[name].map { (name, OrderedJSON.raw(CanonicalJSON.text($0))) }
      }
      return (OrderedJSON.object(members + more).text, nil)
    } catch { return (OrderedJSON.object(members + unsigned("log_failed")).text, error) }
  }

  /// Writes the result's line, whatever is written besides.
  func say(result line: String) throws { try put(line, always: true) }

  private func members(_ ending: CheckEnding) -> [(String, OrderedJSON)] {
    let clock = ISO8601DateFormatter()
    clock.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    var members: [(String, OrderedJSON)] = [
      ("schema", .integer(1)), ("event", .string("result")),
      ("decision", .string(ending.decision.rawValue)), ("outcome", .string(ending.outcome)),
      ("time", .string(clock.string(from: Date()))), ("nonce", .string(nonce)),
    ]
    switch ending {
    case .cancelled: break
    case .locked(let seconds): members.append(("locked_s", .seconds(seconds)))
    case .finished(let result, let policy, let onTimeout):
      members += [
        ("advice", .string(result.advice.rawValue)), ("completed", .integer(Int64(result.completed))),
        ("asked", .integer(Int64(result.asked))), ("seconds", .seconds(result.seconds)),
        ("identity_by", .string(result.identityBy)),
        ("light", result.light.map { .object(Self.light($0)) } ?? .raw("null")),
        ("policy", .string(policy.rawValue)),
        ("on_timeout", .string(onTimeout.rawValue)),
      ]
    }
    if let provenance {
      members += [
        ("models", .array(provenance.models.map { .string($0.description) })),
        ("calibration", .string(provenance.calibration)), ("version", .string(provenance.version)),
      ]
    }
    return members
  }

  private func write(_ event: String, _ members: [(String, OrderedJSON)]) throws {
    try put(
      OrderedJSON.object([("schema", .integer(1)), ("event", .string(event))] + members).text, always: false)
  }

  private func put(_ line: String, always: Bool) throws {
    socket?.send(line)
    if always || detail == .everything { try StandardOutput.line(line) }
  }
}
