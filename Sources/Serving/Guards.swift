import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// What the handlers know of a request: who asks.
public struct ServingContext: RequestContext {
  /// Hummingbird's own part.
  public var coreContext: CoreRequestContextStorage
  /// Whoever asks; set by ``Gatekeeper``.
  public var owner = ""

  /// A context before anybody was recognised.
  public init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}

/// Lets in who may come in: checks the host name, the origin of a page's request, and the token.
struct Gatekeeper: RouterMiddleware {
  /// The owner of everything when no tokens are asked for.
  static let everybody = "local"
  static let cookie = "vigil_token"
  /// What is answered without a token: nothing that belongs to anybody.
  static let open: Set<String> = ["/healthz", "/openapi.json", "/api/v1/login"]

  let settings: ServerSettings
  let owners: OwnerLimits

  func handle(
    _ request: Request, context: ServingContext,
    next: (Request, ServingContext) async throws -> Response
  ) async throws -> Response {
    let host = Self.name(request.head.authority ?? "")
    // A page elsewhere whose name was pointed at this machine (DNS rebinding) comes with that name.
    guard isKnown(host) else {
      throw ServiceError(
        .misdirectedRequest, "unknown_host", "this server is not called \(host); add it with --name")
    }
    if !Self.isSafe(request.method), let origin = request.headers[.origin] {
      guard Self.name(origin.split(separator: "/").last.map(String.init) ?? "") == host else {
        throw ServiceError(
          .forbidden, "foreign_origin", "a page of another origin may not change anything here")
      }
    }
    var context = context
    context.owner = Self.everybody
    if let tokens = settings.tokens {
      if let owner = Self.token(of: request).flatMap({ tokens.owner(of: $0) }) {
        context.owner = owner
        if !Self.open.contains(request.uri.path) { try owners.request(owner) }
      } else if !Self.open.contains(request.uri.path), !isPage(request.uri.path) {
        var response = try ServiceError(
          .unauthorized, "token", "give a token: Authorization: Bearer TOKEN, or sign in on the page"
        ).response(from: request, context: context)
        response.headers[.wwwAuthenticate] = "Bearer"
        return response
      }
    }
    return try await next(request, context)
  }

  /// The page itself is no secret; it holds nothing of anybody.
  private func isPage(_ path: String) -> Bool { path == "/" || path.hasPrefix("/page/") }

  private func isKnown(_ host: String) -> Bool {
    if ["localhost", "127.0.0.1", "[::1]", settings.host].contains(host) { return true }
    return settings.names.contains(host)
  }

  /// Reads no state change.
  private static func isSafe(_ method: HTTPRequest.Method) -> Bool {
    method == .get || method == .head || method == .options
  }

  /// A host without its port, in lower case.
  static func name(_ authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[...end]).lowercased()
    }
    return (authority.split(separator: ":").first.map(String.init) ?? "").lowercased()
  }

  private static func token(of request: Request) -> String? {
    if let value = request.headers[.authorization] {
      let words = value.split(separator: " ")
      return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
    }
    return request.cookies[cookie]?.value
  }
}

/// The answer to everything: errors become the API's objects, every answer gets the safety headers and is counted.
struct Doorkeeper: RouterMiddleware {
  let metrics: ServerMetrics
  let isEncrypted: Bool

  func handle(
    _ request: Request, context: ServingContext,
    next: (Request, ServingContext) async throws -> Response
  ) async throws -> Response {
    let started = ContinuousClock.now
    var response: Response
    do { response = try await next(request, context) } catch {
      response = try refusal(error, context).response(from: request, context: context)
    }
    protect(&response, request)
    metrics.answered(request.method, response.status, took: ContinuousClock.now - started)
    return response
  }

  private func refusal(_ error: any Error, _ context: ServingContext) -> ServiceError {
    switch error {
    case let error as ServiceError: return error
    case let error as HTTPError where error.status == .notFound:
      return ServiceError(
        .notFound, "no_such_route", "there is nothing here; /openapi.json says what there is")
    case let error as HTTPError:
      return ServiceError(error.status, "refused", error.body ?? error.status.reasonPhrase)
    case is NIOTooManyBytesError:
      return ServiceError(.contentTooLarge, "too_large", "the body is too long")
    case is DecodingError: return ServiceError.badRequest("the body is not the JSON that was expected")
    case is ChannelError, is IOError:
      return ServiceError.badRequest("the connection ended before the request did")
    default:
      context.logger.error("internal fault: \(error)")
      return ServiceError(.internalServerError, "fault", "the server failed; its log says why")
    }
  }

  private func protect(_ response: inout Response, _ request: Request) {
    for (name, value) in Self.headers { response.headers[name] = value }
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    if isEncrypted { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    // What is left of a refused body would be read for nothing.
    if response.status.code >= 400, request.headers[.contentLength] != "0", request.method == .post {
      response.headers[.connection] = "close"
    }
  }

  /// Nothing from elsewhere, no inline scripts or styles, no frames, no sniffing, no referrer.
  private static let headers: [(HTTPField.Name, String)] = {
    let policy = [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:",
      "media-src 'self' blob:", "connect-src 'self'", "base-uri 'none'", "form-action 'self'",
      "frame-ancestors 'none'",
    ].joined(separator: "; ")
    let pairs = [
      ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"),
    ]
    return pairs.compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
  }()
}
