import Foundation
import Serving
import Testing

struct ServerSettingsTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func settings(_ folder: URL) -> ServerSettings {
    ServerSettings(
      folder: folder, page: Self.root.appendingPathComponent("Page"),
      program: URL(fileURLWithPath: "/bin/true"),
      sessions: folder)
  }

  @Test func loopbackNeedsNothing() {
    var settings = settings(URL(fileURLWithPath: "/nowhere"))
    for host in ["127.0.0.1", "::1", "localhost", "127.0.0.53"] {
      settings.host = host
      #expect(settings.complaint == nil, "\(host)")
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "192.168.1.2", "vigil.example"])
  func anywhereElseNeedsTokensAndTLS(_ host: String) throws {
    var settings = settings(URL(fileURLWithPath: "/nowhere"))
    settings.host = host
    #expect(settings.complaint?.contains("--tokens") == true)
    settings.tokens = try TokenBook(text: try #require(TokenBook.make(owner: "ada")).line)
    #expect(settings.complaint?.contains("--certificate") == true)
    settings.tls = ("chain.pem", "key.pem")
    #expect(settings.complaint == nil)
  }

  @Test func anEmptyTokensFileLetsNobodyInByMistake() throws {
    var settings = settings(URL(fileURLWithPath: "/nowhere"))
    settings.tokens = try TokenBook(text: "# nobody yet\n")
    #expect(settings.complaint?.contains("names nobody") == true)
  }

  @Test func theDescriptionListsExactlyTheRoutes() throws {
    let folder = try ServerFolder()
    let server = try VigilServer(settings(folder.url))
    let data = try Data(contentsOf: Self.root.appendingPathComponent("Page/openapi.json"))
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let described = paths.flatMap { path, item in
      item.keys.filter { $0 != "parameters" }.map { "\($0.uppercased()) \(path)" }
    }
    #expect(Set(described).sorted() == Set(server.routeNames).sorted())
    #expect(described.count == server.routeNames.count)
  }

  @Test func aMissingProgramIsSaid() throws {
    let folder = try ServerFolder()
    var settings = settings(folder.url)
    settings.program = folder.url.appendingPathComponent("vigil")
    #expect(throws: StartProblem.self) { try VigilServer(settings) }
  }
}
