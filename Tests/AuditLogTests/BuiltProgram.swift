import Foundation
import Testing

/// A program built beside the tests, run as a person would.
enum BuiltProgram {
  /// Runs it to its end, or to its kill so many seconds after its first word.
  static func run(
    _ program: String, _ arguments: [String], killAfter: Double? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let built =
      [folder.appendingPathComponent(program)]
      + [".build/release", ".build/debug"].map { URL(fileURLWithPath: $0 + "/" + program) }
    let process = Process()
    let found = built.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    let url: URL = try #require(found, "\(program) is not built")
    process.executableURL = url
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    var said = Data()
    if let killAfter {
      // However slow the machine is, the program has begun its work then.
      said = output.fileHandleForReading.availableData
      usleep(UInt32(killAfter * 1e6))
      kill(process.processIdentifier, SIGKILL)
    }
    said += output.fileHandleForReading.readDataToEndOfFile()
    let text = String(decoding: said, as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, complaint)
  }
}
