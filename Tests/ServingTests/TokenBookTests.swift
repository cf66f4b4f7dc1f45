import Serving
import Testing

struct TokenBookTests {
  @Test func aMadeTokenOpensForItsOwnerOnly() throws {
    let (ada, bob) = (try #require(TokenBook.make(owner: "ada")), try #require(TokenBook.make(owner: "bob")))
    let book = try TokenBook(text: "# who may\n\n\(ada.line)\n\(bob.line)\n")
    #expect(book.owner(of: ada.token) == "ada")
    #expect(book.owner(of: bob.token) == "bob")
    #expect(book.owner(of: ada.token.dropLast() + "x") == nil)
    #expect(book.owner(of: "") == nil)
    #expect(!ada.line.contains(ada.token))
    #expect(ada.token.count == 64 && ada.token != bob.token)
  }

  @Test(arguments: [
    "ada", "ada plain-token", "ada sha256:12", "a/b sha256:\(String(repeating: "0", count: 64))",
  ])
  func aLineThatIsNoneIsRefusedWithItsNumber(_ line: String) {
    #expect(throws: TokenBook.Problem.self) { try TokenBook(text: "# first\n" + line) }
    do { _ = try TokenBook(text: "# first\n" + line) } catch { #expect(error.description.contains("line 2")) }
  }

  @Test func namesAreChecked() {
    #expect(TokenBook.make(owner: "") == nil)
    #expect(TokenBook.make(owner: "../x") == nil)
    #expect(TokenBook.make(owner: String(repeating: "a", count: 65)) == nil)
  }
}
