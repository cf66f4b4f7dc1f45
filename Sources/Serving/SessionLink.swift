import Foundation

/// A connection to the socket of a running monitor. Blocking, with a time-out on every step; used on a queue of its
/// own, and closed with its owner.
final class SessionLink: @unchecked Sendable {
  private let descriptor: Int32
  private var pending = Data()

  /// Connects; nil when nobody listens there any more, or somebody else does: the folder may be one that other users
  /// can write to.
  init?(_ path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      close(descriptor)
      return nil
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // A monitor answers between two frames.
    var timeout = timeval(tv_sec: 1, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0, Self.isOwn(descriptor) else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }

  /// Whether the other side is a process of this user.
  private static func isOwn(_ descriptor: Int32) -> Bool {
    // struct ucred: process, user, group.
    var peer: (Int32, UInt32, UInt32) = (0, .max, .max)
    var length = socklen_t(MemoryLayout.size(ofValue: peer))
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.1 == geteuid()
  }

  /// The next line; nil after the time-out, at the end, or when a line is longer than a monitor's can be.
  func line() -> String? {
    while true {
      if let end = pending.firstIndex(of: 10) {
        let line = String(decoding: pending[pending.startIndex..<end], as: UTF8.self)
        pending = Data(pending[(end + 1)...])
        return line
      }
      guard pending.count < 1 << 20, receive() else { return nil }
    }
  }

  /// Exactly so many bytes; nil when they do not come.
  func bytes(_ count: Int) -> Data? {
    while pending.count < count { guard receive() else { return nil } }
    let data = Data(pending.prefix(count))
    pending = Data(pending.dropFirst(count))
    return data
  }

  /// Asks for something.
  func ask(_ line: String) -> Bool {
    let bytes = Array((line + "\n").utf8)
    return send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  private func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    pending.append(contentsOf: buffer.prefix(count))
    return true
  }
}
