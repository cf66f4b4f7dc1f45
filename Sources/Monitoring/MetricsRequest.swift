import Foundation

/// One request to the metrics' port, and what is answered.
struct MetricsRequest {
  /// Bytes that a head may have.
  static let mostBytes = 4096

  /// The answer to what a client has sent so far; nil while its head is not complete.
  ///
  /// `isLoopback`: only this machine is served, so a name that is none of this machine is a page's trick (DNS rebinding).
  static func answer(_ received: [UInt8], isLoopback: Bool, body: () -> String) -> [UInt8]? {
    let text = String(decoding: received.prefix(mostBytes), as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") ?? text.range(of: "\n\n") else {
      return received.count >= mostBytes
        ? response("431 Request Header Fields Too Large", "the head is too long\n") : nil
    }
    let lines = text[..<end.lowerBound].split(whereSeparator: \.isNewline)
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
      return response("400 Bad Request", "this is an HTTP port\n")
    }
    guard ["GET", "HEAD"].contains(words[0]) else {
      return response("405 Method Not Allowed", "GET and HEAD only\n", more: "Allow: GET, HEAD\r\n")
    }
    let isHead = words[0] == "HEAD"
    guard !isLoopback || isOwn(lines.dropFirst()) else {
      return response("421 Misdirected Request", "not a name of this machine\n", isHead: isHead)
    }
    guard words[1].prefix(while: { $0 != "?" }) == "/metrics" else {
      return response("404 Not Found", "metrics are at /metrics\n", isHead: isHead)
    }
    return response("200 OK", body(), isHead: isHead, type: "text/plain; version=0.0.4; charset=utf-8")
  }

  private static func isOwn(_ fields: ArraySlice<Substring>) -> Bool {
    let hosts = fields.filter { $0.lowercased().hasPrefix("host:") }
    guard hosts.count <= 1, let host = hosts.first else { return hosts.isEmpty }
    let value = host.dropFirst(5).trimmingCharacters(in: .whitespaces)
    let name =
      value.hasPrefix("[")
      ? String(value.dropFirst().prefix { $0 != "]" }) : String(value.prefix { $0 != ":" })
    var (four, six) = (in_addr(), in6_addr())
    return name.lowercased() == "localhost" || inet_pton(AF_INET, name, &four) == 1
      || inet_pton(AF_INET6, name, &six) == 1
  }

  private static func response(
    _ status: String, _ body: String, isHead: Bool = false, type: String = "text/plain; charset=utf-8",
    more: String = ""
  ) -> [UInt8] {
    let bytes = Array(body.utf8)
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(bytes.count)\r\n"
      + "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\(more)\r\n"
    return Array(head.utf8) + (isHead ? [] : bytes)
  }
}
