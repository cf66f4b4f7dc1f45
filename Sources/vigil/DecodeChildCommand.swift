import ArgumentParser
import Capture
import Foundation

/// `vigil decode-child`: the fenced process that reads untrusted media; started by the program itself.
struct DecodeChildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode-child", abstract: "Reads a medium for another process.", shouldDisplay: false)

  @Argument var kind: String

  func run() throws {
    // At once: libraries' last acts would run behind the fence, and nothing of this process is worth keeping.
    _exit(DecoderChild.run(kind: kind))
  }
}
