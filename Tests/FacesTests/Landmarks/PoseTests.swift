import Faces
import Foundation
import Observations
import Quantities
import Testing

/// Bytes of a small canonical head in the form of MediaPipe's file.
enum CanonicalHeadFile {
  static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }

  static func float(_ value: Float) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
  }

  static func bytes(
    vertices: Int = 468, basis: [Int] = [4, 10, 33, 152, 234, 263, 454], packed: Bool = false
  )
    -> [UInt8]
  {
    let mesh = SyntheticHead.mesh()
    let numbers = (0..<vertices).flatMap { index -> [Float] in
      let point = mesh[index % 478]
      return [(point.x - 200) / 10, (200 - point.y) / 10, -point.z / 10, 0, 0]
    }
    let body: [UInt8] =
      packed
      ? [0x1a] + varint(4 * numbers.count) + numbers.flatMap(float) : numbers.flatMap { [0x1d] + float($0) }
    let entries = basis.flatMap { index -> [UInt8] in
      let entry = [0x08] + varint(index) + [0x15] + float(1)
      return [0x12] + varint(entry.count) + entry
    }
    return [0x0a] + varint(body.count) + body + entries
  }
}

@Suite struct CanonicalHeadTests {
  @Test(arguments: [false, true]) func readsPointsAndBasis(packed: Bool) throws {
    let head = try CanonicalHead(bytes: CanonicalHeadFile.bytes(packed: packed), file: "test")
    #expect(head.points.count == 468)
    #expect(head.basis.map(\.index) == [4, 10, 33, 152, 234, 263, 454])
    #expect(abs(head.points[4].z - 11) < 1e-4, "the nose points at the camera")
  }

  @Test func refusesOtherSizesAndBadBases() {
    #expect(throws: LandmarkError.self) { try CanonicalHead(bytes: [], file: "test") }
    #expect(throws: LandmarkError.self) {
      try CanonicalHead(bytes: CanonicalHeadFile.bytes(vertices: 467), file: "test")
    }
    #expect(throws: LandmarkError.self) {
      try CanonicalHead(bytes: CanonicalHeadFile.bytes(basis: []), file: "test")
    }
    #expect(throws: LandmarkError.self) {
      try CanonicalHead(bytes: CanonicalHeadFile.bytes(basis: [1, 2, 3, 468]), file: "test")
    }
    #expect(throws: LandmarkError.self) { try CanonicalHead(path: "/nowhere/head.binarypb") }
  }

  @Test func damagedBytesAreRefusedOrReadButNeverTrap() {
    let sound = CanonicalHeadFile.bytes()
    for length in stride(from: 0, to: sound.count, by: 97) {
      _ = try? CanonicalHead(bytes: Array(sound.prefix(length)), file: "test")
    }
    var state: UInt32 = 5
    for _ in 0..<400 {
      var damaged = sound
      for _ in 0..<3 {
        state = state &* 1_664_525 &+ 1_013_904_223
        damaged[Int(state >> 8) % damaged.count] = UInt8(truncatingIfNeeded: state >> 3)
      }
      _ = try? CanonicalHead(bytes: damaged, file: "test")
    }
    #expect(
      (try? CanonicalHead(bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], file: ""))
        == nil)
  }
}

@Suite struct PoseTests {
  private let estimator: PoseEstimator

  init() throws {
    estimator = PoseEstimator(try CanonicalHead(bytes: CanonicalHeadFile.bytes(), file: "test"))
  }

  /// The synthetic head turned in space, angles in radians by the convention of `HeadPose`, then drawn.
  private func seen(yaw: Float = 0, pitch: Float = 0, roll: Float = 0) -> [MeshPoint] {
    SyntheticHead.mesh().map { point in
      var (x, y, z) = (point.x - 200, 200 - point.y, -point.z)
      (y, z) = (y * cos(pitch) + z * sin(pitch), z * cos(pitch) - y * sin(pitch))
      (x, z) = (x * cos(yaw) + z * sin(yaw), z * cos(yaw) - x * sin(yaw))
      (x, y) = (x * cos(roll) + y * sin(roll), y * cos(roll) - x * sin(roll))
      return MeshPoint(200 + x, 200 - y, -z)
    }
  }

  @Test func noseRightUpAndLeanClockwiseArePositive() throws {
    for (yaw, pitch, roll) in [(0, 0, 0), (0.5, 0, 0), (0, 0.4, 0), (0, 0, 0.3), (-0.4, 0.2, -0.7)]
      as [(Float, Float, Float)]
    {
      let pose = try #require(estimator.pose(seen(yaw: yaw, pitch: pitch, roll: roll)))
      #expect(abs(pose.yaw.value - yaw) < 1e-3 && abs(pose.pitch.value - pitch) < 1e-3)
      #expect(abs(pose.roll.value - roll) < 1e-3)
    }
    let turned = seen(yaw: 0.5)
    #expect(turned[4].x > 200, "positive yaw brings the nose to the right of the frame")
    #expect(seen(pitch: 0.4)[4].y < SyntheticHead.mesh()[4].y, "positive pitch brings the nose up")
    #expect(seen(roll: 0.3)[10].x > 200, "positive roll brings the forehead to the right")
  }

  @Test func turningThePictureMovesRollAlone() throws {
    let mesh = seen(yaw: 0.4, pitch: -0.2, roll: 0.1)
    let angle = Float(20) * .pi / 180
    let turned = mesh.map { point -> MeshPoint in
      let (x, y) = (point.x - 150, point.y - 90)
      return MeshPoint(x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle), point.z)
    }
    let (before, after) = (try #require(estimator.pose(mesh)), try #require(estimator.pose(turned)))
    #expect(abs(after.roll.degrees - before.roll.degrees - 20) < 1e-2)
    #expect(abs(after.yaw.value - before.yaw.value) < 1e-4)
    #expect(abs(after.pitch.value - before.pitch.value) < 1e-4)
  }

  @Test func scaleAndPlaceDoNotMatter() throws {
    let mesh = seen(yaw: 0.3, pitch: 0.1, roll: -0.2)
    let far = mesh.map { MeshPoint($0.x / 7 + 900, $0.y / 7 - 40, $0.z / 7) }
    let (one, other) = (try #require(estimator.pose(mesh)), try #require(estimator.pose(far)))
    #expect(abs(one.yaw.value - other.yaw.value) < 1e-4 && abs(one.roll.value - other.roll.value) < 1e-4)
  }

  @Test func whatDeterminesNoRotationGivesNone() {
    #expect(estimator.pose([]) == nil)
    #expect(estimator.pose([MeshPoint](repeating: MeshPoint(5, 5, 0), count: 478)) == nil)
    #expect(estimator.pose((0..<478).map { MeshPoint(Float($0), 0, 0) }) == nil)
    #expect(estimator.pose([MeshPoint](repeating: MeshPoint(.nan, 5, 0), count: 478)) == nil)
  }
}
