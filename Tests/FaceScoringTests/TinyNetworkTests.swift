import FaceScoring
import Foundation
import Imaging
import Observations
import Quantities
import Testing
import VigilTesting

/// Networks that can be worked out by hand, through the real engine.
@Suite struct TinyNetworkTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "tiny-\(UUID().uuidString)")

  /// A crop whose red is `bright` in the field at column 2, row 1 of 4 x 4, and 0 elsewhere.
  private func crop(_ bright: UInt8) -> RGBImage {
    let side = TinyNetworks.side
    return RGBImage(size: PixelSize(width: side, height: side)) { out in
      for index in 0..<side * side {
        let (x, y) = (index % side, index / side)
        let inside = x / (side / 4) == 2 && y / (side / 4) == 1
        (out[index * 3], out[index * 3 + 1], out[index * 3 + 2]) = (inside ? bright : 0, 77, 200)
      }
    }
  }

  @Test func answerMapAndFeaturesAreThoseOfTheFormula() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let hash = try TinyNetworks.install("net", threshold: 0.25, in: folder)
    let scorer = try #require(ScorerSet(folder: folder).first(for: .forgery))
    #expect(scorer.identity == ModelIdentity(name: "net", sha256: hash) && scorer.featureCount == 16)
    let logit = try scorer.score(crop(255))
    #expect(abs(logit.value - (1.0 / 16 - 0.25)) < 1e-5)
    let map = try #require(scorer.activationMap())
    #expect(map.columns == 4 && map.rows == 4)
    #expect(abs(map.values[1 * 4 + 2] - 0.75) < 1e-5 && abs(map.values[0] + 0.25) < 1e-5)
    #expect(scorer.features() == map.values)
    // The map's mean is the logit.
    #expect(abs(Double(map.values.reduce(0, +)) / 16 - logit.value) < 1e-5)
  }

  @Test func occlusionFindsTheFieldThatCounts() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", scale: 10, in: folder, extras: false)
    let scorer = try #require(ScorerSet(folder: folder).first(for: .forgery))
    #expect(!scorer.hasMap && scorer.features() == nil && scorer.activationMap() == nil)
    let picture = crop(255)
    let map = try scorer.occlusionMap(picture, logit: try scorer.score(picture), side: 4)
    let strongest = map.values.indices.max { map.values[$0] < map.values[$1] }
    #expect(strongest == 6)
    // Covered by the mean (15 of 255), 240 / 255 of a sixteenth is lost, tenfold.
    #expect(abs(map.values[6] - 10 * 240 / 255 / 16) < 1e-3)
  }

  @Test func sequenceReadsNewestMinusOldestAndRepeatsTheOldest() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder)
    try TinyNetworks.installSequence("time", of: "net", length: 6, least: 3, in: folder)
    let set = ScorerSet(folder: folder)
    #expect(set.problems.isEmpty && set.identities.map(\.name) == ["net", "time"])
    let sequence = try #require(set.sequences.first)
    func steps(_ values: [Float]) -> [[Float]] { values.map { Array(repeating: $0, count: 16) } }
    #expect(try sequence.score(steps([1, 2])) == nil)
    #expect(abs(try #require(try sequence.score(steps([1, 2, 4]))).value - 3) < 1e-5)
    // Only the newest six count: 9 - 3.
    #expect(abs(try #require(try sequence.score(steps([0, 1, 3, 4, 5, 6, 7, 9]))).value - 6) < 1e-5)
    #expect(try sequence.score([[1], [2], [3]]) == nil)
  }

  @Test func sequenceWithoutItsNetworkAndTwoOfOneNameAreRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.installSequence("time", of: "gone", in: folder)
    #expect(ScorerSet(folder: folder).problems.first?.description.contains("no network gone") == true)
    try TinyNetworks.install("gone", in: folder, extras: false)
    #expect(ScorerSet(folder: folder).problems.first?.description.contains("0 features") == true)
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("gone"), to: folder.appendingPathComponent("twin"))
    #expect(ScorerSet(folder: folder).problems.contains { $0.description.contains("used once") })
  }

  @Test func outputsThatAreNotThereAreNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder, extras: false)
    let file = folder.appendingPathComponent("net/manifest.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacingOccurrences(of: "\"count\":1", with: "\"count\":1,\"map\":\"heat\"")
      .write(to: file, atomically: true, encoding: .utf8)
    #expect(ScorerSet(folder: folder).problems.first?.description.contains("an output heat") == true)
  }

  @Test func mapsAreNamedByTheirStrongestField() throws {
    var points = [PixelPoint](repeating: PixelPoint(100, 170), count: 68)
    for index in 36..<42 { points[index] = PixelPoint(80, 80) }
    for index in 42..<48 { points[index] = PixelPoint(120, 80) }
    (points[36], points[45]) = (PixelPoint(75, 80), PixelPoint(125, 80))
    for index in 48..<68 { points[index] = PixelPoint(100, 130) }
    let face = Face(
      box: PixelRect(x: 60, y: 60, width: 80, height: 80), presence: Confidence(1),
      landmarks: try #require(Landmarks68(points)),
      quality: FaceQuality(interocularPixels: 40, sharpness: 1, exposure: 1))
    #expect(FaceRegions.region(at: PixelPoint(98, 128), of: face) == .mouth)
    #expect(FaceRegions.region(at: PixelPoint(82, 82), of: face) == .eyes)
    #expect(FaceRegions.region(at: PixelPoint(300, 10), of: face) == .surroundings)
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder, box: 1)
    let scorer = try #require(ScorerSet(folder: folder).first(for: .forgery))
    var values = [Float](repeating: -1, count: 16)
    values[3 * 4 + 1] = 2
    let map = try #require(
      ScoreGrid(columns: 4, rows: 4, values: values).attention(
        of: face, by: scorer.cutter, model: scorer.identity, method: .classActivation, frame: 7))
    #expect(map.strongest == .mouth && map.frame == 7)
    // The crop is the box: the grid's corner (4, 4) is the box's lower right corner.
    #expect(map.toBox(PixelPoint(4, 4)).distance(to: PixelPoint(1, 1)) < 1e-4)
    values[13] = -1
    let calm = ScoreGrid(columns: 4, rows: 4, values: values).attention(
      of: face, by: scorer.cutter, model: scorer.identity, method: .classActivation, frame: 7)
    #expect(calm?.strongest == nil)
  }
}

