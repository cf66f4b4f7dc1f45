import Capture
import Faces
import Foundation
import Imaging
import Observations
import Quantities
import Simulation
import Testing

/// The fetched files, or nil when they are not there.
enum Fetched {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["VIGIL_MODELS"], !path.isEmpty {
      return URL(fileURLWithPath: path)
    }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Models/third-party")
  }()

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  static var present: Bool {
    ["astronaut.png", "face_detector.tflite", "face_landmarks_detector.tflite"].allSatisfy {
      FileManager.default.fileExists(atPath: path($0))
    }
  }

  static func network(_ name: String) -> NetworkFile {
    NetworkFile(path: path(name), identity: ModelIdentity(name: name, sha256: "not checked in this test"))
  }
}

@Suite(.enabled(if: Fetched.present, "the fetched networks are not there; run: make models"))
struct PuppetPictureTests {
  let maker: PuppetMaker
  let puppet: Puppet
  let stamp = FrameStamp(index: 0, captured: MonotonicInstant(seconds: 0), camera: "puppet")

  init() throws {
    maker = PuppetMaker(
      detector: try FaceDetector(near: Fetched.network("face_detector.tflite"), fullRange: nil),
      landmarks: try LandmarkEstimator(.init(mesh: Fetched.network("face_landmarks_detector.tflite"))))
    guard case .frame(let portrait) = try MediaFile(path: Fetched.path("astronaut.png")).next() else {
      throw PuppetMissing()
    }
    puppet = try maker.puppet(of: portrait, size: PixelSize(width: 1280, height: 720))
  }

  struct PuppetMissing: Error {}

  /// Openings of the eyes and of the inner lip as our own networks see them.
  private func measure(_ change: (inout PuppetPose) -> Void) throws -> (ear: Float, mar: Float, face: Face) {
    var pose = PuppetPose()
    change(&pose)
    let face = try maker.face(in: puppet.render(pose).frame(stamp: stamp))
    func ratio(_ p: [PixelPoint]) -> Float {
      (p[1].distance(to: p[5]) + p[2].distance(to: p[4])) / (2 * p[0].distance(to: p[3]))
    }
    let lip = Array(face.landmarks.innerLip)
    let ear = (ratio(Array(face.landmarks.rightEye)) + ratio(Array(face.landmarks.leftEye))) / 2
    return (ear, lip[2].distance(to: lip[6]) / lip[0].distance(to: lip[4]), face)
  }

  @Test func shutEyesMeasureShut() throws {
    let open = try measure { _ in }
    let shut = try measure { $0.eyesShut = 1 }
    #expect(open.ear > 0.2)
    #expect(shut.ear < 0.1, "eyes measure \(shut.ear) when shut, \(open.ear) when open")
    #expect(abs(shut.mar - open.mar) < 0.06)
  }

  @Test func openMouthMeasuresOpen() throws {
    let rest = try measure { _ in }
    let open = try measure { $0.mouthOpen = 1 }
    #expect(open.mar > rest.mar + 0.3, "mouth measures \(open.mar) when open, \(rest.mar) at rest")
    #expect(abs(open.ear - rest.ear) < 0.05)
  }

  @Test func headMovesWithoutTearing() throws {
    let rest = try measure { _ in }
    let moved = try measure {
      $0.shiftX = 0.02
      $0.roll = 0.03
    }
    let shift = moved.face.box.center.x - rest.face.box.center.x
    #expect(shift > 0.01 * rest.face.box.width)
    #expect(moved.face.presence.value > 0.9)
  }

  @Test func restIsThePhotograph() { #expect(puppet.render(PuppetPose()) == puppet.stage) }

  @Test func sameFrameSameBytesAndWords() {
    let script = PuppetScript(seconds: 5, seed: 1)
    let first = puppet.picture(of: script, at: 1.7, frame: 51)
    #expect(first == puppet.picture(of: script, at: 1.7, frame: 51))
    #expect(first != puppet.picture(of: script, at: 1.7, frame: 52))
    // The words: white dots near the bottom left corner.
    let bright = (0..<150).filter { first[$0, 720 - 20, 0] == 240 }
    #expect(bright.count > 10)
  }

  @Test func aClipReadsBackWithItsTimes() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "puppet-\(UUID().uuidString).mkv")
    defer { try? FileManager.default.removeItem(at: path) }
    let writer = try ClipWriter(path: path.path, size: puppet.stage.size, framesPerSecond: 25)
    for _ in 0..<3 { try writer.append(puppet.stage) }
    try writer.finish()
    let file = try MediaFile(path: path.path)
    var times: [Double] = []
    while case .frame(let frame) = try file.next() {
      times.append(frame.captured.seconds)
      let image = frame.rgbImage()
      let difference = zip(image.bytes, puppet.stage.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(
        Double(difference) / Double(image.bytes.count) < 3, "the clip's colours differ from the pictures")
    }
    #expect(times == [0, 0.04, 0.08])
  }
}

struct ClipWriterTests {
  @Test func unwritablePlaceIsOneLine() {
    let size = PixelSize(width: 64, height: 64)
    #expect(throws: ClipError.self) {
      try ClipWriter(path: "/nowhere/x.mkv", size: size, framesPerSecond: 25)
    }
    #expect(throws: ClipError.self) {
      try ClipWriter(path: "/tmp/clip-without-a-name", size: size, framesPerSecond: 25)
    }
    #expect(throws: ClipError.self) {
      try ClipWriter(path: "/tmp/x.mkv", size: PixelSize(width: 63, height: 64), framesPerSecond: 25)
    }
  }
}
