import Foundation

/// A Unix socket on which the program that embeds the kiosk reads the check's lines; a client's line `cancel` calls the
/// check off. Only the same user may connect. Never waits for a client: one that does not read is let go.
final class EventSocket {
  private let path: String
  private let listener: Int32
  private var clients: [Int32] = []
  private var lines: [String] = []
  private static let mostClients = 8
  /// Lines kept for clients that connect later; a check says far fewer.
  private static let mostLines = 200
  private var newest: String?
  /// What is answered to a client that asks for something, as bytes; nil for no answer.
  var answer: (String) -> [UInt8]? = { _ in nil }

  init(_ path: String) throws {
    self.path = path
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Failure(.usage, "--socket \(path): give a path of 1 to 107 bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    listener = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard listener >= 0 else { throw Failure(.fault, "--socket: no socket: \(Self.reason)") }
    Self.removeStale(path)
    let mask = umask(0o177)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    umask(mask)
    guard bound == 0, listen(listener, 4) == 0 else {
      let problem = Self.reason
      close(listener)
      throw Failure(.usage, "--socket \(path): \(problem); choose another path or remove what is there")
    }
  }

  deinit {
    for client in clients { close(client) }
    close(listener)
    unlink(path)
  }

  /// Lets clients in and reads what they say; true when one calls the check off.
  func poll() -> Bool {
    while clients.count < Self.mostClients {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { break }
      _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
      clients.append(client)
      for line in lines { give(line, to: client) }
      if let newest { give(newest, to: client) }
    }
    var isCancelled = false
    for client in clients {
      var buffer = [UInt8](repeating: 0, count: 256)
      let count = recv(client, &buffer, buffer.count, 0)
      if count == 0 { drop(client) }
      guard count > 0 else { continue }
      let text = String(decoding: buffer.prefix(count), as: UTF8.self)
      if text.contains("cancel") { isCancelled = true }
      if let bytes = answer(text) { give(bytes, to: client) }
    }
    return isCancelled
  }

  /// Gives a line to every client, and keeps it for those that come later.
  func send(_ line: String) {
    if lines.count < Self.mostLines { lines.append(line) }
    for client in clients { give(line, to: client) }
  }

  /// Gives a line to every client; to those that come later only the newest such line.
  func sendState(_ line: String) {
    newest = line
    for client in clients { give(line, to: client) }
  }

  private func give(_ line: String, to client: Int32) { give(Array((line + "\n").utf8), to: client) }

  private func give(_ bytes: [UInt8], to client: Int32) {
    let sent = Foundation.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    // Half a line cannot be mended later without waiting.
    if sent != bytes.count { drop(client) }
  }

  private func drop(_ client: Int32) {
    guard let index = clients.firstIndex(of: client) else { return }
    clients.remove(at: index)
    close(client)
  }

  /// A socket that a crashed program left behind; anything else at the path stays and is an error.
  private static func removeStale(_ path: String) {
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
