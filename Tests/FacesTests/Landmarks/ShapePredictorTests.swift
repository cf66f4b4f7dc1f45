import Faces
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// A file as dlib's `serialize` would write it: one cascade of one tree with one split.
private struct TinyPredictor {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ value: Int) {
    var rest = UInt64(value.magnitude)
    var digits: [UInt8] = []
    repeat {
      digits.append(UInt8(rest & 0xFF))
      rest >>= 8
    } while rest > 0
    bytes.append(UInt8(digits.count) | (value < 0 ? 0x80 : 0))
    bytes += digits
  }

  /// Mantissa of 24 bits and the exponent that goes with it.
  mutating func float(_ value: Float) {
    integer(Int(value * 65536))
    integer(-16)
  }

  mutating func column(_ values: [Float]) {
    integer(-values.count)
    integer(-1)
    values.forEach { float($0) }
  }

  /// Moves every point by `bright` when pixel 0 is brighter than pixel 1 by more than 10, else by `dark`.
  init(
    mean: [Float], bright: Float, dark: Float, offsets: [(Float, Float)], version: Int = 1, anchor: Int = 0
  ) {
    integer(version)
    column(mean)
    integer(1)  // cascades
    integer(1)  // trees
    integer(1)  // splits
    integer(0)
    integer(1)
    float(10)
    integer(2)  // leaves: the left one is taken when the question is answered with yes
    column([Float](repeating: bright, count: 136))
    column([Float](repeating: dark, count: 136))
    integer(1)
    integer(offsets.count)
    for _ in offsets { integer(anchor) }
    integer(1)
    integer(offsets.count)
    for (x, y) in offsets {
      float(x)
      float(y)
    }
  }

  func write() throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).dat").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

@Suite struct ShapePredictorTests {
  /// Points on a spiral inside the unit box; point 0 is its middle.
  private static let mean: [Float] = (0..<68).flatMap { index -> [Float] in
    let angle = Float(index) * 0.7
    let radius = 0.4 * Float(index) / 67
    return [0.5 + radius * cos(angle), 0.5 + radius * sin(angle)]
  }

  private func landmarks(side: Float, x: Float, y: Float) throws -> Landmarks68 {
    try #require(
      Landmarks68(
        (0..<68).map { PixelPoint(x + side * Self.mean[2 * $0], y + side * Self.mean[2 * $0 + 1]) }))
  }

  /// Left half bright, right half dark.
  private func frame() -> Frame {
    let stamp = FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "test")
    return Frame(layout: .rgb24(PixelSize(width: 200, height: 100)), stamp: stamp) { bytes in
      for place in bytes.indices { bytes[place] = place / 3 % 200 < 100 ? 200 : 20 }
    }
  }

  @Test(arguments: [(Float(60), Float(0.03125)), (-60, -0.0625)]) func followsTheBrighterPixel(
    direction: Float, move: Float
  ) throws {
    // Pixel 0 lies left or right of the middle of the face, pixel 1 on the other side.
    let share = direction / 160
    let path = try TinyPredictor(
      mean: Self.mean, bright: 0.03125, dark: -0.0625, offsets: [(-share, 0), (share, 0)]
    ).write()
    let predictor = try ShapePredictor(path: path)
    let rough = try landmarks(side: 80, x: 60, y: 10)
    let box = try #require(predictor.box(for: rough))
    #expect(abs(box.x - 60) < 0.01 && abs(box.y - 10) < 0.01 && abs(box.width - 80) < 0.01)
    let refined = try #require(predictor.refine(rough, in: frame()))
    for (one, other) in zip(refined.points, rough.points) {
      #expect(abs(one.x - other.x - 80 * move) < 0.01 && abs(one.y - other.y - 80 * move) < 0.01)
    }
  }

  @Test func pointsThatCoincideGiveNothing() throws {
    let path = try TinyPredictor(mean: Self.mean, bright: 0, dark: 0, offsets: [(0, 0), (0, 0)]).write()
    let predictor = try ShapePredictor(path: path)
    let flat = try #require(Landmarks68([PixelPoint](repeating: PixelPoint(5, 5), count: 68)))
    #expect(predictor.refine(flat, in: frame()) == nil)
  }

  @Test func wrongFilesAreNamedWithTheByte() throws {
    func problem(_ path: String) -> String {
      do {
        _ = try ShapePredictor(path: path)
        return "none"
      } catch { return error.description }
    }
    #expect(problem("/nonexistent.dat").contains("cannot be read"))
    let two = TinyPredictor(mean: Self.mean, bright: 0, dark: 0, offsets: [(0, 0), (0, 0)], version: 2)
    #expect(problem(try two.write()).contains("version 1"))
    let few = try TinyPredictor(mean: [0, 1], bright: 0, dark: 0, offsets: [(0, 0), (0, 0)]).write()
    #expect(problem(few).contains("2 x 1") && problem(few).contains("byte"))
    let pixel = try TinyPredictor(mean: Self.mean, bright: 0, dark: 0, offsets: [(0, 0)]).write()
    #expect(problem(pixel).contains("not sampled"))
    let anchor = TinyPredictor(mean: Self.mean, bright: 0, dark: 0, offsets: [(0, 0), (0, 0)], anchor: 68)
    #expect(problem(try anchor.write()).contains("point 68"))
  }

  /// Every truncation is refused, and no damage makes the reader trap.
  @Test func truncatedAndDamagedFiles() throws {
    let whole = TinyPredictor(mean: Self.mean, bright: 0.25, dark: 0, offsets: [(0, 0), (0.25, 0)]).bytes
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).dat")
    for length in stride(from: 0, to: whole.count - 1, by: 7) {
      try Data(whole.prefix(length)).write(to: path)
      #expect(throws: LandmarkError.self) { _ = try ShapePredictor(path: path.path) }
    }
    var state: UInt64 = 7
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      try Data(bytes).write(to: path)
      if let predictor = try? ShapePredictor(path: path.path) {
        _ = predictor.refine(try landmarks(side: 80, x: 60, y: 10), in: frame())
      }
    }
    try FileManager.default.removeItem(at: path)
  }
}
