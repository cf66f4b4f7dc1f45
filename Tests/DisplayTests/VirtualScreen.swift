import Display
import Foundation
import VigilTesting

/// An X server without a monitor, of its own for one test.
final class VirtualScreen {
  let name: String
  private let server = Process()

  static let isPossible = ["Xvfb", "xdotool", "import"].allSatisfy { program in
    ["/usr/bin", "/usr/local/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// Starts a server on a free display number, which it writes to a pipe when it is ready.
  init() throws {
    let pipe = Pipe()
    server.executableURL = URL(fileURLWithPath: "/usr/bin/Xvfb")
    // Descriptor 1 is the child's standard output.
    server.arguments = ["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    server.standardOutput = pipe
    server.standardError = FileHandle.nullDevice
    try server.run()
    let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    name = ":" + line.trimmingCharacters(in: .whitespacesAndNewlines)
    guard name.count > 1 else { throw ScreenError(description: "Xvfb did not start") }
  }

  func stop() {
    // A child of a Dispatch thread starts with most signals blocked, SIGTERM among them.
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
  }

  /// Presses a key until its event arrives; a new window may miss the first one.
  func press(_ key: String, until event: WindowEvent, in window: MonitorWindow) throws {
    var looks = 0
    try eventually("the key \(key) in the window") {
      if looks.isMultiple(of: 10) { _ = try run("xdotool", ["mousemove", "320", "240", "key", key]) }
      looks += 1
      return window.pollEvents().contains(event)
    }
  }

  /// Red, green and blue of one pixel of the screen.
  func pixel(_ x: Int, _ y: Int) throws -> [Int] {
    let bytes = try run("import", ["-window", "root", "-crop", "1x1+\(x)+\(y)", "-depth", "8", "rgb:-"])
    return bytes.prefix(3).map(Int.init)
  }

  private func run(_ program: String, _ arguments: [String]) throws -> [UInt8] {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["DISPLAY": name]) { $1 }
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ScreenError(description: "\(program) failed") }
    return bytes
  }
}

struct ScreenError: Error, CustomStringConvertible {
  let description: String
}
