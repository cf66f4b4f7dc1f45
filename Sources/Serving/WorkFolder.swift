public import Foundation

/// The server's folder: what lies where. Only the server's user may look in.
public struct WorkFolder: Sendable {
  /// The database.
  public let database: URL
  /// Uploads that wait or run; emptied at start.
  public let uploads: URL
  /// Uploads kept on purpose.
  public let kept: URL
  private let results: URL
  /// Kept for as long as the folder is used.
  private let claim: FolderClaim

  /// Claims the folder, makes those in it, and empties the one of uploads. Throws ``StartProblem`` when the folder is
  /// another server's or holds anything else.
  public init(_ folder: URL) throws {
    claim = try FolderClaim(folder)
    database = folder.appendingPathComponent("server.sqlite")
    uploads = folder.appendingPathComponent("uploads")
    kept = folder.appendingPathComponent("kept")
    results = folder.appendingPathComponent("results")
    try? FileManager.default.removeItem(at: uploads)
    for place in [folder, uploads, kept, results] {
      try FileManager.default.createDirectory(
        at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      // Also where a server of before made it for everybody to read.
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.path)
    }
  }

  /// Bytes on the disk of what is kept of an analysis.
  func bytes(of id: String, kept name: String?) -> Int {
    var files = [timeline(id)]
    let pictures = pictures(id)
    files += PictureFolder(pictures).names.map { pictures.appendingPathComponent($0) }
    if let name { files.append(kept.appendingPathComponent(name)) }
    return files.reduce(0) { sum, file in
      let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
      return sum + (size ?? 0)
    }
  }

  /// Deletes everything that is kept of an analysis.
  func remove(_ id: String, kept name: String?) {
    try? FileManager.default.removeItem(at: results(id))
    if let name { try? FileManager.default.removeItem(at: kept.appendingPathComponent(name)) }
  }

  /// The folder of an analysis's timeline and pictures; `id` is one that ``AnalysisID`` made or checked.
  public func results(_ id: String) -> URL { results.appendingPathComponent(id) }

  /// The timeline of an analysis: one JSON object a line.
  public func timeline(_ id: String) -> URL { results(id).appendingPathComponent("timeline.jsonl") }

  /// The pictures of an analysis.
  public func pictures(_ id: String) -> URL { results(id).appendingPathComponent("pictures") }
}

/// Ids of analyses.
public enum AnalysisID {
  /// A new id.
  public static func make() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<16).map { _ in String(format: "%02x", UInt8.random(in: 0...255, using: &random)) }.joined()
  }

  /// Whether a text from outside has the form of an id, and so is safe as the name of a file.
  public static func isValid(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
