import Foundation
import HTTPTypes
import Hummingbird

/// The page's files, read once at the start: what is not in this table cannot be asked for.
struct PageFiles: Sendable {
  private struct File: Sendable {
    let type: String
    let bytes: ByteBuffer
    let tag: String
  }

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "json": "application/json",
  ]
  private let files: [String: File]

  /// Reads the files of `folder`. Throws when the page's own is missing.
  init(folder: URL) throws {
    var files: [String: File] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      let place = folder.appendingPathComponent(name)
      guard let type = Self.types[place.pathExtension], let data = try? Data(contentsOf: place) else {
        continue
      }
      files[name] = File(type: type, bytes: ByteBuffer(bytes: data), tag: "\"\(data.hashForTag)\"")
    }
    guard files["index.html"] != nil, files["openapi.json"] != nil else {
      throw StartProblem(
        "\(folder.path): index.html or openapi.json is missing; give the page's folder with --page")
    }
    self.files = files
  }

  /// A file of the page.
  func answer(_ name: String, _ request: Request) throws -> Response {
    guard let file = files[name] else { throw ServiceError.notFound("the file") }
    if request.headers[.ifNoneMatch] == file.tag {
      return Response(status: .notModified, headers: [.eTag: file.tag, .cacheControl: "no-cache"])
    }
    return Response(
      status: .ok, headers: [.contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache"],
      body: ResponseBody(byteBuffer: file.bytes))
  }
}

extension Data {
  /// FNV-1a, 64 bits: tells versions of our own files apart, nothing more.
  fileprivate var hashForTag: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in self { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}

/// Why the server cannot start; one line for a person.
public struct StartProblem: Error, CustomStringConvertible {
  /// What was wrong, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
