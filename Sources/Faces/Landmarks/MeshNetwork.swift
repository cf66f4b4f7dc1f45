import Foundation
import Imaging
import Inference
import Observations
import Quantities

/// The 478-point mesh network with what it takes to feed and read it.
///
/// In: 1 x 256 x 256 x 3, R G B in 0...1. Out: 478 x 3 numbers in input pixels, one presence logit.
struct MeshNetwork {
  private static let side = 256
  private let network: Network
  private let points: Int
  private let presence: Int

  init(_ file: NetworkFile, threads: Int) throws(LandmarkError) {
    var options = Network.Options()
    options.threads = threads
    do { network = try Network(path: file.path, options: options) } catch { throw .network(error) }
    let count = MeshTopology.pointCount * 3
    // Two outputs hold a single number: presence, then one that is not used here.
    guard network.inputs.map(\.shape) == [[1, Self.side, Self.side, 3]],
      let points = network.outputs.firstIndex(where: { $0.shape.reduce(1, *) == count }),
      let presence = network.outputs.firstIndex(where: { $0.shape == [1, 1, 1, 1] })
    else {
      throw .unexpectedShape(
        file: file.path, expected: "1x256x256x3 in, \(count) numbers and 1x1x1x1 out",
        found: "\(network.inputs.map(\.shape)) in, \(network.outputs.map(\.shape)) out")
    }
    (self.points, self.presence) = (points, presence)
  }

  /// The mesh in frame pixels and the presence in 0...1; nil when a number is not finite.
  func run(on frame: Frame, region: RotatedSquare) throws(LandmarkError) -> (
    mesh: [MeshPoint], presence: Float
  )? {
    let map = region.pictureToFrame(pixels: Self.side)
    network.withInput(0) { input in
      frame.warpRGB(
        into: input, size: PixelSize(width: Self.side, height: Self.side), map: map, scale: 1 / 255, bias: 0)
    }
    do { try network.run() } catch { throw .network(error) }
    let logit = network.withOutput(presence) { $0.first ?? -.infinity }
    let mesh = network.withOutput(points) { Self.place($0, map: map, scale: region.side / Float(Self.side)) }
    guard let mesh, logit.isFinite else { return nil }
    return (mesh, 1 / (1 + exp(-logit)))
  }

  private static func place(_ numbers: UnsafeBufferPointer<Float>, map: AffineTransform2D, scale: Float)
    -> [MeshPoint]?
  {
    guard numbers.count == MeshTopology.pointCount * 3, numbers.allSatisfy(\.isFinite) else { return nil }
    return (0..<MeshTopology.pointCount).map { index in
      let point = map(PixelPoint(numbers[3 * index], numbers[3 * index + 1]))
      return MeshPoint(point.x, point.y, numbers[3 * index + 2] * scale)
    }
  }
}
