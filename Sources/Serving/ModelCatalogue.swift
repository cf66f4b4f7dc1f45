import Foundation
import JSON

/// What the networks are, as `vigil models list` and the manifests beside them say. Read once, at the start.
struct ModelCatalogue: Sendable {
  let json: OrderedJSON

  /// Asks `program`; an installation without networks is an empty list, and the reason.
  init(program: URL) {
    let process = Process()
    let out = Pipe()
    process.executableURL = program
    process.arguments = ["models", "list"]
    (process.standardOutput, process.standardError) = (out, FileHandle.nullDevice)
    guard (try? process.run()) != nil else {
      json = .object([("models", .array([])), ("problem", .string("the vigil program cannot be run"))])
      return
    }
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let rows = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    let folder = rows.first { $0.first == "folder" && $0.count == 2 }?[1]
    json = .object([
      ("models", .array(rows.filter { $0.count >= 7 }.map(Self.fetched))),
      ("manifests", .array(folder.map { Self.manifests(beside: URL(fileURLWithPath: $0)) } ?? [])),
    ])
  }

  private static func fetched(_ row: [String]) -> OrderedJSON {
    .object([
      ("name", .string(row[0])), ("state", .string(row[1])), ("bytes", .integer(Int64(row[2]) ?? 0)),
      ("package", .string(row[3])), ("licence", .string(row[4])), ("use", .string(row[5])),
      ("sha256", .string(row[6].replacingOccurrences(of: "sha256:", with: ""))),
    ])
  }

  /// The `manifest.json` of each of the project's own networks, whole: it is the network's card.
  private static func manifests(beside fetched: URL) -> [OrderedJSON] {
    let root = fetched.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.sorted().compactMap { name in
      let file = root.appendingPathComponent(name).appendingPathComponent("manifest.json")
      guard let data = try? Data(contentsOf: file), data.count < 1 << 20,
        let value = try? JSONSerialization.jsonObject(with: data),
        let clean = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
      else { return nil }
      return .object([("name", .string(name)), ("manifest", .raw(String(decoding: clean, as: UTF8.self)))])
    }
  }
}
