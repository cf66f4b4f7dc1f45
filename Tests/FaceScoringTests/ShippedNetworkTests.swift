import FaceScoring
import Foundation
import Imaging
import Quantities
import Testing

/// The networks under `Models/` answer as their trainer did: `check.json` holds its answer to a drawn picture.
@Suite struct ShippedNetworkTests {
  private static let models = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Models")

  private struct Check: Decodable {
    let logit: Double
    let tolerance: Double
  }

  /// Byte (7 x + 13 y + 29 c + 3 (x y mod 31)) mod 256, as the trainer draws it.
  private func drawn(_ width: Int, _ height: Int) -> RGBImage {
    RGBImage(size: PixelSize(width: width, height: height)) { bytes in
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<3 {
            bytes[(y * width + x) * 3 + c] = UInt8((7 * x + 13 * y + 29 * c + 3 * (x * y % 31)) % 256)
          }
        }
      }
    }
  }

  private func networks() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: Self.models, includingPropertiesForKeys: nil)
      .filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("check.json").path) }
  }

  @Test func eachAnswersAsItsTrainerDid() throws {
    let found = try networks()
    #expect(!found.isEmpty)
    for folder in found {
      let file = folder.appendingPathComponent("check.json")
      let check = try JSONDecoder().decode(Check.self, from: Data(contentsOf: file))
      let scorer = try FaceScorer(folder: folder)
      let crop = scorer.manifest.crop
      let logit = try scorer.score(drawn(crop.width, crop.height)).value
      #expect(abs(logit - check.logit) <= check.tolerance, "\(folder.lastPathComponent): \(logit)")
      #expect(check.tolerance <= 1e-4)
    }
  }

  @Test func eachSaysWhatItIsAndAllStaySmall() throws {
    var size = 0
    for folder in try networks() {
      let words = try String(contentsOf: folder.appendingPathComponent("MODEL.md"), encoding: .utf8)
      for part in ["Input", "Training data", "Limits", "not be used"] {
        #expect(words.contains(part), "\(folder.lastPathComponent)/MODEL.md says nothing of: \(part)")
      }
      let file = try FaceScorer(folder: folder).manifest.file
      size += try Data(contentsOf: folder.appendingPathComponent(file)).count
    }
    #expect(size > 0 && size < 20_000_000)
  }
}
