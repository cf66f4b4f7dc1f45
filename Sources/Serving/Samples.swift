import Crypto
import Foundation

/// Pictures and clips with which a visitor can try the server.
struct Samples {
  /// One of them.
  struct Sample {
    let name: String
    let file: URL
    let bytes: Int
    let isVideo: Bool

    var sha256: String {
      guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
      defer { try? handle.close() }
      var hasher = SHA256()
      // Piece by piece: an operator's sample may be long.
      while let piece = try? handle.read(upToCount: 1 << 20), !piece.isEmpty { hasher.update(data: piece) }
      return hasher.finalize().map { String(format: "%02x", $0) }.joined()
    }
  }

  private static let pictures: Set<String> = ["png", "jpg", "jpeg"]
  private static let videos: Set<String> = ["mkv", "mp4", "webm", "mov", "avi"]

  let folder: URL?

  init(_ folder: URL?) { self.folder = folder }

  /// The folder's pictures and clips, by name; read anew each time, so that an operator can add to it.
  var list: [Sample] {
    guard let folder,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return names.sorted().compactMap { name in
      let file = folder.appendingPathComponent(name)
      let ending = file.pathExtension.lowercased()
      guard Self.pictures.contains(ending) || Self.videos.contains(ending),
        let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
      else { return nil }
      return Sample(name: name, file: file, bytes: size, isVideo: Self.videos.contains(ending))
    }
  }
}
