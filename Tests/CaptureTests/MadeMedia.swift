import Capture
import Foundation
import Imaging
import Quantities
import Testing

/// Media that tests make for themselves with ffmpeg or by code.
enum MadeMedia {
  static let hasFFmpeg = has("ffmpeg")
  static let hasHEIFEncoder = has("heif-enc")
  static let noFFmpeg = "needs ffmpeg: scripts/install-packages.sh test"

  static func has(_ tool: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
    }
  }

  /// A path of its own in the folder for temporary files.
  static func path(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)").path
  }

  /// Runs a program to its end.
  static func run(_ tool: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(tool) \(arguments.joined(separator: " "))")
  }

  /// A file made by ffmpeg from `input` (arguments before the output).
  static func ffmpeg(_ name: String, _ arguments: [String]) throws -> String {
    let output = path(name)
    try run("ffmpeg", ["-v", "error", "-y"] + arguments + [output])
    return output
  }

  /// A picture whose corners tell every orientation: red, green, blue, white (left to right, top to bottom).
  static func corners(width: Int = 64, height: Int = 48) -> [String] {
    let (w, h) = (width / 2, height / 2)
    let parts = ["red", "lime", "blue", "white"].flatMap {
      ["-f", "lavfi", "-i", "color=\($0):s=\(w)x\(h):r=10"]
    }
    return parts + [
      "-filter_complex", "[0][1]hstack[t];[2][3]hstack[b];[t][b]vstack,format=yuv444p", "-frames:v", "3",
    ]
  }

  /// The corners' names of a frame, in reading order.
  static func corners(of frame: Frame) -> [String] {
    let image = frame.rgbImage()
    let (w, h) = (image.size.width, image.size.height)
    return [(w / 4, h / 4), (3 * w / 4, h / 4), (w / 4, 3 * h / 4), (3 * w / 4, 3 * h / 4)].map { x, y in
      let on = (0..<3).map { image[x, y, $0] > 127 }
      switch (on[0], on[1], on[2]) {
      case (true, false, false): return "red"
      case (false, true, false): return "lime"
      case (false, false, true): return "blue"
      case (true, true, true): return "white"
      default: return "other"
      }
    }
  }

  /// The first frame and the source behind it.
  static func first(_ path: String) throws -> (frame: Frame, file: MediaFile) {
    let file = try MediaFile(path: path)
    guard case .frame(let frame) = try file.next() else { throw CaptureError(.unreadable, path, "no frame") }
    return (frame, file)
  }

  /// All frames, and what the end says.
  static func all(_ file: some FrameSource) throws -> (count: Int, damage: String?) {
    var count = 0
    while true {
      switch try file.next() {
      case .frame: count += 1
      case .ended(let damage): return (count, damage)
      default: continue
      }
    }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}
