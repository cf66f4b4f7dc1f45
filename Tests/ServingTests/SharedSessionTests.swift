import Foundation
import Serving
import Testing
import VigilTesting

/// Running monitors that share their session through a socket, with a listener of this test in their place.
struct SharedSessionTests {
  /// Answers each connection with `greeting`, then answers each line that is asked with `answer`.
  private final class Monitor: Sendable {
    private let descriptor: Int32

    init(_ path: String, greeting: String, answer: @escaping @Sendable (String) -> [UInt8]) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      try #require(bound == 0 && listen(descriptor, 8) == 0)
      let listener = descriptor
      Thread {
        while true {
          let client = accept(listener, nil, nil)
          guard client >= 0 else { return }
          Thread { Self.serve(client, greeting, answer) }.start()
        }
      }.start()
    }

    deinit {
      shutdown(descriptor, Int32(SHUT_RDWR))
      close(descriptor)
    }

    private static func serve(_ client: Int32, _ greeting: String, _ answer: (String) -> [UInt8]) {
      defer { close(client) }
      func write(_ bytes: [UInt8]) -> Bool {
        send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
      }
      guard write(Array(greeting.utf8)) else { return }
      var (line, byte) = ([UInt8](), UInt8(0))
      while recv(client, &byte, 1, 0) == 1 {
        guard byte == 0x0A else {
          line.append(byte)
          continue
        }
        let bytes = answer(String(decoding: line, as: UTF8.self))
        guard !bytes.isEmpty, write(bytes) else { return }
        line = []
      }
    }
  }

  private func folder(of server: RunningServer, _ name: String = "") throws -> URL {
    let folder = server.folder.url.appendingPathComponent("sessions/" + name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static let greeting =
    #"{"id":"7","source":"cam \"1\"","started":"2026-01-01T00:00:00Z","preview":true}"#

  @Test func monitorsAreListedWithTheirNewestState() async throws {
    let server = try await RunningServer.start()
    let place = try folder(of: server)
    let good = try Monitor(
      place.appendingPathComponent("monitor-7.sock").path, greeting: Self.greeting + "\n{\"frame\":3}\n"
    ) { _ in [] }
    let broken = try Monitor(place.appendingPathComponent("monitor-8.sock").path, greeting: "no json\n") {
      _ in []
    }
    // Left over from monitors that crashed, and names of something else.
    for name in ["monitor-9.sock", "monitor-x.sock", "monitor-12345678901.sock", "other-7.sock"] {
      try Data().write(to: place.appendingPathComponent(name))
    }
    let list = try await server.ask("GET", "/api/v1/sessions")
    #expect(
      list.body
        == #"{"sessions":[{"id":"7","source":"cam \"1\"","started":"2026-01-01T00:00:00Z","preview":true,"newest":{"frame":3}}]}"#
    )
    #expect(try await server.ask("GET", "/api/v1/sessions/7").json["source"] as? String == "cam \"1\"")
    #expect(try await server.ask("GET", "/api/v1/sessions/8").status == 404)
    withExtendedLifetime((good, broken)) {}
  }

  /// A line that is no object is left out; it would break the answer.
  @Test func aStateThatIsNoObjectIsLeftOut() async throws {
    let server = try await RunningServer.start()
    let place = try folder(of: server).appendingPathComponent("monitor-1.sock").path
    let monitor = try Monitor(place, greeting: Self.greeting + "\n}{\n") { _ in [] }
    let answer = try await server.ask("GET", "/api/v1/sessions/1")
    #expect(answer.json["newest"] is NSNull && answer.status == 200)
    withExtendedLifetime(monitor) {}
  }

  @Test func picturesComeUntilTheMonitorGoes() async throws {
    let server = try await RunningServer.start()
    let place = try folder(of: server).appendingPathComponent("monitor-1.sock").path
    let pictures = Lines([
      "{\"event\":\"state\"}\n{\"event\":\"picture\",\"bytes\":3}\nabc",
      "{\"event\":\"picture\",\"bytes\":99999999}\n",
    ])
    let monitor = try Monitor(place, greeting: Self.greeting + "\n") {
      $0 == "picture" ? pictures.next() : []
    }
    let answer = try await server.ask("GET", "/api/v1/sessions/1/preview")
    #expect(answer.fields["content-type"] == "multipart/x-mixed-replace; boundary=vigil-picture")
    // One picture, and one that is larger than a picture can be ends the stream.
    #expect(
      answer.body
        == "--vigil-picture\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nabc\r\n--vigil-picture--\r\n"
    )
    withExtendedLifetime(monitor) {}
  }

  @Test func aMonitorThatKeepsItsPicturesSaysSo() async throws {
    let server = try await RunningServer.start()
    let place = try folder(of: server).appendingPathComponent("monitor-1.sock").path
    let greeting = Self.greeting.replacing("true", with: "false")
    let monitor = try Monitor(place, greeting: greeting + "\n") { _ in [] }
    let answer = try await server.ask("GET", "/api/v1/sessions/1/preview")
    #expect(answer.status == 403 && answer.errorCode == "no_preview")
    #expect(answer.errorMessage?.contains("--share-pictures") == true)
    withExtendedLifetime(monitor) {}
  }

  @Test func anOwnersMonitorIsSeenByNobodyElse() async throws {
    let (ada, bob) = (try #require(TokenBook.make(owner: "ada")), try #require(TokenBook.make(owner: "bob")))
    let server = try await RunningServer.start { $0.tokens = try TokenBook(text: ada.line + "\n" + bob.line) }
    let place = try folder(of: server, "ada").appendingPathComponent("monitor-5.sock").path
    let monitor = try Monitor(place, greeting: Self.greeting + "\n{}\n") { _ in [] }
    let mine = try await server.ask(
      "GET", "/api/v1/sessions", fields: ["Authorization": "Bearer \(ada.token)"])
    #expect((mine.json["sessions"] as? [Any])?.count == 1)
    let other = ["Authorization": "Bearer \(bob.token)"]
    #expect(try await server.ask("GET", "/api/v1/sessions", fields: other).body == "{\"sessions\":[]}")
    #expect(try await server.ask("GET", "/api/v1/sessions/5", fields: other).status == 404)
    withExtendedLifetime(monitor) {}
  }

  /// Answers one after the other; from any thread.
  private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var left: [String]

    init(_ lines: [String]) { left = lines }

    func next() -> [UInt8] { lock.withLock { left.isEmpty ? [] : Array(left.removeFirst().utf8) } }
  }
}
