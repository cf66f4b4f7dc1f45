import Foundation

/// What the kernel answers inside a decoder's fence to the calls that a taken-over decoder would try; for tests, and for
/// people who want to see it on their machine (`vigil fence-trial`).
public enum FenceTrial {
  /// Which fence: a file's, a stream's, or Landlock alone, without the list of system calls before it.
  public enum Fence: String, CaseIterable, Sendable {
    case file, stream, landlock
  }

  /// One call and its answer.
  public struct Answer: Sendable, Equatable {
    /// The call, in words.
    public let call: String
    /// The kernel's errno; 0 when the call worked. For "version of Landlock" the version, 0 when there is none.
    public let code: Int32
  }

  /// Starts a decoder of `program`, lets it try every call inside `fence` and gives the answers in order.
  public static func answers(program: String, fence: Fence) throws(CaptureError) -> [Answer] {
    let name = "\(fence.rawValue) fence"
    // A medium that nothing can harm, also where a fence has a hole.
    let medium = open("/dev/null", O_RDONLY | O_CLOEXEC)
    let task: DecoderChild.Task =
      switch fence {
      case .file: .fileTrial
      case .stream: .streamTrial
      case .landlock: .landlockTrial
      }
    let child = try ChildProcess(
      program: program, task: task, medium: medium, address: name, mostPixels: 1, wantsSound: false,
      source: name)
    var answers: [Answer] = []
    while let message = try child.receive(patience: .seconds(30)) {
      switch message {
      case .tried(let call, let answer): answers.append(Answer(call: call, code: Int32(answer)))
      case .ended:
        try child.finish()
        return answers
      case .failed(_, let problem): throw CaptureError(.refused, name, problem)
      default: throw CaptureError(.refused, name, "the decoder speaks out of turn")
      }
    }
    throw CaptureError(.refused, name, "no answer in 30 s")
  }
}
