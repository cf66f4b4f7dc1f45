import ArgumentParser
import Capture
import Faces
import Foundation
import Imaging
import Observations
import Quantities
import Simulation

/// `vigil-lab rehearse attack`: a clip of an attack made of recordings, marked as such.
struct RehearseAttack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Makes a clip of an attack out of a recording; for tests of this project.",
    discussion: """
      Every picture carries the words ATTACK TEST. Kinds: print (a photograph in the hand), screen (a replay with bezel \
      and moire), loop, puppet (the other recording's portrait, moved by this one), swap (the other's face on this one), \
      mid_swap (the same from --at on).

      Example: rehearse attack swap --other b.mp4 --out swap.mkv a.mp4
      """)

  @Argument(help: "print, screen, loop, puppet, swap or mid_swap.") var kind: String
  @Argument(help: "The recording.") var source: String
  @Option(help: "The other recording, for puppet, swap and mid_swap.") var other: String?
  @Option(help: "File to write: .mkv, .avi or .mov.") var out: String
  @Option(help: "Seconds at most (1 to 120).") var seconds = 10.0
  @Option(help: "When a swap in the middle begins, in seconds.") var at = 4.0
  @Option(help: "Length of a loop, in seconds.") var loop = 3.0
  @Option(help: "Pictures at most so many pixels high.") var height = 480
  @Option(help: "Seed of the hand's movement and the noise.") var seed: UInt64 = 1
  @Option(help: "Folder of the fetched networks.") var models = "Models/third-party"

  func run() throws {
    guard let kind = AttackKind(rawValue: kind) else {
      throw ValidationError("\(kind): give \(AttackKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard (1...120).contains(seconds), (120...2160).contains(height), (0.5...60).contains(loop) else {
      throw ValidationError("give --seconds 1 to 120, --height 120 to 2160, --loop 0.5 to 60")
    }
    guard kind.needsOther == (other != nil) else {
      throw ValidationError("\(kind.rawValue) \(kind.needsOther ? "needs" : "takes no") --other")
    }
    let finder = try FaceFinder(models: models)
    let portrait = try other.map { try SceneReader($0, finder, height: height).portrait() }
    guard var maker = AttackMaker(kind, seed: seed, other: portrait ?? nil) else {
      throw ValidationError("\(other ?? ""): no face in its first pictures")
    }
    (maker.swapAt, maker.loopSeconds) = (at, loop)
    print(
      "\(out): \(try write(&maker, try SceneReader(source, finder, height: height))) pictures, \(kind.rawValue)"
    )
  }

  /// Number of pictures written.
  private func write(_ maker: inout AttackMaker, _ reader: SceneReader) throws -> Int {
    let rate = reader.rate
    var writer: ClipWriter?
    var count = 0
    var isOver = false
    for frame in 0..<Int(seconds * Double(rate)) {
      let scene = isOver ? nil : try reader.next(wantsFace: maker.kind != .screen && maker.kind != .loop)
      isOver = scene == nil
      if isOver, !maker.outlivesSource { break }
      guard var picture = maker.picture(scene, at: Double(frame) / Double(rate)) else { continue }
      Watermark.draw(Watermark.attack, on: &picture, scale: max(picture.size.height / 240, 1))
      if writer == nil { writer = try ClipWriter(path: out, size: picture.size, framesPerSecond: rate) }
      try writer?.append(picture)
      count += 1
    }
    guard let writer else { throw ValidationError("\(source): no picture that can be used") }
    try writer.finish()
    return count
  }
}

/// The largest face of a picture, by the networks that the program uses.
struct FaceFinder {
  private let detector: FaceDetector
  private let landmarks: LandmarkEstimator

  init(models: String) throws {
    func file(_ name: String) -> NetworkFile {
      NetworkFile(path: "\(models)/\(name)", identity: ModelIdentity(name: name, sha256: ""))
    }
    detector = try FaceDetector(
      near: file("face_detector.tflite"), fullRange: file("face_detection_full_range.tflite"))
    landmarks = try LandmarkEstimator(.init(mesh: file("face_landmarks_detector.tflite")))
  }

  /// Follows the face `last`, or looks for the largest one.
  func face(in frame: Frame, after last: Face?) throws -> Face? {
    if let last, let region = RotatedSquare(around: last),
      let face = try landmarks.face(in: frame, region: region, expressions: false)
    {
      return face
    }
    let found = try detector.detect(in: frame, mode: .nearThenFull(fullEvery: nil))
    guard let largest = found.max(by: { $0.box.area < $1.box.area }),
      let region = RotatedSquare(around: largest)
    else { return nil }
    return try landmarks.face(in: frame, region: region, expressions: false)
  }
}

/// A recording's pictures with their faces, made small enough.
private final class SceneReader {
  private let file: MediaFile
  private let finder: FaceFinder
  private let size: PixelSize
  private var last: Face?

  init(_ path: String, _ finder: FaceFinder, height: Int) throws {
    file = try MediaFile(path: path)
    self.finder = finder
    let full = file.description.size
    let share = min(1, Double(height) / Double(max(full.height, 1)))
    // Even sides, as the writer wants them.
    size = PixelSize(
      width: max(Int(Double(full.width) * share) / 2 * 2, 2),
      height: max(Int(Double(full.height) * share) / 2 * 2, 2))
  }

  /// Frames a second, whole.
  var rate: Int { min(max(Int((file.description.framesPerSecond ?? 30).rounded()), 1), 60) }

  /// The next picture; nil at the end.
  func next(wantsFace: Bool) throws -> AttackScene? {
    while true {
      switch try file.next() {
      case .frame(let frame):
        let scale = Float(frame.size.width) / Float(size.width)
        let (sx, sy) = (scale, Float(frame.size.height) / Float(size.height))
        let small = frame.warpedImage(
          size: size, map: AffineTransform2D(a: sx, b: 0, tx: 0, c: 0, d: sy, ty: 0))
        guard wantsFace else { return AttackScene(small, nil) }
        last = try finder.face(in: small.frame(stamp: frame.stamp), after: last)
        return AttackScene(small, last?.landmarks)
      case .ended: return nil
      case .timeout, .dropped, .lost: continue
      }
    }
  }

  /// The picture among the first second's whose face looks most straight ahead; nil when there is none.
  func portrait() throws -> AttackScene? {
    var best: (turn: Float, scene: AttackScene)?
    for _ in 0..<rate {
      guard let scene = try next(wantsFace: true) else { break }
      guard let points = scene.landmarks?.points else { continue }
      // A turned head has its nose nearer to one ear.
      let (left, right) = (points[30].distance(to: points[0]), points[30].distance(to: points[16]))
      let turn = abs(log(max(left, 1) / max(right, 1)))
      if turn < best?.turn ?? .infinity { best = (turn, scene) }
    }
    return best?.scene
  }
}
