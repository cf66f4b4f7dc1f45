import Crypto
public import Foundation
import Geometry
public import Imaging
import Inference
public import Observations
public import Units

/// One scoring network, ready to run: forgery or presentation attack.
///
/// The network's memory is taken when loading. Slow path only: cut the crop where the frame is, score it on the
/// scoring queue. `@unchecked Sendable` because a scorer may move between queues, but only one may call
/// ``score(_:)`` at a time; ``cutter`` may be used anywhere.
public final class FaceScorer: @unchecked Sendable {
  /// Largest network file accepted, in bytes.
  package static let largestFile = 256 << 20

  /// How the network is fed and read.
  public let manifest: ScoringManifest
  /// The network's name and the hash of its file, verified.
  public let identity: ModelIdentity
  /// Cuts the crops this network wants.
  public let cutter: CropCutter
  private let network: Network

  /// Loads `manifest.json` in `folder` and the network it names, and verifies the network's hash.
  public init(folder: URL, threads: Int = 1) throws(ScoringError) {
    let place = folder.appendingPathComponent("manifest.json")
    manifest = try ScoringManifest(
      bytes: try Self.read(place, limit: ScoringManifest.largestManifest), file: place.path)
    let file = folder.appendingPathComponent(manifest.file)
    let hash = SHA256.hash(data: try Self.read(file, limit: Self.largestFile))
      .map { String(format: "%02x", $0) }.joined()
    guard hash == manifest.sha256 else {
      throw .wrongHash(file: file.path, expected: manifest.sha256, found: hash)
    }
    var options = Network.Options()
    options.threads = threads
    do { network = try Network(path: file.path, options: options) } catch { throw .network(error) }
    identity = ModelIdentity(name: manifest.name, sha256: hash)
    cutter = CropCutter(manifest.crop)
    try checkShapes(file: file.path)
  }

  /// The network's raw answer for a crop from ``cutter``: larger means more likely forged or attacked.
  ///
  /// Throws when the network cannot run or gives a number that is not finite. Allocates nothing but a short list.
  public func score(_ crop: RGBImage) throws(ScoringError) -> Logit {
    precondition(
      crop.size.width == manifest.crop.width && crop.size.height == manifest.crop.height,
      "a scorer takes crops from its own cutter")
    network.withInput(0) { manifest.input.fill($0, from: crop) }
    do { try network.run() } catch { throw .network(error) }
    guard let logit = network.withOutput(0, { manifest.output.logit($0) }) else {
      throw .notFinite(model: manifest.name)
    }
    return logit
  }

  private func checkShapes(file: String) throws(ScoringError) {
    let crop = manifest.crop
    let wanted =
      manifest.input.layout == .nchw ? [1, 3, crop.height, crop.width] : [1, crop.height, crop.width, 3]
    let count = network.outputs.first?.shape.reduce(1, *)
    guard network.inputs.count == 1, network.inputs[0].shape == wanted, count == manifest.output.count else {
      throw .unexpectedShape(
        file: file, expected: "\(wanted) in, \(manifest.output.count) numbers out",
        found: "\(network.inputs.map(\.shape)) in, \(network.outputs.map(\.shape)) out")
    }
  }

  private static func read(_ file: URL, limit: Int) throws(ScoringError) -> Data {
    let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    guard let size else { throw .unreadable(file: file.path, problem: "is not there or cannot be read") }
    guard size <= limit else {
      throw .unreadable(file: file.path, problem: "\(size) bytes; expected at most \(limit)")
    }
    do { return try Data(contentsOf: file) } catch {
      throw .unreadable(file: file.path, problem: error.localizedDescription)
    }
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
