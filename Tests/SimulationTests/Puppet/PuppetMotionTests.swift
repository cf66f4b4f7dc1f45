import Foundation
import Imaging
import Quantities
import Simulation
import Testing

/// What moves in a puppet and how far, on a face of flat colours: no network is needed.
@Suite struct PuppetMotionTests {
  private let skin = SIMD3<Float>(200, 150, 120)
  private let size = PixelSize(width: 300, height: 300)

  /// Mesh points of a face drawn by hand: the places that move, all others on an oval of 160 x 220 about (150, 150).
  private static let mesh: [MeshPoint] = {
    var points = (0..<478).map { index in
      let angle = Float(index) / 478 * 2 * .pi
      return MeshPoint(150 + 80 * cos(angle), 150 + 110 * sin(angle), 0)
    }
    func arc(_ indices: [Int], from left: Float, to right: Float, y: Float, bow: Float) {
      for (place, index) in indices.enumerated() {
        let share = Float(place + 1) / Float(indices.count + 1)
        points[index] = MeshPoint(left + (right - left) * share, y + bow * sin(.pi * share), 0)
      }
    }
    for (corners, upper, lower, brow, under, left) in [
      (
        (33, 133), [246, 161, 160, 159, 158, 157, 173], [7, 163, 144, 145, 153, 154, 155], 223, 230, Float(90)
      ),
      ((362, 263), [398, 384, 385, 386, 387, 388, 466], [382, 381, 380, 374, 373, 390, 249], 443, 450, 170),
    ] {
      points[corners.0] = MeshPoint(left, 120, 0)
      points[corners.1] = MeshPoint(left + 40, 120, 0)
      arc(upper, from: left, to: left + 40, y: 120, bow: -9)
      arc(lower, from: left, to: left + 40, y: 120, bow: 7)
      points[brow] = MeshPoint(left + 20, 92, 0)
      points[under] = MeshPoint(left + 20, 142, 0)
    }
    points[78] = MeshPoint(120, 200, 0)
    points[308] = MeshPoint(180, 200, 0)
    arc([191, 80, 81, 82, 13, 312, 311, 310, 415], from: 120, to: 180, y: 200, bow: -1)
    arc([95, 88, 178, 87, 14, 317, 402, 318, 324], from: 120, to: 180, y: 200, bow: 1)
    points[152] = MeshPoint(150, 258, 0)
    points[4] = MeshPoint(150, 165, 0)
    return points
  }()

  /// Skin with white eyes, a green mark on the nose and a blue line over the chin.
  private var stage: RGBImage {
    RGBImage.made(size) { point in
      for left in [Float(90), 170] where point.x > left && point.x < left + 40 {
        let bow = sin(.pi * (point.x - left) / 40)
        if point.y > 120 - 9 * bow, point.y < 120 + 7 * bow { return SIMD3(repeating: 250) }
      }
      if abs(point.x - 150) < 3, abs(point.y - 165) < 3 { return SIMD3(0, 255, 0) }
      if point.y > 240, point.y < 244, abs(point.x - 150) < 20 { return SIMD3(0, 0, 255) }
      return skin
    }
  }

  private func posed(_ change: (inout PuppetPose) -> Void) throws -> RGBImage {
    var pose = PuppetPose()
    change(&pose)
    return try #require(Puppet(stage: stage, mesh: Self.mesh)).render(pose)
  }

  private func count(_ image: RGBImage, where isWanted: (SIMD3<Float>) -> Bool) -> Int {
    (0..<size.area).count { isWanted(image.pixel($0 % size.width, $0 / size.width)) }
  }

