import ArgumentParser
import Capture
import Foundation

/// `vigil decode-child`: the fenced process that reads untrusted media; started by the program itself.
struct DecodeChildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode-child", abstract: "Reads a medium for another process.", shouldDisplay: false)

  @Argument var kind: String

  func run() throws {
    // Ctrl-C and a service manager reach this process too; the parent decides, and its end is the end of this one.
    for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
    // At once: libraries' last acts would run behind the fence, and nothing of this process is worth keeping.
    _exit(DecoderChild.run(kind: kind))
  }
}
