import Foundation
import IdentityCheck
import Surroundings

/// The count of failures that outlives a restart. Whoever looks and writes holds the folder's lock meanwhile, so that
/// two kiosks with one file do not forget each other's failures.
final class LockoutFile {
  private let file: URL?
  private var attempt: Double?

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
    guard let state = UserFolder.state(ProcessInfo.processInfo.environment) else {
      throw Failure(
        .usage, "no home folder (HOME is not set) to count failures in; give a file with --lock-file")
    }
    let folder = URL(fileURLWithPath: state)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch { throw Failure(.fault, "\(folder.path): cannot be made; give --lock-file") }
    file = folder.appendingPathComponent("check-lock.json")
  }

  /// Seconds for which the kiosk is locked; nil when it is not. A damaged file is a failure, not an open door.
  func remaining() throws -> Double? {
    guard let file else { return nil }
    return try locked(file) { lockout in
      let now = Date()
      lockout = lockout.settled(at: now)
      return lockout.remaining(at: now)
    }
  }

  /// A check begins: shows before the first prompt that failures can be counted, and counts this attempt until its end
  /// takes it back, when `counts` says so.
  func begin(counts: Bool) throws {
    guard let file else { return }
    attempt = try locked(file, always: true) { lockout in counts ? lockout.begin(at: Date()) : nil }
  }

  /// The check ended; `isCalledOff` when the person or the embedding program would not finish it.
  func end(_ decision: CheckDecision, isCalledOff: Bool = false) throws {
    guard let file else { return }
    let began = attempt
    attempt = nil
    try locked(file, always: true) { lockout in
      if let began { lockout.withdraw(began) }
      lockout.take(began != nil && isCalledOff ? .fail : decision, at: Date())
    }
  }

  private func locked<Value>(
    _ file: URL, always: Bool = false, _ change: (inout Lockout) -> Value
  ) throws -> Value {
    let folder = file.deletingLastPathComponent().path
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unwritable(file, OutputFailure.words(errno)) }
    defer { close(descriptor) }
    let end = Date().addingTimeInterval(2)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, Date() < end { usleep(5000) }
    let old: Lockout
    do { old = try Lockout.read(file) } catch {
      throw Failure(.fault, "\(file.path): damaged; remove it to count failures anew")
    }
    var new = old
    let value = change(&new)
    guard always || new != old else { return value }
    do { try new.write(file) } catch let failure as OutputFailure {
      throw unwritable(file, OutputFailure.words(failure.code))
    }
    return value
  }

  private func unwritable(_ file: URL, _ reason: String) -> Failure {
    Failure(
      .fault, "\(file.path): cannot be written (\(reason)); failures would not be counted; give --lock-file")
  }
}
