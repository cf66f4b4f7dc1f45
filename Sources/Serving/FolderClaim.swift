import Foundation

/// The server's hold on its folder: a marker that says the folder is a server's own, and a lock on it for as long as the
/// server runs. A folder that holds anything else is left as it is.
final class FolderClaim: Sendable {
  static let marker = "vigil-server.lock"
  private static let firstLine = "vigil-server folder 1"
  /// What a server of before the marker left in its folder.
  private static let older: Set<String> = [
    "server.sqlite", "server.sqlite-wal", "server.sqlite-shm", "uploads", "kept", "results",
  ]

  private let descriptor: Int32

  /// Makes the folder when it is not there, and claims it. Throws ``StartProblem``.
  init(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StartProblem("--folder \(folder.path): cannot be made: \(error.localizedDescription)")
    }
    try Self.checkContents(folder)
    let path = folder.appendingPathComponent(Self.marker).path
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else {
      throw StartProblem("--folder \(folder.path): \(Self.marker) cannot be written: \(Self.reason)")
    }
    descriptor = opened
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let held = errno == EWOULDBLOCK
      let reason = Self.reason
      let process =
        Self.read(opened).split(separator: "\n").dropFirst().first.map { " (process \($0))" } ?? ""
      close(opened)
      throw StartProblem(
        held
          ? "--folder \(folder.path): another vigil-server\(process) is using this folder; give each its own"
          : "--folder \(folder.path): cannot be locked: \(reason)")
    }
    let text = Array("\(Self.firstLine)\n\(getpid())\n".utf8)
    guard fchmod(opened, 0o600) == 0, ftruncate(opened, 0) == 0,
      pwrite(opened, text, text.count, 0) == text.count
    else {
      let reason = Self.reason
      close(opened)
      throw StartProblem("--folder \(folder.path): \(Self.marker) cannot be written: \(reason)")
    }
  }

  deinit { close(descriptor) }

  /// Throws unless the folder is empty or a server's own.
  private static func checkContents(_ folder: URL) throws {
    let names: Set<String>
    do { names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) } catch {
      throw StartProblem("--folder \(folder.path): cannot be read: \(error.localizedDescription)")
    }
    if names.isEmpty || names == ["lost+found"] { return }
    if names.contains(marker) {
      let file = open(folder.appendingPathComponent(marker).path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      defer { if file >= 0 { close(file) } }
      // Empty: another server is claiming it at this moment; the lock decides.
      let text = file >= 0 ? read(file) : "?"
      if text.isEmpty || text.hasPrefix(firstLine + "\n") { return }
    } else if names.isSubset(of: older), isDatabase(folder.appendingPathComponent("server.sqlite")) {
      return
    }
    throw StartProblem(
      "--folder \(folder.path): holds files that are not this server's, which it would delete; give an empty folder"
    )
  }

  private static func isDatabase(_ file: URL) -> Bool {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
  }

  private static func read(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
