import Glibc

/// Where the files of a log lie: the one being written at the log's path, and ended ones beside it with a number.
public enum SegmentFiles {
  /// One file of a log.
  public struct File: Equatable, Sendable {
    /// Its place among the files as its name says, from 1; nil for the one being written.
    public let number: Int64?
    /// The file.
    public let path: String
  }

  /// The name of an ended file: `sessions.sqlite.000001`.
  public static func path(of log: String, _ number: Int64) -> String {
    let digits = String(number)
    return log + "." + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// The ended files beside a log, oldest first. An unreadable folder has none.
  public static func ended(_ log: String) -> [File] {
    let split = log.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = split.map { String(log[...$0]) } ?? "./"
    let name = split.map { String(log[log.index(after: $0)...]) } ?? log
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [File] = []
    while let entry = readdir(stream) {
      let text = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      let digits = text.utf8.dropFirst(name.utf8.count + 1)
      guard text.hasPrefix(name + "."), digits.count >= 6,
        digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let number = Int64(String(decoding: digits, as: UTF8.self)), number > 0,
        path(of: log, number) == log + "." + String(decoding: digits, as: UTF8.self)
      else { continue }
      found.append(File(number: number, path: path(of: log, number)))
    }
    return found.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
  }

  /// All files of a log, oldest first.
  public static func all(_ log: String) -> [File] { ended(log) + [File(number: nil, path: log)] }

  /// Whether two paths lead to one file.
  public static func isSame(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
}
