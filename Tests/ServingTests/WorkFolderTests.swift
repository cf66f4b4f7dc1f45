import Foundation
import Serving
import Testing

/// `--folder`: what is not ours is never touched, and one folder has one server.
struct WorkFolderTests {
  private let folder: ServerFolder

  init() throws { folder = try ServerFolder() }

  private func write(_ name: String, _ text: String = "mine") throws -> URL {
    let file = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }

  private func problem() throws -> String {
    try #require(throws: StartProblem.self) { try WorkFolder(folder.url) }.description
  }

  /// The folder of uploads was emptied whosever it was.
  @Test func anUploadsFolderOfSomebodyElseIsNeverEmptied() throws {
    let file = try write("uploads/holiday.jpg")
    #expect(try problem().contains("give an empty folder"))
    #expect(FileManager.default.fileExists(atPath: file.path))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(names == ["uploads"])
  }

  @Test func aForeignMarkerIsNotBelieved() throws {
    let file = try write("uploads/holiday.jpg")
    _ = try write("vigil-server.lock", "something else\n")
    #expect(try problem().contains("give an empty folder"))
    #expect(FileManager.default.fileExists(atPath: file.path))
  }

  @Test func twoServersDoNotShareAFolder() throws {
    let first = try WorkFolder(folder.url)
    let upload = first.uploads.appendingPathComponent("waiting")
    try Data("x".utf8).write(to: upload)
    #expect(try problem().contains("another vigil-server (process \(getpid()))"))
    #expect(FileManager.default.fileExists(atPath: upload.path))
    withExtendedLifetime(first) {}
  }

  @Test func itsOwnFolderIsTakenAgainAndItsUploadsEmptied() throws {
    do {
      let first = try WorkFolder(folder.url)
      try Data("x".utf8).write(to: first.uploads.appendingPathComponent("left over"))
      withExtendedLifetime(first) {}
    }
    let again = try WorkFolder(folder.url)
    #expect(try FileManager.default.contentsOfDirectory(atPath: again.uploads.path).isEmpty)
  }

  @Test func aFolderOfAServerBeforeTheMarkerIsTaken() throws {
    _ = try AnalysisStore(file: folder.url.appendingPathComponent("server.sqlite"))
    _ = try write("uploads/left over")
    #expect(throws: Never.self) { try WorkFolder(folder.url) }
  }

  @Test func foldersAreForItsUserOnly() throws {
    let made = try WorkFolder(folder.url)
    for place in [made.uploads, made.kept] {
      let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions] as? Int
      #expect(mode == 0o700)
    }
  }

  // MARK: Secrets

  @Test(arguments: [(0o644, "every user"), (0o604, "every user"), (0o602, "every user"), (0o620, "a group")])
  func aTokensFileOthersMayReadIsRefused(_ mode: Int, _ words: String) throws {
    let file = try write("tokens.txt", try #require(TokenBook.make(owner: "ada")).line)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    let problem = try #require(throws: TokenBook.Problem.self) { try TokenBook(file: file.path) }
    #expect(problem.description.contains(words) && problem.description.contains("chmod 600"))
  }

  @Test func aPrivateTokensFileIsRead() throws {
    let made = try #require(TokenBook.make(owner: "ada"))
    let file = try write("tokens.txt", made.line)
    for mode in [0o600, 0o400, 0o640] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
      #expect(try TokenBook(file: file.path).owner(of: made.token) == "ada")
    }
    #expect(throws: TokenBook.Problem.self) { try TokenBook(file: folder.url.path) }
    #expect(throws: TokenBook.Problem.self) { try TokenBook(file: "/nowhere/tokens.txt") }
  }

  // MARK: Starting

  @Test func aPortThatIsTakenIsSaid() {
    let nowhere = URL(fileURLWithPath: "/nowhere")
    let settings = ServerSettings(folder: nowhere, page: nowhere, program: nowhere, sessions: nowhere)
    let said = VigilServer.sentence(EADDRINUSE, settings)
    #expect(said.contains("--port 8080") && said.contains("another program") && said.contains("free port"))
    #expect(VigilServer.sentence(EACCES, settings).contains("1024"))
  }

  @Test func aPublicAddressAsksForTokensAndTLS() throws {
    let nowhere = URL(fileURLWithPath: "/nowhere")
    var settings = ServerSettings(folder: nowhere, page: nowhere, program: nowhere, sessions: nowhere)
    settings.publicAddress = PublicAddress("http://vigil.example")
    #expect(settings.complaint?.contains("--tokens") == true)
    settings.tokens = try TokenBook(text: try #require(TokenBook.make(owner: "ada")).line)
    #expect(settings.complaint?.contains("https") == true)
    settings.publicAddress = PublicAddress("https://vigil.example")
    #expect(settings.complaint == nil && settings.isEncrypted)
  }
}
