import Foundation
package import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers

/// Which `Host` names are this server's, and which pages' requests may change something.
package final class OwnAddresses: Sendable {
  private let settings: ServerSettings
  private let listening: NIOLockedValueBox<Int>

  package init(_ settings: ServerSettings) {
    self.settings = settings
    listening = NIOLockedValueBox(settings.port)
  }

  /// Takes the port that the server listens on, known once it does.
  package func listens(on port: Int) { listening.withLockedValue { $0 = port } }

  /// The scheme that this server itself speaks.
  private var scheme: String { settings.tls == nil ? "http" : "https" }

  /// The authority that a request was sent to. Throws when the request names none of ours: a page elsewhere whose name
  /// was pointed at this machine (DNS rebinding) comes with that name.
  package func host(of request: HTTPRequest) throws(ServiceError) -> Authority {
    // The first Host is the authority, a second one stays among the fields.
    let isOne = !request.headerFields.contains { $0.name.canonicalName == "host" }
    guard isOne, request.path?.hasPrefix("/") == true else {
      throw ServiceError.badRequest("give one Host, and a path that begins with /")
    }
    let text = request.authority ?? ""
    guard let host = Authority(text), isOwn(host) else {
      let shown = Authority(text)?.name ?? "what Host says"
      throw ServiceError(
        .misdirectedRequest, "unknown_host",
        "this server is not called \(shown); call it by its own name and port, or add one with --name or --public"
      )
    }
    return host
  }

  /// Whether a request came through the proxy under its public name, where only the public origin counts.
  private func isPublic(_ host: Authority) -> Bool {
    guard let known = settings.publicAddress else { return false }
    return host.name == known.authority.name
      && host.port(under: known.scheme) == known.authority.port(under: known.scheme)
  }

  private func isOwn(_ host: Authority) -> Bool {
    if isPublic(host) { return true }
    // A name given by the operator may be reached through a port that is forwarded.
    if settings.names.contains(host.name) { return true }
    let bare = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    guard ["localhost", "127.0.0.1", "[::1]", bare].contains(host.name) else { return false }
    return host.port(under: scheme) == listening.withLockedValue { $0 }
  }

  /// Throws when a request that changes something was sent by a page of another origin: another scheme, host or port
  /// (RFC 6454). Programs send no `Origin`.
  package func checkOrigin(of request: HTTPRequest, host: Authority) throws(ServiceError) {
    if [.get, .head, .options].contains(request.method) { return }
    let foreign = ServiceError(
      .forbidden, "foreign_origin", "a page of another origin may not change anything here")
    if let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headerFields[name],
      site != "same-origin", site != "none"
    {
      throw foreign
    }
    guard let origin = request.headerFields[.origin] else { return }
    guard let colon = origin.range(of: "://"), let from = Authority(origin[colon.upperBound...]) else {
      throw foreign
    }
    let theirs = origin[..<colon.lowerBound].lowercased()
    let isPublic = isPublic(host)
    if !isPublic, theirs == scheme, from.name == host.name,
      from.port(under: scheme) == host.port(under: scheme)
    {
      return
    }
    if let known = settings.publicAddress, theirs == known.scheme, from.name == known.authority.name,
      from.port(under: theirs) == known.authority.port(under: theirs)
    {
      return
    }
    throw foreign
  }
}

/// Takes the public prefix off a path, so that a proxy may hand paths on with it or without.
struct PrefixResponder<Inner: HTTPResponder>: HTTPResponder {
  let prefix: String
  let inner: Inner

  func respond(to request: Request, context: Inner.Context) async throws -> Response {
    guard !prefix.isEmpty, let path = request.head.path, path.hasPrefix(prefix) else {
      return try await inner.respond(to: request, context: context)
    }
    let rest = path.dropFirst(prefix.count)
    if rest.isEmpty {
      // Relative addresses of the page need the slash.
      return Response(status: .permanentRedirect, headers: [.location: prefix + "/"])
    }
    guard rest.first == "/" else { return try await inner.respond(to: request, context: context) }
    var head = request.head
    head.path = String(rest)
    return try await inner.respond(to: Request(head: head, body: request.body), context: context)
  }
}
