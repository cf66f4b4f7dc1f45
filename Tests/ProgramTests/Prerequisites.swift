import Foundation

/// What a test needs beside the program; a test without it is skipped with the reason.
enum Prerequisites {
  /// The project's folder.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether the fetched networks are there.
  static let networks: Bool = {
    let folder =
      ProcessInfo.processInfo.environment["VIGIL_MODELS"].map { URL(fileURLWithPath: $0) }
      ?? root.appendingPathComponent("Models/third-party")
    return ["face_landmarks_detector.tflite", "third-party/face_landmarks_detector.tflite"].contains {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
    }
  }()

  /// A portrait that comes with the fetched networks.
  static let portrait: URL = {
    let folder =
      ProcessInfo.processInfo.environment["VIGIL_MODELS"].map { URL(fileURLWithPath: $0) }
      ?? root.appendingPathComponent("Models/third-party")
    let inside = folder.appendingPathComponent("third-party/astronaut.png")
    return FileManager.default.fileExists(atPath: inside.path)
      ? inside : folder.appendingPathComponent("astronaut.png")
  }()

  /// The labelled data, when it is on this machine.
  static let data: URL? = {
    let shared =
      ProcessInfo.processInfo.environment["VIGIL_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? root.deletingLastPathComponent().appendingPathComponent("shared")
    let folder = shared.appendingPathComponent("data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  static let noNetworks = "the networks are not fetched: make models"
  static let noData = "no labelled data (set VIGIL_SHARED)"
}
