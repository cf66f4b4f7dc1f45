import Foundation

/// Why metrics cannot be served.
public struct MetricsError: Error, CustomStringConvertible, Equatable {
  /// One line: what, where, what to do.
  public let description: String
}

/// Where metrics are served: a numeric address and a port; this machine alone unless another address is written.
public struct MetricsAddress: Sendable, Equatable {
  /// The address in numbers.
  public let host: String
  /// The port; 0 takes a free one.
  public let port: UInt16
  let isIPv6: Bool

  /// Whether only this machine reaches it.
  public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

  /// Reads `ADDRESS:PORT`, `[ADDRESS]:PORT`, or a port alone.
  public init(_ text: String) throws(MetricsError) {
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard let port = UInt16(digits), String(port) == digits else { throw Self.refusal(text) }
    self.port = port
    var host = colon.map { String(text[..<$0]) } ?? ""
    if host.isEmpty { host = "127.0.0.1" }
    if host == "localhost" { host = "127.0.0.1" }
    var (four, six) = (in_addr(), in6_addr())
    if inet_pton(AF_INET, host, &four) == 1 {
      (self.host, isIPv6) = (host, false)
    } else if host.hasPrefix("["), host.hasSuffix("]"),
      inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &six) == 1
    {
      (self.host, isIPv6) = (String(host.dropFirst().dropLast()), true)
    } else {
      throw Self.refusal(text)
    }
  }

  private static func refusal(_ text: String) -> MetricsError {
    MetricsError(
      description:
        "--metrics \(text): write ADDRESS:PORT with an address in numbers, for example 127.0.0.1:9110")
  }

  /// A socket that listens there, and its port.
  func listener() throws(MetricsError) -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(
      isIPv6 ? AF_INET6 : AF_INET,
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var storage = sockaddr_storage()
    let length = fill(&storage)
    var bound: Int32 = -1
    var taken = length
    withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bound = bind(descriptor, $0, length) == 0 ? listen(descriptor, 8) : -1
        if bound == 0 { bound = getsockname(descriptor, $0, &taken) }
      }
    }
    guard descriptor >= 0, bound == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw MetricsError(description: "--metrics \(host):\(port): \(reason); choose another port")
    }
    let inNetworkOrder = withUnsafeBytes(of: &storage) {
      $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
    }
    return (descriptor, UInt16(bigEndian: inNetworkOrder))
  }

  private func fill(_ storage: inout sockaddr_storage) -> socklen_t {
    withUnsafeMutableBytes(of: &storage) { bytes in
      if isIPv6 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        inet_pton(AF_INET6, host, &address.sin6_addr)
        withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
        return socklen_t(MemoryLayout<sockaddr_in6>.size)
      }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
      return socklen_t(MemoryLayout<sockaddr_in>.size)
    }
  }
}
