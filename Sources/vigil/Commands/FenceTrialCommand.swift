import ArgumentParser
import Capture
import Foundation
import Surroundings

/// `vigil fence-trial`: what the kernel answers to a taken-over decoder, one call a line.
struct FenceTrialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fence-trial", abstract: "Tries forbidden system calls inside a decoder's fence.",
    discussion: "Prints each call and the kernel's answer: 0 when it worked, otherwise the error.",
    shouldDisplay: false)

  @Argument(help: "file, stream or landlock.") var fence: String

  func run() throws {
    guard let program = Isolation.program else {
      throw Failure(.usage, "VIGIL_ISOLATION is off: there is no fence to try")
    }
    guard let fence = FenceTrial.Fence(rawValue: fence) else {
      throw Failure(.usage, "\(fence): no such fence; give file, stream or landlock")
    }
    do {
      for answer in try FenceTrial.answers(program: program, fence: fence) {
        try StandardOutput.line("\(answer.call)\t\(answer.code)")
      }
    } catch let error as CaptureError { throw Failure(.fault, error.description) }
  }
}
