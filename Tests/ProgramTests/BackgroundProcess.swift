import Foundation

/// Another program that a test needs for a while: a server, a screen, a window. Killed when its owner goes.
/// `@unchecked Sendable` because tests hand it from one queue to another and never use it on two at once.
final class BackgroundProcess: @unchecked Sendable {
  private let process = Process()
  private let output = Pipe()

  /// Starts `program`, looked for in `PATH`, with its standard output kept and its errors thrown away.
  init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    process.executableURL = URL(fileURLWithPath: Self.place(of: program) ?? "/nonexistent/\(program)")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit { end() }

  /// The number of the process.
  var id: Int32 { process.processIdentifier }
  /// Whether it still runs.
  var isRunning: Bool { process.isRunning }

  /// Its exit code after its end; of a signal the negative number.
  var status: Int32 {
    process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Kills it and waits for its end.
  func end() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Waits until it ends by itself.
  func wait() { process.waitUntilExit() }

  /// Stops it where it is, so that what it has open can be looked at in peace; ``end()`` still ends it.
  func pause() { kill(process.processIdentifier, SIGSTOP) }

  /// Waits for the first, or the next, line of its standard output.
  func firstLine() -> String {
    var line = Data()
    while let byte = try? output.fileHandleForReading.read(upToCount: 1), byte.count == 1, byte[0] != 10 {
      line += byte
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// The file of a program in `PATH`; nil when it is not installed.
  static func place(of program: String) -> String? {
    if program.contains("/") { return program }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Whether all of `programs` are installed.
  static func has(_ programs: String...) -> Bool { programs.allSatisfy { place(of: $0) != nil } }

  /// The processes that process `parent` started and that still run.
  static func children(of parent: Int32) -> [Int32] {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
    return tasks.flatMap { task in
      let text = (try? String(contentsOfFile: "/proc/\(parent)/task/\(task)/children", encoding: .utf8)) ?? ""
      return text.split(separator: " ").compactMap { Int32($0) }
    }
  }

  /// What each descriptor of a process leads to.
  static func openFiles(of process: Int32) -> [Int: String] {
    let folder = "/proc/\(process)/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let pairs = names.compactMap { name in
      Int(name).flatMap { number in
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")).map { (number, $0) }
      }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// What `/proc/PID/status` says under `field`.
  static func status(of process: Int32, _ field: String) -> String? {
    let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
      .map { $0.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces) }
  }
}

/// A port of this machine that nobody listened at a moment ago.
func freePort() -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      _ = bind(descriptor, $0, length)
      _ = getsockname(descriptor, $0, &length)
    }
  }
  return Int(UInt16(bigEndian: address.sin_port))
}
