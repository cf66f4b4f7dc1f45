import Crypto
import Foundation
import Observations
import Surroundings

/// One fetched file as `Models/third-party.tsv` pins it.
struct ModelEntry {
  let file: String
  let bytes: Int
  let sha256: String
  let package: String
  let licence: String
  let use: String
}

/// The networks on this machine: where they are, what they should be.
struct ModelStore {
  /// The folder that holds the table and our own networks.
  let root: URL
  /// The folder of the fetched files.
  let fetched: URL
  /// The table's lines, in its order.
  let entries: [ModelEntry]

  /// Opens the store at `setting`: a folder with `third-party.tsv` in it or beside it. Empty: `Models` in a folder
  /// above the program. Never in the current folder, whose table could pin anybody's networks.
  init(setting: String) throws {
    let found = Self.candidates(setting).first {
      FileManager.default.fileExists(atPath: Self.table(in: $0.root).path)
    }
    guard let found else {
      throw Failure(
        .fault,
        "\(setting.isEmpty ? "Models" : setting): no folder with third-party.tsv; give it with --models or VIGIL_MODELS"
      )
    }
    (root, fetched) = found
    let table = Self.table(in: root)
    guard let text = try? String(contentsOf: table, encoding: .utf8) else {
      throw Failure(.fault, "\(table.path): cannot be read as UTF-8 text")
    }
    entries = try Self.parse(text, path: table.path)
  }

  /// Where a file lies, and the identity it must have; its bytes are not looked at.
  func file(_ name: String) throws -> NetworkFile {
    guard let entry = entries.first(where: { $0.file == name }) else {
      throw Failure(.fault, "\(name): not in \(Self.table(in: root).path)")
    }
    let path = fetched.appendingPathComponent(name).path
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(.fault, "\(path): missing; fetch it with: vigil models fetch")
    }
    return NetworkFile(path: path, identity: ModelIdentity(name: name, sha256: entry.sha256))
  }

  /// A file whose bytes were hashed and are the pinned ones. Cost: about 2 ms a megabyte.
  func verifiedFile(_ name: String) throws -> NetworkFile {
    let file = try file(name)
    let found = try FileDigest.sha256(path: file.path)
    guard found == file.identity.sha256 else {
      throw Failure(
        .fault,
        "\(file.path): SHA-256 is \(found); expected \(file.identity.sha256): fetch it anew with: vigil models fetch"
      )
    }
    return file
  }

  private static func table(in root: URL) -> URL { root.appendingPathComponent("third-party.tsv") }

  private static func candidates(_ setting: String) -> [(root: URL, fetched: URL)] {
    if !setting.isEmpty {
      let given = URL(fileURLWithPath: setting)
      return [
        (given, given.appendingPathComponent("third-party")), (given.deletingLastPathComponent(), given),
      ]
    }
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folders: [URL] = []
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      folders.append(folder)
    }
    return folders.map { $0.appendingPathComponent("Models") }.map {
      ($0, $0.appendingPathComponent("third-party"))
    }
  }

  /// The entries of a table's text.
  static func parse(_ text: String, path: String) throws -> [ModelEntry] {
    var entries: [ModelEntry] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix("file\t") else { continue }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 10, let bytes = Int(fields[1]), fields[2].count == 64, !fields[0].contains("/")
      else {
        throw Failure(
          .fault,
          "\(path) line \(number + 1): expected file, bytes, SHA-256 and seven more fields between tabs")
      }
      entries.append(
        ModelEntry(
          file: fields[0], bytes: bytes, sha256: fields[2], package: fields[3], licence: fields[8],
          use: fields[9]))
    }
    return entries
  }
}

/// SHA-256 of files.
enum FileDigest {
  /// The SHA-256 of the file at `path` in lower-case hexadecimal, read a megabyte at a time.
  static func sha256(path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw Failure(.fault, "\(path): cannot be opened; check that it exists and may be read")
    }
    defer { try? file.close() }
    var hasher = SHA256()
    do {
      while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hasher.update(data: chunk) }
    } catch { throw Failure(.fault, "\(path): cannot be read: \(error)") }
    return hasher.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
