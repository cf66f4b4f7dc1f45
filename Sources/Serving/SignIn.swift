import Foundation
import HTTPTypes
import Hummingbird
import JSON

/// The page's way in: a token becomes a sign-in, whose random identifier is a cookie that scripts cannot read and other
/// sites' requests do not carry.
struct SignIn: Sendable {
  private struct Login: Decodable { let token: String }

  let settings: ServerSettings
  let sessions: SignInSessions

  /// `POST /api/v1/login`.
  @Sendable func login(_ request: Request, _ context: ServingContext) async throws -> Response {
    let buffer = try await request.body.collect(upTo: 4096)
    let login = try JSONDecoder().decode(Login.self, from: Data(buffer.readableBytesView))
    guard let tokens = settings.tokens else {
      throw ServiceError(.conflict, "no_tokens", "this server asks for no tokens")
    }
    guard let owner = tokens.owner(of: login.token) else {
      throw ServiceError(.unauthorized, "token", "this token is not known")
    }
    var response = Response.json(.object([("owner", .string(owner))]))
    response.headers[.setCookie] = cookie(sessions.begin(owner), seconds: SignInSessions.seconds)
    return response
  }

  /// `POST /api/v1/logout`: ends this sign-in; with `?everywhere=true` every one of the owner.
  @Sendable func logout(_ request: Request, _ context: ServingContext) async throws -> Response {
    if let identifier = Self.identifier(of: request, settings) { sessions.end(identifier) }
    if request.uri.queryParameters["everywhere"] == "true" { sessions.endAll(of: context.owner) }
    return Response(status: .noContent, headers: [.setCookie: cookie("", seconds: 0)])
  }

  /// The identifier that a request's cookie carries.
  static func identifier(of request: Request, _ settings: ServerSettings) -> String? {
    request.cookies[name(settings)]?.value
  }

  /// `__Host-` binds the cookie to this host alone and to TLS (RFC 6265bis, 4.1.3.2).
  static func name(_ settings: ServerSettings) -> String {
    settings.isEncrypted ? "__Host-vigil" : "vigil_sign_in"
  }

  private func cookie(_ value: String, seconds: Int) -> String {
    let secure = settings.isEncrypted ? "; Secure" : ""
    return "\(Self.name(settings))=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(secure)"
  }
}
