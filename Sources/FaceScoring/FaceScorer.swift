public import Foundation
public import Imaging
import Inference
public import Observations
public import Quantities

/// One scoring network, ready to run: forgery or presentation attack.
///
/// The network's memory is taken when loading. Slow path only: cut the crop where the frame is, score it on the
/// scoring queue. `@unchecked Sendable` because a scorer may move between queues, but only one may call
/// ``score(_:)`` at a time; ``cutter`` may be used anywhere.
public final class FaceScorer: @unchecked Sendable {
  /// How the network is fed and read.
  public let manifest: ScoringManifest
  /// The network's name and the hash of its file, verified.
  public let identity: ModelIdentity
  /// Cuts the crops this network wants.
  public let cutter: CropCutter
  private let network: Network

  private let mapOutput, featuresOutput: Int?

  /// How many features an answer holds; nil when the network gives none.
  public let featureCount: Int?

  /// Loads `manifest.json` in `folder` and the network it names, and verifies the network's hash.
  public init(folder: URL, threads: Int = 1) throws(ScoringError) {
    let place = folder.appendingPathComponent("manifest.json")
    manifest = try ScoringManifest(
      bytes: try ScorerFiles.read(place, limit: ScoringManifest.largestManifest), file: place.path)
    let file = folder.appendingPathComponent(manifest.file)
    let network = try ScorerFiles.network(file, sha256: manifest.sha256, threads: threads)
    self.network = network
    identity = ModelIdentity(name: manifest.name, sha256: manifest.sha256)
    cutter = CropCutter(manifest.crop)
    let crop = manifest.crop
    let wanted =
      manifest.input.layout == .nchw ? [1, 3, crop.height, crop.width] : [1, crop.height, crop.width, 3]
    try ScorerFiles.demand(network, input: wanted, answer: manifest.output.count, file: file.path)
    mapOutput = try ScorerFiles.output(
      manifest.output.map, of: network, file: file.path, expected: "[1,1,h,w], sides 2 to 64",
      isSound: Self.isMap)
    featuresOutput = try ScorerFiles.output(
      manifest.output.features, of: network, file: file.path, expected: "[1,n], n up to 4096",
      isSound: { $0.count == 2 && $0[0] == 1 && (1...4096).contains($0[1]) })
    featureCount = featuresOutput.map { network.outputs[$0].shape[1] }
  }

  private static func isMap(_ shape: [Int]) -> Bool {
    guard shape.count == 3 || shape.count == 4 else { return false }
    return shape.dropLast(2).allSatisfy { $0 == 1 } && shape.suffix(2).allSatisfy { (2...64).contains($0) }
  }

  /// Whether the network itself says where it sees what it answers.
  public var hasMap: Bool { mapOutput != nil }

  /// The network's raw answer for a crop from ``cutter``: larger means more likely forged or attacked.
  ///
  /// Throws when the network cannot run or gives a number that is not finite. Allocates nothing but a short list.
  public func score(_ crop: RGBImage) throws(ScoringError) -> Logit {
    precondition(
      crop.size.width == manifest.crop.width && crop.size.height == manifest.crop.height,
      "a scorer takes crops from its own cutter")
    network.withInput(0) { manifest.input.fill($0, from: crop) }
    return try ScorerFiles.answer(network, manifest.output, model: manifest.name)
  }

  /// The features of the crop that was scored last; nil when the network gives none or one is not finite.
  public func features() -> [Float]? {
    guard let featuresOutput else { return nil }
    let values = network.withOutput(featuresOutput) { Array($0) }
    return values.allSatisfy(\.isFinite) ? values : nil
  }

  /// The class-activation map of the crop that was scored last; nil when the network gives none.
  public func activationMap() -> ScoreGrid? {
    guard let mapOutput else { return nil }
    let shape = network.outputs[mapOutput].shape
    let sign: Float = manifest.output.kind == .logit && manifest.output.positive.isEmpty ? -1 : 1
    let values = network.withOutput(mapOutput) { $0.map { $0 * sign } }
    guard values.allSatisfy(\.isFinite) else { return nil }
    return ScoreGrid(columns: shape[shape.count - 1], rows: shape[shape.count - 2], values: values)
  }

  /// How much the logit of `crop`, which was `logit`, falls when each of `side` x `side` fields is covered with the
  /// crop's mean colour (Zeiler and Fergus 2014). Cost: side x side runs.
  public func occlusionMap(_ crop: RGBImage, logit: Logit, side: Int = 5) throws(ScoringError) -> ScoreGrid {
    var sums = [0, 0, 0]
    for index in crop.bytes.indices { sums[index % 3] += Int(crop.bytes[index]) }
    let mean = sums.map { UInt8($0 / max(crop.size.area, 1)) }
    var values: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        let (top, bottom) = (row * crop.size.height / side, (row + 1) * crop.size.height / side)
        let (left, right) = (column * crop.size.width / side, (column + 1) * crop.size.width / side)
        let covered = RGBImage(size: crop.size) { out in
          crop.bytes.withUnsafeBufferPointer { bytes in
            for index in 0..<min(out.count, bytes.count) { out[index] = bytes[index] }
          }
          for y in top..<bottom {
            for x in left..<right {
              for channel in 0..<3 { out[(y * crop.size.width + x) * 3 + channel] = mean[channel] }
            }
          }
        }
        values.append(Float(logit.value - (try score(covered)).value))
      }
    }
    return ScoreGrid(columns: side, rows: side, values: values)
  }
}

/// Numbers over the fields of a crop; above 0 speaks for forged or attacked.
public struct ScoreGrid: Sendable, Equatable {
  /// Columns and rows.
  public let columns, rows: Int
  /// rows x columns values.
  public let values: [Float]

  /// A grid by its numbers; there must be rows x columns of them.
  public init(columns: Int, rows: Int, values: [Float]) {
    precondition(values.count == columns * rows, "a grid has rows x columns values")
    (self.columns, self.rows, self.values) = (columns, rows, values)
  }
}

extension InputRule {
  /// Fills a network's input from a crop.
  package func fill(_ input: UnsafeMutableBufferPointer<Float>, from crop: RGBImage) {
    let area = crop.size.area
    guard input.count == area * 3 else { return }
    for channel in 0..<3 {
      let source = colour == .rgb ? channel : 2 - channel
      let (factor, offset) = (Float(scale[channel]), Float(bias[channel]))
      for pixel in 0..<area {
        let target = layout == .nchw ? channel * area + pixel : pixel * 3 + channel
        input[target] = Float(crop.bytes[pixel * 3 + source]) * factor + offset
      }
    }
  }
}
