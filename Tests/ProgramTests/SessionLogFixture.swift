import Foundation
import Testing

/// What the tests of session logs share.
enum Fixture {
  static let clipSeconds = 8

  /// A short clip of the puppet beside the built programs; made anew when `vigil` is newer than it.
  static func demoClip() throws -> String { try clip.get() }

  private static let clip: Result<String, any Error> = Result {
    let path = ProgramRun.products.appendingPathComponent("session-demo.mkv").path
    if let made = age(path), let built = age(ProgramRun.products.appendingPathComponent("vigil").path),
      made > built
    {
      return path
    }
    let run = try ProgramRun(
      ["demo", "--out", path, "--seconds", String(clipSeconds), "--fps", "15"])
    guard run.status == 0 else { throw ProgramFailure(text: run.errors) }
    return path
  }

  private static func age(_ path: String) -> Date? {
    try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
  }

  /// The file with the puppet's true movements.
  static func truth(of clip: String) -> URL {
    URL(fileURLWithPath: clip).deletingPathExtension().appendingPathExtension("json")
  }
}

struct ProgramFailure: Error { let text: String }

/// One record of a log, read through `vigil log export`.
struct Record {
  let text: String
  let kind: String
  let number: Int
  let data: [String: Any]

  static func all(in log: String) throws -> [Record] {
    let run = try ProgramRun(["log", "export", "--all", "--log", log])
    guard run.status == 0 else { throw ProgramFailure(text: run.errors) }
    return try run.output.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return Record(
        text: String(line), kind: try #require(object?["kind"] as? String),
        number: try #require(object?["record"] as? Int),
        data: try #require(object?["data"] as? [String: Any]))
    }
  }
}

/// A tmpfs of a given size, unmounted with its owner.
final class SmallDisk {
  let path: String
  private let folder = try? TemporaryFolder()

  /// Whether this process may mount; tried once.
  static let isPossible: Bool = geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil

  init(kilobytes: Int) throws {
    guard let folder else { throw ProgramFailure(text: "no temporary folder") }
    path = folder.url.path
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw ProgramFailure(text: "mount: \(String(cString: strerror(errno)))")
    }
  }

  /// Takes all the room that is left but so much.
  func fill(leaving kilobytes: Int) throws {
    #expect(FileManager.default.createFile(atPath: path + "/ballast", contents: nil))
    let file = try #require(FileHandle(forWritingAtPath: path + "/ballast"))
    defer { try? file.close() }
    let page = Data(count: 4096)
    var written: UInt64 = 0
    while (try? file.write(contentsOf: page)) != nil { written += 4096 }
    try file.truncate(atOffset: written - min(written, UInt64(kilobytes) * 1024))
  }

  func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }

  deinit { umount2(path, Int32(MNT_DETACH)) }
}
