import Foundation
import Surroundings

/// A Unix socket on which the program that embeds the kiosk reads the check's lines; a client's line `cancel`, nothing
/// more and nothing less, calls the check off. Only the same user may connect. Never waits for a client: one that does
/// not read, or says more than a line can hold, is let go. What lies at the path and is no dead socket of the same user
/// stays there.
final class EventSocket {
  private let path: String
  private let listener: Int32
  private var clients: [Client] = []
  /// Which file the socket is, so that no other is removed at the end; nil until it is bound.
  private var identity: (device: dev_t, number: ino_t)?
  private var lines: [String] = []
  private static let mostClients = 8
  private static let longestLine = 256

  private struct Client {
    let descriptor: Int32
    var said: [UInt8] = []
  }
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
    do { try Self.removeStale(path, &address) } catch {
      close(listener)
      throw error
    }
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
    var status = stat()
    if lstat(path, &status) == 0 { identity = (status.st_dev, status.st_ino) }
  }

  deinit {
    // Not bound: closed already, and nothing of ours lies at the path.
    guard let identity else { return }
    for client in clients { close(client.descriptor) }
    close(listener)
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == identity.device, status.st_ino == identity.number else {
      return
    }
    unlink(path)
  }

  /// Lets clients in and reads what they say; true when one calls the check off.
  func poll() -> Bool {
    while clients.count < Self.mostClients {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { break }
      _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      clients.append(Client(descriptor: client))
      for line in lines { give(line, to: client) }
      if let newest { give(newest, to: client) }
    }
    var isCancelled = false
    for client in clients.map(\.descriptor) {
      for line in said(by: client) {
        if line == "cancel" { isCancelled = true }
        if let bytes = answer(line) { give(bytes, to: client) }
      }
    }
    return isCancelled
  }

  /// The whole lines that a client has said since the last call.
  private func said(by descriptor: Int32) -> [String] {
    guard let index = clients.firstIndex(where: { $0.descriptor == descriptor }) else { return [] }
    var buffer = [UInt8](repeating: 0, count: Self.longestLine)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else {
      if count == 0 { drop(descriptor) }
      return []
    }
    var parts = (clients[index].said + buffer.prefix(count)).split(
      separator: 0x0A, omittingEmptySubsequences: false)
    clients[index].said = Array(parts.removeLast())
    if clients[index].said.count >= Self.longestLine { drop(descriptor) }
    return parts.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
  }

  /// Gives a line to every client, and keeps it for those that come later.
  func send(_ line: String) {
    if lines.count < Self.mostLines { lines.append(line) }
    for client in clients { give(line, to: client.descriptor) }
  }

  /// Gives a line to every client; to those that come later only the newest such line.
  func sendState(_ line: String) {
    newest = line
    for client in clients { give(line, to: client.descriptor) }
  }

  private func give(_ line: String, to client: Int32) { give(Array((line + "\n").utf8), to: client) }

  private func give(_ bytes: [UInt8], to client: Int32) {
    let sent = Foundation.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    // Half a line cannot be mended later without waiting.
    if sent != bytes.count { drop(client) }
  }

  private func drop(_ client: Int32) {
    guard let index = clients.firstIndex(where: { $0.descriptor == client }) else { return }
    clients.remove(at: index)
    close(client)
  }

  /// Removes a socket that a program of the same user left behind when it crashed: one that nobody listens at.
  private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
      throw Failure(
        .usage, "--socket \(path): there is something else already, which stays; choose another path")
    }
    let asking = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    defer { close(asking) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(asking, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected != 0, errno == ECONNREFUSED else {
      throw Failure(.usage, "--socket \(path): another program listens there; choose another path")
    }
    unlink(path)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
