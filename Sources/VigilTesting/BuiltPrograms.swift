import Foundation

/// The programs that were built together with the running tests.
public enum BuiltPrograms {
  /// `vigil` beside the running tests; nil when it was not built.
  public static let vigil: String? = {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = own.deletingLastPathComponent().appendingPathComponent("vigil").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}
