import Foundation
import HTTPTypes
import Hummingbird
import JSON

/// The monitors that run on this machine and share their session.
struct SessionRoutes: Sendable {
  /// What a monitor says of itself when a client connects.
  private struct Greeting: Decodable {
    let id: String
    let source: String
    let started: String
    let preview: Bool
  }

  private struct Picture: Decodable { let bytes: Int }

  private struct Session: Sendable {
    let json: OrderedJSON
    let preview: Bool
  }

  /// Bytes of a picture, at most.
  private static let mostBytes = 4 << 20
  private static let boundary = "vigil-picture"
  private static let queue = DispatchQueue(label: "vigil.server.sessions", attributes: .concurrent)

  /// Where monitors leave their sockets. Where tokens tell owners apart, a monitor belongs to the owner in whose folder
  /// `folder/OWNER` its socket lies, and nobody else sees it.
  let folder: URL
  let tellsApart: Bool

  /// `GET /api/v1/sessions`.
  @Sendable func list(_ request: Request, _ context: ServingContext) async throws -> Response {
    var sessions: [OrderedJSON] = []
    let place = place(of: context)
    for id in Self.ids(place) {
      if let session = await Self.blocking({ Self.read(id, place) }) { sessions.append(session.json) }
    }
    return .json(.object([("sessions", .array(sessions))]))
  }

  /// `GET /api/v1/sessions/{id}`.
  @Sendable func one(_ request: Request, _ context: ServingContext) async throws -> Response {
    let id = try known(context)
    let place = place(of: context)
    guard let session = await Self.blocking({ Self.read(id, place) }) else {
      throw ServiceError.notFound("the session")
    }
    return .json(session.json)
  }

  /// `GET /api/v1/sessions/{id}/preview`: Motion JPEG, five pictures a second at most, until the client goes.
  @Sendable func preview(_ request: Request, _ context: ServingContext) async throws -> Response {
    let id = try known(context)
    let place = place(of: context)
    guard let session = await Self.blocking({ Self.read(id, place) }) else {
      throw ServiceError.notFound("the session")
    }
    guard session.preview, let link = SessionLink(Self.path(id, place)) else {
      throw ServiceError(
        .forbidden, "no_preview", "this monitor does not share pictures; start it with --share-pictures")
    }
    return Response(
      status: .ok, headers: [.contentType: "multipart/x-mixed-replace; boundary=\(Self.boundary)"],
      body: ResponseBody { writer in
        while let picture = await Self.blocking({ Self.picture(link) }) {
          if !picture.isEmpty {
            let head =
              "--\(Self.boundary)\r\nContent-Type: image/jpeg\r\nContent-Length: \(picture.count)\r\n\r\n"
            var part = ByteBuffer(string: head)
            part.writeBytes(picture)
            part.writeString("\r\n")
            try await writer.write(part)
          }
          try await Task.sleep(for: .milliseconds(200))
        }
        try await writer.write(ByteBuffer(string: "--\(Self.boundary)--\r\n"))
        try await writer.finish(nil)
      })
  }

  /// Process numbers of the sockets that are there; some may be left over from monitors that crashed.
  private static func ids(_ folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("monitor-"), name.hasSuffix(".sock") else { return nil }
      let id = String(name.dropFirst(8).dropLast(5))
      return Self.isValid(id) ? id : nil
    }.sorted()
  }

  private static func isValid(_ id: String) -> Bool {
    (1...10).contains(id.utf8.count) && id.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// An owner's name has letters, digits, - and _ only, and so is safe as the name of a folder.
  private func place(of context: ServingContext) -> URL {
    tellsApart ? folder.appendingPathComponent(context.owner) : folder
  }

  private static func path(_ id: String, _ folder: URL) -> String {
    folder.appendingPathComponent("monitor-\(id).sock").path
  }

  private func known(_ context: ServingContext) throws -> String {
    guard let id = context.parameters.get("id"), Self.isValid(id) else {
      throw ServiceError.notFound("the session")
    }
    return id
  }

  /// A session's greeting and the state that follows it; nil when nobody answers.
  private static func read(_ id: String, _ folder: URL) -> Session? {
    guard let link = SessionLink(path(id, folder)), let first = link.line(),
      let greeting = try? JSONDecoder().decode(Greeting.self, from: Data(first.utf8))
    else { return nil }
    let newest = link.line().flatMap { Self.isJSON($0) ? OrderedJSON.raw($0) : nil }
    return Session(
      json: .object([
        ("id", .string(id)), ("source", .string(greeting.source)), ("started", .string(greeting.started)),
        ("preview", .bool(greeting.preview)), ("newest", newest ?? .null),
      ]), preview: greeting.preview)
  }

  private static func isJSON(_ line: String) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any]
  }

  /// One picture; empty when there is none yet, nil when the monitor has gone.
  private static func picture(_ link: SessionLink) -> Data? {
    guard link.ask("picture") else { return nil }
    while let line = link.line() {
      // State lines come in between.
      guard line.hasPrefix("{\"event\":\"picture\"") else { continue }
      guard let head = try? JSONDecoder().decode(Picture.self, from: Data(line.utf8)),
        (0...mostBytes).contains(head.bytes)
      else { return nil }
      return link.bytes(head.bytes)
    }
    return nil
  }

  /// Runs a blocking step off the threads that serve everybody.
  private static func blocking<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: body()) } }
  }
}
