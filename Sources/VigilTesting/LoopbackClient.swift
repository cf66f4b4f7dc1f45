internal import Dispatch
internal import Foundation

/// An HTTP client of a server on this machine that sends exactly the bytes it is given: for tests of servers.
public enum LoopbackClient {
  /// What came back.
  public struct Answer: Sendable {
    /// The status; 0 when there was no answer.
    public let status: Int
    /// Fields by their names in lower case; the last of a name.
    public let fields: [String: String]
    /// The body, chunks joined.
    public let body: String
  }

  /// Why there was no connection.
  public struct Refused: Error {
    /// Nobody listened, or a server did not start.
    public init() {}
  }

  /// Sends `bytes` and reads until the server closes. Off the threads that Swift's tasks share: a server in the same
  /// process needs them to answer.
  public static func exchange(_ port: UInt16, _ bytes: [UInt8]) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "vigil.test.client").async {
        continuation.resume(with: Result { try exchangeNow(port, bytes) })
      }
    }
  }

  /// The same, blocking.
  public static func exchangeNow(_ port: UInt16, _ bytes: [UInt8]) throws -> [UInt8] {
    let descriptor = try connected(port)
    defer { close(descriptor) }
    // A server that refuses early may close before all is sent: what it said is still there to be read.
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return answer }
      answer += buffer.prefix(count)
    }
  }

  /// A connected socket, to be closed by the caller.
  public static func connected(_ port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      throw Refused()
    }
    return descriptor
  }

  /// One request of its own connection. `fields` may replace `Host`, which names 127.0.0.1 and the port.
  public static func ask(
    _ port: UInt16, _ method: String, _ path: String, fields: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> Answer {
    var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"].merging(fields) { $1 }
    if let body { all["Content-Length"] = all["Content-Length"] ?? "\(body.count)" }
    let head = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    return read(
      try await exchange(port, Array("\(method) \(path) HTTP/1.1\r\n\(head)\r\n".utf8) + (body ?? [])))
  }

  /// Takes an answer's bytes apart.
  public static func read(_ bytes: [UInt8]) -> Answer {
    let data = Data(bytes)
    guard let end = data.range(of: Data("\r\n\r\n".utf8)) else {
      return Answer(status: 0, fields: [:], body: "")
    }
    let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    let words = (lines.first ?? "").split(separator: " ")
    let body = Data(data[end.upperBound...])
    let isChunked = fields["transfer-encoding"]?.lowercased() == "chunked"
    return Answer(
      status: words.count > 1 ? Int(words[1]) ?? 0 : 0, fields: fields,
      body: String(decoding: isChunked ? joined(body) : body, as: UTF8.self))
  }

  private static func joined(_ chunks: Data) -> Data {
    var (rest, whole) = (chunks, Data())
    while let line = rest.range(of: Data("\r\n".utf8)),
      let count = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), count > 0,
      rest.count >= line.upperBound - rest.startIndex + count
    {
      whole += rest[line.upperBound..<line.upperBound + count]
      rest = Data(rest[(line.upperBound + count)...].dropFirst(2))
    }
    return whole
  }
}
