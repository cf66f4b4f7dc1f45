import Foundation
import HTTPTypes
import Hummingbird
import Reports

/// The page's way in: a token becomes a cookie that scripts cannot read and other sites' requests do not carry.
struct SignIn: Sendable {
  private struct Login: Decodable { let token: String }

  let settings: ServerSettings

  init(_ settings: ServerSettings) { self.settings = settings }

  /// `POST /api/v1/login`.
  func login(_ request: Request, _ context: ServingContext) async throws -> Response {
    let buffer = try await request.body.collect(upTo: 4096)
    let login = try JSONDecoder().decode(Login.self, from: Data(buffer.readableBytesView))
    guard let tokens = settings.tokens else {
      throw ServiceError(.conflict, "no_tokens", "this server asks for no tokens")
    }
    guard let owner = tokens.owner(of: login.token) else {
      throw ServiceError(.unauthorized, "token", "this token is not known")
    }
    var response = Response.json(.object([("owner", .string(owner))]))
    response.headers[.setCookie] = cookie(login.token, seconds: 12 * 3600)
    return response
  }

  /// `POST /api/v1/logout`.
  func logout(_ request: Request, _ context: ServingContext) -> Response {
    Response(status: .noContent, headers: [.setCookie: cookie("", seconds: 0)])
  }

  private func cookie(_ value: String, seconds: Int) -> String {
    let secure = settings.tls == nil ? "" : "; Secure"
    return "\(Gatekeeper.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(secure)"
  }
}
