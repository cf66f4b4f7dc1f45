import Capture
import Foundation
import Testing
import VigilTesting

/// What a taken-over decoder may ask of the kernel: every call that the fence should refuse is tried in the real child.
@Suite(.enabled(if: BuiltPrograms.vigil != nil, "vigil is not built beside the tests")) struct FenceTests {
  private func answers(_ fence: FenceTrial.Fence) throws -> [String: Int32] {
    let answers = try FenceTrial.answers(program: #require(BuiltPrograms.vigil), fence: fence)
    #expect(answers.count > 100 && Set(answers.map(\.call)).count == answers.count)
    return Dictionary(uniqueKeysWithValues: answers.map { ($0.call, $0.code) })
  }

  /// Calls that work, or fail for another reason, because they cannot do harm; every other one is EPERM.
  private static let harmless: [FenceTrial.Fence: [String: Set<Int32>]] = [
    .file: ["mmap of memory": [0], "mprotect to read only": [0], "munmap": [0]],
    .stream: [
      "mmap of memory": [0], "mprotect to read only": [0], "munmap": [0],
      // A machine without IPv6 does not know its addresses.
      "socket TCP over IPv4": [0], "socket TCP over IPv6": [0, EAFNOSUPPORT],
      // A stream has no medium, and descriptor 1 is a null device.
      "write to the medium": [EBADF], "send to another socket": [ENOTSOCK],
    ],
  ]

  @Test(arguments: [FenceTrial.Fence.file, .stream]) func everyOtherCallIsRefused(fence: FenceTrial.Fence)
    throws
  {
    let harmless = try #require(Self.harmless[fence])
    for (call, code) in try answers(fence) where call != "version of Landlock" {
      #expect((harmless[call] ?? [EPERM]).contains(code), "\(call) in the \(fence) fence: errno \(code)")
    }
  }

  /// The second fence holds by itself, should the list of calls ever have a hole.
  @Test func landlockAloneRefusesFiles() throws {
    let answers = try answers(.landlock)
    let version = try #require(answers["version of Landlock"])
    guard version > 0 else { return }
    let refused = [
      "open for reading", "open for writing", "open and empty", "open and make", "open without a name",
      "openat2",
      "mkdirat", "symlinkat", "bind the control socket",
    ]
    for call in refused { #expect(answers[call] == EACCES, "\(call): errno \(answers[call] ?? -1)") }
    if version >= 6 { #expect(answers["kill the parent"] == EPERM) }
  }
}
