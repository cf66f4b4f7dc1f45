import Foundation

/// Text that a test compares with a file beside it.
public enum Golden {
  /// What differs, for a person: the first line that is not as in the file; nil when all are.
  ///
  /// With `VIGIL_WRITE_GOLDENS=1` the file is written anew and nil given: look at the difference before it is committed.
  public static func difference(_ text: String, from file: String) throws -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if ProcessInfo.processInfo.environment["VIGIL_WRITE_GOLDENS"] == "1" {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      return nil
    }
    let wanted = try String(contentsOfFile: file, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    for index in 0..<max(lines.count, wanted.count) {
      let (found, expected) = (
        index < lines.count ? String(lines[index]) : "nothing",
        index < wanted.count ? String(wanted[index]) : "nothing"
      )
      if found != expected { return "line \(index + 1): found \(found); expected \(expected)" }
    }
    return nil
  }
}
