import Foundation

/// A host and port as they stand in `Host` and `Origin` (RFC 3986, 3.2), and nothing else: no user, no other characters.
package struct Authority: Sendable, Hashable {
  /// The name in lower case; an IPv6 address with its brackets.
  package let name: String
  /// The port; nil when none was given.
  package let port: Int?

  /// Nil for a text that is no host with an optional port.
  package init?(_ text: some StringProtocol) {
    // Before the case is changed: U+212A would become a k.
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    var rest = Substring(text.lowercased())
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      let inner = rest[rest.index(after: rest.startIndex)..<end]
      guard inner.contains(":"), inner.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
        return nil
      }
      name = String(rest[...end])
      rest = rest[rest.index(after: end)...]
    } else {
      let end = rest.firstIndex(of: ":") ?? rest.endIndex
      let host = rest[..<end]
      guard (1...253).contains(host.utf8.count), host.first != ".", host.last != ".",
        host.utf8.allSatisfy({
          (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E
        })
      else { return nil }
      name = String(host)
      rest = rest[end...]
    }
    if rest.isEmpty {
      port = nil
      return
    }
    let digits = rest.dropFirst()
    guard rest.first == ":", (1...5).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
      (1...65535).contains(number)
    else { return nil }
    port = number
  }

  /// The port, or the one that the scheme stands for.
  package func port(under scheme: String) -> Int { port ?? (scheme == "https" ? 443 : 80) }
}

/// The address under which a reverse proxy offers the server, such as `https://vigil.example/faces`.
public struct PublicAddress: Sendable, Equatable, CustomStringConvertible {
  /// `http` or `https`.
  public let scheme: String
  /// Path before the server's own paths; empty, or begins with `/` and ends without one.
  public let prefix: String
  package let authority: Authority

  /// Nil for a text that is no such address.
  public init?(_ text: String) {
    guard let colon = text.range(of: "://") else { return nil }
    scheme = text[..<colon.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[colon.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard let authority = Authority(rest[..<slash]) else { return nil }
    self.authority = authority
    let segments = rest[slash...].split(separator: "/", omittingEmptySubsequences: true)
    let isPlain = segments.allSatisfy { segment in
      segment != "." && segment != ".."
        && segment.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            || [0x2D, 0x2E, 0x5F, 0x7E].contains($0)
        }
    }
    guard isPlain else { return nil }
    prefix = segments.map { "/" + $0 }.joined()
  }

  /// The address as text.
  public var description: String {
    "\(scheme)://\(authority.name)\(authority.port.map { ":\($0)" } ?? "")\(prefix)"
  }

  var isLoopback: Bool { Self.isLoopback(authority.name) }

  /// Whether a host is one that only this machine reaches.
  static func isLoopback(_ host: String) -> Bool {
    if ["::1", "[::1]", "localhost"].contains(host) { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
  }
}
