import Challenge
import Foundation
import Kiosk
import Observations
import Reports
import Units

/// How the command ends.
enum CheckEnding {
  case finished(CheckResult, CheckPolicy, TimeoutRule)
  /// Too many failures; open again in so many seconds.
  case locked(Double)
  /// Closed by the user, by a signal, or by a client of the socket.
  case cancelled

  var status: ExitStatus {
    guard case .finished(let result, _, _) = self else { return .undecided }
    return switch result.decision {
    case .pass: .done
    case .fail: .negative
    case .undecided: .undecided
    }
  }

  /// The decision's and the outcome's word.
  var words: (decision: String, outcome: String) {
    switch self {
    case .finished(let result, _, _): (result.decision.rawValue, result.outcome.rawValue)
    case .locked: ("undecided", "locked")
    case .cancelled: ("undecided", "cancelled")
    }
  }
}

/// JSON lines of a check: on standard output and to the clients of the socket. Main thread only.
///
/// Lines name prompts, advice and the end; never a score, which would teach an attacker.
final class CheckOutput {
  enum Told {
    case everything, result
  }

  /// What made the result; set once it is known.
  var provenance: Provenance?
  private let socket: EventSocket?
  private let told: Told
  private var origin: MonotonicInstant?

  init(socket: EventSocket?, told: Told) { (self.socket, self.told) = (socket, told) }

  /// Whether a client of the socket has called the check off.
  var isCancelled: Bool { socket?.poll() ?? false }

  func start(policy: CheckPolicy, onTimeout: TimeoutRule, steps: Int) {
    write(
      "check_started",
      [
        ("policy", .string(policy.rawValue)), ("on_timeout", .string(onTimeout.rawValue)),
        ("steps", .integer(Int64(steps))),
      ])
  }

  func tell(_ note: CheckNote, at now: MonotonicInstant) {
    let start = origin ?? now
    origin = start
    let time: (String, OrderedJSON) = ("time_s", .seconds((now - start).inSeconds))
    func number(_ name: String, _ value: Int) -> (String, OrderedJSON) { (name, .integer(Int64(value))) }
    switch note {
    case .advice(let advice): write("advice", [time, ("advice", .string(advice.rawValue))])
    case .asked(let step, let gesture, let count):
      write(
        "asked", [time, number("step", step), ("gesture", .string(gesture.rawValue)), number("count", count)])
    case .seen(let step, let done): write("seen", [time, number("step", step), number("done", done)])
    case .completed(let step, let gesture, let seconds):
      write(
        "completed",
        [
          time, number("step", step), ("gesture", .string(gesture.rawValue)), ("seconds", .seconds(seconds)),
        ])
    case .finished: break
    }
  }

  /// Writes and gives the result's line.
  func finish(_ ending: CheckEnding) -> String {
    var members: [(String, OrderedJSON)] = [
      ("schema", .integer(1)), ("event", .string("result")), ("decision", .string(ending.words.decision)),
      ("outcome", .string(ending.words.outcome)),
    ]
    switch ending {
    case .cancelled: break
    case .locked(let seconds): members.append(("locked_s", .seconds(seconds)))
    case .finished(let result, let policy, let onTimeout):
      members += [
        ("advice", .string(result.advice.rawValue)), ("completed", .integer(Int64(result.completed))),
        ("asked", .integer(Int64(result.asked))), ("seconds", .seconds(result.seconds)),
        ("identity_by", .string(result.identityBy)), ("policy", .string(policy.rawValue)),
        ("on_timeout", .string(onTimeout.rawValue)),
      ]
    }
    if let provenance {
      members += [
        ("models", .array(provenance.models.map { .string($0.description) })),
        ("calibration", .string(provenance.calibration)), ("version", .string(provenance.version)),
      ]
    }
    let line = OrderedJSON.object(members).text
    put(line, always: true)
    return line
  }

  private func write(_ event: String, _ members: [(String, OrderedJSON)]) {
    put(
      OrderedJSON.object([("schema", .integer(1)), ("event", .string(event))] + members).text, always: false)
  }

  private func put(_ line: String, always: Bool) {
    if always || told == .everything {
      print(line)
      fflush(nil)
    }
    socket?.send(line)
  }
}

/// The operator's command that gets the result: its standard input is the line, never a part of the command.
struct ResultHook {
  let command: String
  /// Seconds that it may take.
  private static let patience = 10.0

  func run(_ line: String, _ ending: CheckEnding) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["VIGIL_DECISION": ending.words.decision, "VIGIL_OUTCOME": ending.words.outcome]) { $1 }
    let input = Pipe()
    process.standardInput = input
    // The hook's own words must not mix with the JSON lines.
    process.standardOutput = FileHandle.standardError
    do {
      try process.run()
      try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
      try? input.fileHandleForWriting.close()
      let end = Date().addingTimeInterval(Self.patience)
      while process.isRunning, Date() < end { usleep(10_000) }
      if process.isRunning {
        process.terminate()
        return Notice.write("--on-result: the command took more than \(Int(Self.patience)) s and was ended")
      }
      if process.terminationStatus != 0 {
        Notice.write("--on-result: the command ended with \(process.terminationStatus)")
      }
    } catch { Notice.write("--on-result: the command cannot be run: \(error.localizedDescription)") }
  }
}

/// The count of failures that outlives a restart.
struct LockoutFile {
  private let file: URL?

  /// `setting`: a path, "none", or empty for the state folder.
  init(setting: String) throws {
    guard setting != "none" else {
      file = nil
      return
    }
    guard setting.isEmpty else {
      file = URL(fileURLWithPath: setting)
      return
    }
    let environment = ProcessInfo.processInfo.environment
    let state =
      environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state"
    let folder = URL(fileURLWithPath: state).appendingPathComponent("vigil")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch { throw Failure(.fault, "\(folder.path): cannot be made; give --lock-file") }
    file = folder.appendingPathComponent("check-lock.json")
  }

  /// Seconds for which the kiosk is locked; nil when it is not. A damaged file is a failure, not an open door.
  func remaining() throws -> Double? { try read()?.remaining(at: Date()) }

  /// Counts the end of a check.
  func take(_ decision: CheckDecision) throws {
    guard let file, var lockout = try read() else { return }
    lockout.take(decision, at: Date())
    do { try lockout.write(file) } catch {
      throw Failure(.fault, "\(file.path): cannot be written; failures would not be counted")
    }
  }

  private func read() throws -> Lockout? {
    guard let file else { return nil }
    do { return try Lockout.read(file) } catch {
      throw Failure(.fault, "\(file.path): damaged; remove it to count failures anew")
    }
  }
}
