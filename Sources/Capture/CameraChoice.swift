import Foundation
import Surroundings

/// The camera that a person chose: known again by what it is and where it is plugged in, never by its number.
///
/// `/dev/videoN` may be another camera after the next start. The name under `/dev/v4l/by-id` holds maker and serial
/// number and goes with the camera to another plug; where there is none, card, driver and plug together stand for it.
public struct CameraChoice: Codable, Sendable, Equatable {
  /// The card's name, for people.
  public let card: String
  /// The driver's name.
  public let driver: String
  /// Where it was plugged in.
  public let bus: String
  /// Its name under `/dev/v4l/by-id`, when it has one.
  public let stableName: String?

  /// Remembers a camera.
  public init(_ entry: CameraEntry) {
    (card, driver, bus) = (entry.card, entry.driver, entry.bus)
    stableName = entry.stableNames.first { $0.hasPrefix("/dev/v4l/by-id/") }
  }

  /// Whether `entry` is the chosen camera.
  public func matches(_ entry: CameraEntry) -> Bool {
    if let stableName, entry.stableNames.contains(stableName) { return true }
    return card == entry.card && driver == entry.driver && bus == entry.bus
  }

  /// The chosen camera among those there are: by its own name first, then by its plug.
  public func find(in all: [CameraEntry]) -> CameraEntry? {
    if let stableName, let named = all.first(where: { $0.stableNames.contains(stableName) }) { return named }
    return all.first(where: matches)
  }

  /// Reads the choice from a file; nil when there is none. Throws when the file holds anything else.
  public static func read(_ path: String) throws(CaptureError) -> CameraChoice? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    // A choice is a few hundred bytes: whatever is larger is something else.
    guard let data = FileManager.default.contents(atPath: path), data.count <= 64 << 10,
      let choice = try? JSONDecoder().decode(CameraChoice.self, from: data)
    else {
      throw CaptureError(
        .unreadable, path, "does not hold a chosen camera; choose one anew: vigil devices --choose DEVICE")
    }
    return choice
  }

  /// Writes the choice, whole or not at all, readable by its owner only.
  public func write(_ path: String) throws(CaptureError) {
    let folder = (path as NSString).deletingLastPathComponent
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try StateFile.replace(path, with: encoder.encode(self))
    } catch {
      throw CaptureError(
        .forbidden, path, "the choice cannot be kept; set XDG_STATE_HOME to a folder of yours")
    }
  }
}

extension CameraList {
  /// The chosen camera when it is there, else the first real one; `isChosen` tells which.
  public static func standard(
    _ choice: CameraChoice?, of all: [CameraEntry]
  ) throws(CaptureError) -> (entry: CameraEntry, isChosen: Bool) {
    if let chosen = choice?.find(in: all) { return (chosen, true) }
    return (try firstReal(of: all), false)
  }
}
