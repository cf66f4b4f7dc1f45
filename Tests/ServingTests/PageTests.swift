import Foundation
import Testing

/// The page's files, looked at without a browser; Tests/Servers/page-test.py uses them in one.
struct PageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Page")

  private func text(_ name: String) throws -> String {
    try String(contentsOf: Self.page.appendingPathComponent(name), encoding: .utf8)
  }

  /// The keys of one language in strings.js.
  private func keys(_ language: String) throws -> Set<String> {
    let text = try text("strings.js")
    let start = try #require(text.range(of: "\n  \(language): {"))
    let end = try #require(text[start.upperBound...].range(of: "\n  },"))
    let block = text[start.upperBound..<end.lowerBound]
    return Set(block.matches(of: /(?:^|[,\n{]\s*)([a-z]\w*): "/).map { String($0.1) })
  }

  @Test func bothLanguagesHaveTheSameWords() throws {
    let (english, arabic) = (try keys("en"), try keys("ar"))
    #expect(english.count > 120)
    #expect(english.symmetricDifference(arabic).isEmpty)
  }

  @Test func everyWordThatIsAskedForExists() throws {
    let known = try keys("en")
    var asked = Set(try text("index.html").matches(of: /data-(?:text|label)="(\w+)"/).map { String($0.1) })
    for name in ["app.js", "result.js", "views.js", "live.js", "text.js"] {
      asked.formUnion(try text(name).matches(of: /\bt\("(\w+)"/).map { String($0.1) })
    }
    #expect(asked.subtracting(known).isEmpty)
    #expect(asked.count > 60)
  }

  /// The page lives wherever a reverse proxy puts it: no address of it begins at the host's root.
  @Test func everyAddressIsRelative() throws {
    for name in ["index.html", "api.js", "app.js", "result.js", "views.js", "live.js"] {
      let text = try text(name)
      #expect(text.firstMatch(of: /["'`]\/(?:page|api|openapi)/) == nil, "\(name)")
    }
  }

  @Test func nothingIsAskedFromElsewhereAndNothingIsInline() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.page.path)
    for name in names where name != "openapi.json" {
      let text = try text(name).replacing("http://www.w3.org/2000/svg", with: "")
      #expect(!text.contains("http://") && !text.contains("https://"), "\(name)")
      #expect(!text.contains("innerHTML") && !text.contains("eval("), "\(name)")
    }
    let html = try text("index.html")
    #expect(!html.contains(" style=") && !html.contains(" onclick="))
    #expect(html.firstMatch(of: /<script(?![^>]* src=)/) == nil)
  }
}
