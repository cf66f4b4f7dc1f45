import ArgumentParser
import Capture

/// `vigil decode-child`: the fenced process that reads untrusted media; started by the program itself.
struct DecodeChildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode-child", abstract: "Reads a medium for another process.", shouldDisplay: false)

  @Argument var kind: String
  @Argument(parsing: .allUnrecognized) var name: [String]

  func run() throws {
    let status = DecoderChild.run(kind: kind, name: name.joined(separator: " "))
    throw ExitCode(status)
  }
}
