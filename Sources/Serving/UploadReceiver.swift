import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// An upload on disk.
struct Upload: Sendable {
  let file: URL
  let name: String
  let bytes: Int
  let sha256: String
}

/// Writes a request's file to disk as it comes, never holding more than one network read of it in memory.
struct UploadReceiver {
  let folder: URL
  let most: Int
  /// Told of every byte before it is written; throws when the owner's space is used up.
  let count: @Sendable (Int) throws -> Void

  /// Receives the part called `file` of a form, or the whole body when it is no form. Throws a refusal; nothing is
  /// left on disk then.
  func receive(_ request: Request, id: String) async throws -> Upload {
    let type = request.headers[.contentType] ?? ""
    try checkLength(request)
    let file = folder.appendingPathComponent(id)
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let handle = FileHandle(forWritingAtPath: file.path)
    else {
      throw ServiceError(
        .init(code: 507, reasonPhrase: "Insufficient Storage"), "no_space", "the upload cannot be stored")
    }
    defer { try? handle.close() }
    do {
      var sink = UploadSink(handle: handle, most: most, count: count)
      let name: String
      if type.lowercased().hasPrefix("multipart/") {
        name = try await receiveForm(request, type, &sink)
      } else if type.lowercased().hasPrefix("image/") || type.lowercased().hasPrefix("video/")
        || type.lowercased().hasPrefix("application/octet-stream")
      {
        for try await buffer in request.body { try sink.write(buffer.readableBytesView) }
        name = request.uri.queryParameters["name"].map(String.init) ?? "upload"
      } else {
        throw ServiceError(
          .unsupportedMediaType, "media_type",
          "send multipart/form-data with a part called file, or the file itself as image/* or video/*")
      }
      guard sink.bytes > 0 else { throw ServiceError.badRequest("the file has no bytes") }
      return Upload(file: file, name: Self.clean(name), bytes: sink.bytes, sha256: sink.digest)
    } catch {
      try? FileManager.default.removeItem(at: file)
      throw error
    }
  }

  private func checkLength(_ request: Request) throws {
    guard let text = request.headers[.contentLength] else { return }
    guard let length = Int(text), length >= 0 else {
      throw ServiceError.badRequest("Content-Length is no length")
    }
    // A form's own lines take a little more than the file.
    if length > most + 65536 { throw tooLarge }
  }

  private var tooLarge: ServiceError {
    ServiceError(.contentTooLarge, "too_large", "an upload may have \(most) bytes at most")
  }

  private func receiveForm(_ request: Request, _ type: String, _ sink: inout UploadSink) async throws
    -> String
  {
    guard var reader = MultipartReader(contentType: type) else {
      throw ServiceError.badRequest("the form's Content-Type names no boundary")
    }
    var name: String?
    var isFile = false
    do {
      for try await buffer in request.body {
        for event in try reader.read(buffer.readableBytesView) {
          switch event {
          case .began(let field, let fileName):
            isFile = field == "file"
            if isFile {
              guard name == nil else { throw ServiceError.badRequest("the form has two parts called file") }
              name = fileName ?? "upload"
            }
          case .data(let bytes): if isFile { try sink.write(bytes) }
          case .ended: isFile = false
          }
        }
      }
    } catch let problem as MultipartReader.Problem {
      throw ServiceError.badRequest("the form cannot be read: \(problem)")
    }
    guard reader.isFinished else { throw ServiceError.badRequest("the form ends before its last boundary") }
    guard let name else { throw ServiceError.badRequest("the form has no part called file") }
    return name
  }

  /// A name that can be shown and exported: no folders, no control characters, 120 characters at most.
  static func clean(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "upload"
    let shown = last.unicodeScalars.filter {
      !CharacterSet.controlCharacters.contains($0) && !CharacterSet.illegalCharacters.contains($0)
    }
    let text = String(String.UnicodeScalarView(shown)).prefix(120)
    return text.isEmpty ? "upload" : String(text)
  }
}

/// Counts, hashes and writes.
struct UploadSink {
  private let handle: FileHandle
  private let most: Int
  private let count: @Sendable (Int) throws -> Void
  private(set) var bytes = 0
  private var hasher = SHA256()

  init(handle: FileHandle, most: Int, count: @escaping @Sendable (Int) throws -> Void) {
    (self.handle, self.most, self.count) = (handle, most, count)
  }

  mutating func write(_ data: some Collection<UInt8>) throws {
    bytes += data.count
    guard bytes <= most else {
      throw ServiceError(.contentTooLarge, "too_large", "an upload may have \(most) bytes at most")
    }
    let data = Data(data)
    try count(data.count)
    hasher.update(data: data)
    do { try handle.write(contentsOf: data) } catch {
      throw ServiceError(
        .init(code: 507, reasonPhrase: "Insufficient Storage"), "no_space",
        "the upload cannot be stored: no space is left")
    }
  }

  /// SHA-256 of everything written, in hexadecimal.
  var digest: String { hasher.finalize().map { String(format: "%02x", $0) }.joined() }
}
