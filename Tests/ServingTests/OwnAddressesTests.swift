import Foundation
import HTTPTypes
import Serving
import Testing

/// Which `Host` and `Origin` are the server's own.
struct OwnAddressesTests {
  private func addresses(
    names: [String] = [], publicAddress: String? = nil, host: String = "127.0.0.1"
  ) -> OwnAddresses {
    let nowhere = URL(fileURLWithPath: "/nowhere")
    var settings = ServerSettings(folder: nowhere, page: nowhere, program: nowhere, sessions: nowhere)
    (settings.names, settings.host, settings.port) = (names, host, 0)
    settings.publicAddress = publicAddress.flatMap { PublicAddress($0) }
    let addresses = OwnAddresses(settings)
    addresses.listens(on: 8080)
    return addresses
  }

  private func request(
    _ authority: String?, origin: String? = nil, site: String? = nil, method: HTTPRequest.Method = .post
  ) throws -> HTTPRequest {
    var request = HTTPRequest(method: method, scheme: "http", authority: authority, path: "/api/v1/logout")
    request.headerFields[.origin] = origin
    if let site { request.headerFields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site }
    return request
  }

  @Test(arguments: ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"])
  func itsOwnNamesWithItsPort(_ authority: String) throws {
    _ = try addresses().host(of: try request(authority))
  }

  @Test(
    arguments: [
      nil, "", "evil.example", "127.0.0.1", "127.0.0.1:8081", "localhost:3000", "localhost:8080:8080",
      "localhost:", "localhost:+8080", "localhost:08080x", "user@localhost:8080", "localhost.:8080",
      ".localhost:8080",
      "localhost :8080", "127.0.0.1:8080/", "127.0.0.1:99999", "[::1:8080", "[::1]8080",
      "127.0.0.1.evil.example:8080",
      "2130706433:8080",
    ] as [String?])
  func everyOtherHostIsRefused(_ authority: String?) throws {
    let request = try request(authority)
    let refusal = try #require(throws: ServiceError.self) { try addresses().host(of: request) }
    #expect(refusal.status.code == 421)
  }

  @Test func twoHostsAreRefused() throws {
    var request = try request("127.0.0.1:8080")
    request.headerFields.append(
      HTTPField(name: try #require(HTTPField.Name("host")), value: "evil.example"))
    let refusal = try #require(throws: ServiceError.self) { try addresses().host(of: request) }
    #expect(refusal.status.code == 400)
  }

  @Test func aTargetThatIsNoPathIsRefused() throws {
    var request = try request("127.0.0.1:8080")
    request.path = "http://evil.example/"
    #expect(throws: ServiceError.self) { try addresses().host(of: request) }
  }

  @Test func givenNamesAndThePublicAddressAreItsOwn() throws {
    let named = addresses(names: ["vigil.example"])
    _ = try named.host(of: try request("vigil.example"))
    _ = try named.host(of: try request("vigil.example:9443"))
    let open = addresses(publicAddress: "https://vigil.example/faces")
    _ = try open.host(of: try request("vigil.example"))
    _ = try open.host(of: try request("vigil.example:443"))
    #expect(throws: ServiceError.self) { try open.host(of: try request("vigil.example:8443")) }
  }

  private func mayChange(
    _ addresses: OwnAddresses, _ origin: String?, _ site: String? = nil, host: String = "127.0.0.1:8080"
  ) throws -> Bool {
    let request = try request(host, origin: origin, site: site)
    let own = try addresses.host(of: request)
    do { try addresses.checkOrigin(of: request, host: own) } catch { return false }
    return true
  }

  @Test func aPageOfItsOwnOriginAndAProgramMayChange() throws {
    #expect(try mayChange(addresses(), "http://127.0.0.1:8080"))
    #expect(try mayChange(addresses(), "http://127.0.0.1:8080", "same-origin"))
    #expect(try mayChange(addresses(), nil))
    #expect(try mayChange(addresses(), nil, "none"))
  }

  /// Another scheme, host or port is another origin (RFC 6454); the port was not looked at before.
  @Test(arguments: [
    "http://127.0.0.1:3000", "http://127.0.0.1", "https://127.0.0.1:8080", "http://localhost:8080",
    "http://evil.example", "http://evil.example:8080", "null", "", "http://127.0.0.1:8080/x",
    "http://127.0.0.1:8080, http://evil.example", "//127.0.0.1:8080", "file://",
  ])
  func aPageOfAnyOtherOriginMayNot(_ origin: String) throws {
    #expect(try mayChange(addresses(), origin) == false)
  }

  @Test func aBrowserThatSaysCrossSiteMayNot() throws {
    #expect(try mayChange(addresses(), nil, "cross-site") == false)
    #expect(try mayChange(addresses(), "http://127.0.0.1:8080", "same-site") == false)
  }

  @Test func throughAProxyTheOriginIsThePublicOne() throws {
    let open = addresses(publicAddress: "https://vigil.example/faces")
    #expect(try mayChange(open, "https://vigil.example", host: "vigil.example"))
    // A proxy that does not hand Host on.
    #expect(try mayChange(open, "https://vigil.example", host: "127.0.0.1:8080"))
    #expect(try mayChange(open, "http://vigil.example", host: "vigil.example") == false)
    #expect(try mayChange(open, "https://vigil.example:8443", host: "vigil.example") == false)
  }

  @Test(arguments: [
    "vigil.example", "ftp://vigil.example", "https://", "https://user@vigil.example",
    "https://vigil.example/../x",
    "https://vigil.example/a?b", "https://vigil.example/a b", "https://vigil.example:0",
  ])
  func whatIsNoPublicAddressIsNone(_ text: String) { #expect(PublicAddress(text) == nil) }

  @Test func thePrefixHasNoSlashAtItsEnd() throws {
    for (text, prefix) in [
      ("https://vigil.example", ""), ("https://vigil.example/", ""),
      ("https://vigil.example/faces/", "/faces"),
      ("http://localhost:8000/a/b", "/a/b"),
    ] {
      #expect(try #require(PublicAddress(text)).prefix == prefix)
    }
  }
}
