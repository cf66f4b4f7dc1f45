import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// What the handlers know of a request: who asks.
public struct ServingContext: RequestContext {
  /// Hummingbird's own part.
  public var coreContext: CoreRequestContextStorage
  /// Whoever asks; set by ``Gatekeeper``.
  public var owner = ""

  /// A context before anybody was recognised.
  public init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}

/// Lets in who may come in: checks the host name, the origin of a page's request, the sign-in or token, and that there is
/// a place for the request.
struct Gatekeeper: RouterMiddleware {
  /// The owner of everything when no tokens are asked for.
  static let everybody = "local"
  /// What is answered without a token: nothing that belongs to anybody.
  static let open: Set<String> = ["/healthz", "/openapi.json", "/api/v1/login"]

  let settings: ServerSettings
  let addresses: OwnAddresses
  let owners: OwnerLimits
  let sessions: SignInSessions
  let gate: RequestGate

  func handle(
    _ request: Request, context: ServingContext,
    next: (Request, ServingContext) async throws -> Response
  ) async throws -> Response {
    let host = try addresses.host(of: request.head)
    try addresses.checkOrigin(of: request.head, host: host)
    let path = request.uri.path
    let isOpen = Self.open.contains(path)
    var context = context
    context.owner = Self.everybody
    if let tokens = settings.tokens {
      if let owner = owner(of: request, tokens) {
        context.owner = owner
        if !isOpen { try owners.request(owner) }
      } else if !isOpen, !isPage(path) {
        return try refused(request, context)
      }
    }
    // Short ones have the connections that others may not take.
    if isOpen || isPage(path) || path == "/metrics" { return try await next(request, context) }
    let places = [try gate.enter(context.owner, .request)] + (try stream(path, context.owner))
    return Self.holding(places, try await next(request, context))
  }

  private func owner(of request: Request, _ tokens: TokenBook) -> String? {
    if let value = request.headers[.authorization] {
      let words = value.split(separator: " ")
      guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
      return tokens.owner(of: String(words[1]))
    }
    return SignIn.identifier(of: request, settings).flatMap { sessions.owner(of: $0) }
  }

  private func refused(_ request: Request, _ context: ServingContext) throws -> Response {
    var response = try ServiceError(
      .unauthorized, "token", "give a token: Authorization: Bearer TOKEN, or sign in on the page"
    ).response(from: request, context: context)
    response.headers[.wwwAuthenticate] = "Bearer"
    return response
  }

  private func stream(_ path: String, _ owner: String) throws -> [RequestGate.Place] {
    path.hasSuffix("/events") || path.hasSuffix("/preview") ? [try gate.enter(owner, .stream)] : []
  }

  /// The answer, which keeps its places until it was written or dropped.
  private static func holding(_ places: [RequestGate.Place], _ response: Response) -> Response {
    var response = response
    let body = response.body
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      defer { withExtendedLifetime(places) {} }
      try await body.write(writer)
    }
    return response
  }

  /// The page itself is no secret; it holds nothing of anybody.
  private func isPage(_ path: String) -> Bool { path == "/" || path.hasPrefix("/page/") }
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
    // A chunk that is none, seen while the body is read.
    case is HTTPParserError: return ServiceError.badRequest("the request's body is not well formed")
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
