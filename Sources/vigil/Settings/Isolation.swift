import Capture
import Foundation

/// Which program reads untrusted media.
enum Isolation {
  /// `vigil` beside the running program; nil when there is none or `VIGIL_ISOLATION` is `off`.
  static let program: String? = {
    guard ProcessInfo.processInfo.environment["VIGIL_ISOLATION"] != "off" else { return nil }
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = own.deletingLastPathComponent().appendingPathComponent("vigil").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}

extension SourceOptions {
  /// Options with which strangers' media are read by a fenced process of its own.
  static var fenced: SourceOptions { SourceOptions(decoder: Isolation.program) }
}
