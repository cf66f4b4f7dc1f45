import Foundation

/// The addresses of hosts, for decoders, which may not resolve names themselves.
enum HostAddresses {
  /// The numeric addresses of `host` in the system's order; none when it is no name of a host or is not known.
  static func of(_ host: String) -> [String] {
    guard isName(host) else { return [] }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap {
      $0.flatMap { numeric($0.pointee) }
    }
  }

  /// Letters, digits, dots, hyphens and underscores, at most 253 (RFC 1035).
  static func isName(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private static func numeric(_ entry: addrinfo) -> String? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard let address = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
        inet_ntop(AF_INET, &address.pointee.sin_addr, &text, socklen_t(text.count)).map {
          String(cString: $0)
        }
      }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
        inet_ntop(AF_INET6, &address.pointee.sin6_addr, &text, socklen_t(text.count)).map {
          // The scope as a number: its name cannot be looked up inside the fence.
          String(cString: $0) + (address.pointee.sin6_scope_id > 0 ? "%\(address.pointee.sin6_scope_id)" : "")
        }
      }
    default: return nil
    }
  }
}