  @Test func theMeshMustBeWhole() {
    #expect(
      Puppet(stage: stage, mesh: Self.mesh) != nil
        && Puppet(stage: stage, mesh: Array(Self.mesh.dropLast())) == nil)
    var bent = Self.mesh
    bent[7].x = .nan
    #expect(Puppet(stage: stage, mesh: bent) == nil)
  }

  @Test func restIsTheStage() throws { #expect(try posed { _ in } == stage) }

  @Test func shutEyesShowNoWhite() throws {
    func white(_ shut: Float) throws -> Int {
      let image = try posed { $0.eyesShut = shut }
      return count(image) { $0.min() > 230 }
    }
    let (open, half, shut) = (try white(0), try white(0.5), try white(1))
    #expect(open > 600 && half < open * 7 / 10 && half > 100 && shut == 0, "\(open) \(half) \(shut)")
  }

  @Test func onlyTheEyesMoveInABlink() throws {
    let (image, rest) = (try posed { $0.eyesShut = 1 }, stage)
    for y in 0..<300 {
      for x in 0..<300 where y < 85 || y > 150 || x < 80 || x > 220 {
        #expect(image.pixel(x, y) == rest.pixel(x, y))
      }
    }
  }

  @Test func anOpenMouthIsDarkAndTheChinGoesDown() throws {
    func line(_ image: RGBImage) -> Int? {
      (200..<299).first { image[150, $0, 2] > 200 && image[150, $0, 0] < 80 }
    }
    let image = try posed { $0.mouthOpen = 1 }
    #expect(stage[150, 212, 0] == 200 && image[150, 212, 0] < 100 && image[150, 212, 0] > image[150, 212, 2])
    // Teeth and upper lip stay.
    #expect(image.pixel(150, 190) == skin && image.pixel(150, 150) == skin)
    let (before, after) = (try #require(line(stage)), try #require(line(image)))
    #expect(after > before + 8 && after < before + 30, "\(before) \(after)")
    let half = try #require(line(try posed { $0.mouthOpen = 0.5 }))
    #expect(half > before && half < after)
  }

  @Test func theHeadMovesAndTheRoomStays() throws {
    func nose(_ image: RGBImage) throws -> SIMD2<Float> {
      let places = (0..<size.area).filter { image.bytes[$0 * 3 + 1] > 200 && image.bytes[$0 * 3] < 80 }
      try #require(!places.isEmpty)
      let sum = places.reduce(SIMD2<Float>.zero) { $0 + SIMD2(Float($1 % 300), Float($1 / 300)) }
      return sum / Float(places.count)
    }
    let rest = try nose(stage)
    // Shifts are parts of the face's width, 160 pixels.
    let moved = try posed { ($0.shiftX, $0.shiftY) = (0.05, -0.025) }
    let place = try nose(moved) - rest
    #expect(abs(place.x - 8) < 1 && abs(place.y + 4) < 1)
    for corner in [(0, 0), (299, 0), (0, 299)] { #expect(moved.pixel(corner.0, corner.1) == skin) }
    // Clockwise about the neck: what is above goes to the right.
    let (rolled, turned) = (try nose(try posed { $0.roll = 0.05 }), try nose(try posed { $0.turn = 0.05 }))
    #expect(rolled.x > rest.x + 3 && turned.x > rest.x + 4)
  }

  @Test func aPictureHasNoiseAndWordsAndRepeats() throws {
    let puppet = try #require(Puppet(stage: stage, mesh: Self.mesh))
    let script = PuppetScript(seconds: 1, seed: 4)
    let picture = puppet.picture(of: script, at: 0.4, frame: 12)
    #expect(picture == puppet.picture(of: script, at: 0.4, frame: 12))
    #expect(picture != puppet.picture(of: script, at: 0.4, frame: 13))
    let plain = puppet.render(script.pose(at: 0.4))
    // Two levels at most above the words' strip of eleven rows.
    for at in 0..<(300 * 280 * 3) { #expect(abs(Int(picture.bytes[at]) - Int(plain.bytes[at])) <= 2) }
    #expect(picture[5, 296, 0] < 80)
  }
}

@Suite struct PuppetStageTests {
  /// A face of 90 pixels for a stage of 200: one to one, its middle a little above the stage's.
  @Test func theCutIsWhereItShouldBe() {
    let photo = RGBImage.made(PixelSize(width: 400, height: 400)) { point in
      SIMD3(Float(Int(point.x) * 7 % 256), Float(Int(point.y) * 11 % 256), 9)
    }
    let cut = photo.puppetStage(
      size: PixelSize(width: 200, height: 200), face: PixelRect(x: 100, y: 100, width: 90, height: 90))
    for y in stride(from: 0, to: 200, by: 7) {
      for x in stride(from: 0, to: 200, by: 7) { #expect(cut.pixel(x, y) == photo.pixel(x + 45, y + 53)) }
    }
    // Near the photograph's edge it slides inside.
    let corner = photo.puppetStage(
      size: PixelSize(width: 200, height: 200), face: PixelRect(x: 0, y: 0, width: 90, height: 90))
    #expect(corner.pixel(0, 0) == photo.pixel(0, 0) && corner.pixel(199, 199) == photo.pixel(199, 199))
    // A photograph that is too small goes on at its edge.
    let small = RGBImage.made(PixelSize(width: 10, height: 10)) { _ in SIMD3(1, 2, 3) }
    let filled = small.puppetStage(
      size: PixelSize(width: 40, height: 20), face: PixelRect(x: 0, y: 0, width: 9, height: 9))
    #expect(filled.size.width == 40 && Set(filled.bytes) == [1, 2, 3])
  }

  @Test func wordsAreDrawnWhereThereIsRoom() {
    var image = RGBImage.made(PixelSize(width: 80, height: 30)) { _ in SIMD3(repeating: 90) }
    let plain = image
    Watermark.draw("P", on: &image, scale: 1)
    // A strip of eleven rows and eight columns, a third as bright; the letter's stem is its left column.
    #expect(image[0, 18, 0] == 90 && image[0, 19, 0] == 30 && image[7, 29, 0] == 30 && image[8, 29, 0] == 90)
    #expect(
      (21...27).allSatisfy { image[2, $0, 1] == 240 } && image[6, 21, 0] == 30 && image[5, 21, 0] == 240)
    var narrow = plain
    Watermark.draw("PUPPET DEMO PUPPET DEMO", on: &narrow, scale: 1)
    #expect(narrow == plain)
  }
}
