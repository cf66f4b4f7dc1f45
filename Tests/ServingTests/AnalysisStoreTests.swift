import Foundation
import Serving
import Testing

/// A folder that goes away with its owner.
final class ServerFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-serving-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

struct AnalysisStoreTests {
  private let folder: ServerFolder
  private let store: AnalysisStore

  init() throws {
    folder = try ServerFolder()
    store = try AnalysisStore(file: folder.url.appendingPathComponent("s.sqlite"))
  }

  @discardableResult
  private func add(
    _ owner: String, at created: Double, _ state: AnalysisState = .done
  ) async throws -> String {
    let id = AnalysisID.make()
    try await store.insert(
      AnalysisRecord(
        id: id, owner: owner, name: "clip.mp4", bytes: 1, sha256: "0", created: created, state: state))
    return id
  }

  @Test func nobodySeesAnothersAnalyses() async throws {
    let (mine, yours) = (try await add("ada", at: 1), try await add("bob", at: 2))
    #expect(try await store.record(mine, of: "ada")?.id == mine)
    #expect(try await store.record(yours, of: "ada") == nil)
    #expect(try await store.history(of: "ada", before: nil, limit: 10).map(\.id) == [mine])
    #expect(try await store.delete(yours, of: "ada") == false)
    #expect(try await store.record(yours, of: "bob") != nil)
  }

  @Test func historyIsNewestFirstAndInPages() async throws {
    for created in 1...5 { try await add("ada", at: Double(created)) }
    #expect(try await store.history(of: "ada", before: nil, limit: 2).map(\.created) == [5, 4])
    #expect(try await store.history(of: "ada", before: 4, limit: 2).map(\.created) == [3, 2])
  }

  @Test func whatRanWhenTheServerEndedIsFailedNotForgotten() async throws {
    let id = try await add("ada", at: 1, .running)
    let again = try AnalysisStore(file: folder.url.appendingPathComponent("s.sqlite"))
    let record = try #require(try await again.record(id, of: "ada"))
    #expect(record.state == .failed && record.error?.contains("send the file again") == true)
  }

  @Test func oldOnesGoLabelledOnesStay() async throws {
    let (old, labelled, new) = (
      try await add("ada", at: 10), try await add("ada", at: 11), try await add("ada", at: 100)
    )
    try await store.update(labelled) { $0.label = "fake" }
    #expect(try await store.expire(before: 50, kept: 10).map(\.id) == [old])
    #expect(Set(try await store.history(of: "ada", before: nil, limit: 9).map(\.id)) == [labelled, new])
    #expect(try await store.expire(before: 0, kept: 0).map(\.id) == [new])
  }

  @Test func changingWhatWasDeletedIsNoFault() async throws {
    let id = try await add("ada", at: 1)
    #expect(try await store.delete(id, of: "ada"))
    #expect(try await store.update(id) { $0.risk = 1 } == nil)
  }

  @Test func picturesAreForgottenByAge() async throws {
    let (old, new) = (try await add("ada", at: 10), try await add("ada", at: 100))
    for id in [old, new] { try await store.update(id) { $0.pictures = 3 } }
    #expect(try await store.forgetPictures(before: 50) == [old])
    #expect(try await store.record(old, of: "ada")?.pictures == 0)
    #expect(try await store.record(new, of: "ada")?.pictures == 3)
  }

  @Test func idsAreTheirOwnFileNames() {
    #expect(AnalysisID.isValid(AnalysisID.make()))
    #expect(AnalysisID.make() != AnalysisID.make())
    for wrong in ["", "../../../../../../../../etc/passwd..", String(repeating: "G", count: 32)] {
      #expect(!AnalysisID.isValid(wrong))
    }
  }
}