/// The networks that are installed give what their trainer got.
@Suite struct TrainerParityTests {
  private struct Check: Decodable {
    let logit: Double
    let tolerance: Double
    let map_mean: Double?
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Models")

  private func check(_ name: String) -> Check? {
    let file = Self.folder.appendingPathComponent("\(name)/check.json")
    return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(Check.self, from: $0) }
  }

  @Test func everyInstalledNetworkGivesItsTrainersAnswer() throws {
    let set = ScorerSet(folder: Self.folder)
    #expect(set.problems.isEmpty, "\(set.problems)")
    if set.identities.isEmpty { print("skipped: no scoring network in Models/") }
    for scorer in set.scorers {
      let check = try #require(self.check(scorer.manifest.name), "\(scorer.manifest.name): no check.json")
      let size = scorer.cutter.size
      let picture = RGBImage(size: size) { out in
        for y in 0..<size.height {
          for x in 0..<size.width {
            for channel in 0..<3 {
              let value: Int = 7 * x + 13 * y + 29 * channel + 3 * (x * y % 31)
              out[(y * size.width + x) * 3 + channel] = UInt8(value % 256)
            }
          }
        }
      }
      let found = try scorer.score(picture).value
      print("\(scorer.manifest.name): \(found), trainer \(check.logit)")
      #expect(abs(found - check.logit) <= check.tolerance)
      if let mean = check.map_mean {
        let map = try #require(scorer.activationMap())
        #expect(abs(Double(map.values.reduce(0, +)) / Double(map.values.count) - mean) <= check.tolerance)
      }
    }
    for sequence in set.sequences {
      let check = try #require(self.check(sequence.manifest.name), "\(sequence.manifest.name): no check.json")
      var steps: [[Float]] = []
      for step in 0..<sequence.manifest.sequence.length {
        let numbers = (0..<sequence.featureCount).map { (7 * step + 13 * $0) % 31 }
        steps.append(numbers.map { Float($0) / 31 - 0.5 })
      }
      let found = try #require(try sequence.score(steps)).value
      print("\(sequence.manifest.name): \(found), trainer \(check.logit)")
      #expect(abs(found - check.logit) <= check.tolerance)
    }
  }
}
