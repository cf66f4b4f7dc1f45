import ArgumentParser
import Capture
import Faces
import Foundation
import Imaging
import Observations
import Quantities
import Simulation
import Surroundings

/// `vigil demo`: a clip of a puppet, with the truth about it beside it.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Writes a clip of a puppet: one photograph that blinks, opens its mouth and moves its head.",
    discussion: """
      The photograph is NASA's portrait of Eileen Collins (public domain), fetched with the networks. The puppet's \
      true blink and mouth times go into a JSON file of the same name. The same options give the same bytes.

      Example: vigil demo --out demo.mkv --seconds 20
      """)

  @Option(help: "File to write; its end names the container: .mkv, .avi or .mov.") var out = "demo.mkv"
  @Option(help: "Length in seconds (1 to 600).") var seconds = 14
  @Option(help: "Frames a second (5 to 120).") var fps = 30
  @Option(help: "Seed of the times of blinks and mouth movements.") var seed: UInt64 = 1
  @OptionGroup var common: CommonOptions

  private static let size = PixelSize(width: 1280, height: 720)

  func run() throws {
    guard (1...600).contains(seconds), (5...120).contains(fps) else {
      throw Failure(
        .usage,
        "demo: --seconds \(seconds) --fps \(fps); give 1 to 600 seconds and 5 to 120 frames a second")
    }
    let store = try ModelStore(setting: try common.settings().models)
    let puppet = try Self.puppet(store)
    let script = PuppetScript(seconds: Double(seconds), seed: seed)
    let frames = seconds * fps
    Interrupts.install()
    do {
      let part = Self.partFile(out)
      defer { try? FileManager.default.removeItem(at: part) }
      let writer = try ClipWriter(path: part.path, size: Self.size, framesPerSecond: fps)
      for frame in 0..<frames {
        guard !Interrupts.received else {
          throw Failure(interrupted: "interrupted; \(out) was not written")
        }
        try writer.append(puppet.picture(of: script, at: Double(frame) / Double(fps), frame: frame))
      }
      try writer.finish()
      let truth = PuppetTruth(script: script, seed: seed, frames: frames, framesPerSecond: fps)
      try OutputFile.write(truth.json(), to: Self.truthFile(out).path)
      try Self.move(part, to: out)
    } catch let error as ClipError { throw Failure(.fault, error.description) }
    try StandardOutput.line(
      "\(out): \(frames) frames, a puppet; \(Self.truthFile(out).path): its blinks and mouth movements")
  }

  /// A plain file is replaced in one step; a device, a link or a FIFO gets the bytes.
  private static func move(_ part: URL, to out: String) throws {
    var status = stat()
    guard lstat(out, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
      guard rename(part.path, out) == 0 else { throw OutputFailure(out, code: errno, isOpening: true) }
      return
    }
    let input = try FileHandle(forReadingFrom: part)
    defer { try? input.close() }
    let output = try OutputFile(out)
    while let bytes = try input.read(upToCount: 1 << 20), !bytes.isEmpty { try output.write(bytes) }
    try output.close()
  }

  /// The clip gets its name only when it is complete.
  private static func partFile(_ out: String) -> URL {
    let url = URL(fileURLWithPath: out)
    return url.deletingLastPathComponent().appendingPathComponent(".part-" + url.lastPathComponent)
  }

  private static func truthFile(_ out: String) -> URL {
    URL(fileURLWithPath: out).deletingPathExtension().appendingPathExtension("json")
  }

  /// The puppet made of the fetched portrait.
  static func puppet(_ store: ModelStore) throws -> Puppet {
    let portrait = try picture(store.verifiedFile("astronaut.png").path)
    let near = try store.verifiedFile("face_detector.tflite")
    let far = try store.verifiedFile("face_detection_full_range.tflite")
    let mesh = try store.verifiedFile("face_landmarks_detector.tflite")
    do {
      let maker = PuppetMaker(
        detector: try FaceDetector(near: near, fullRange: far),
        landmarks: try LandmarkEstimator(.init(mesh: mesh)))
      return try maker.puppet(of: portrait, size: size)
    } catch { throw Failure(.fault, "demo: \(error)") }
  }

  private static func picture(_ path: String) throws -> Frame {
    do {
      if case .frame(let frame) = try MediaFile(path: path).next() { return frame }
    } catch { throw Failure(.fault, "\(error)") }
    throw Failure(.fault, "\(path): holds no picture")
  }
}
