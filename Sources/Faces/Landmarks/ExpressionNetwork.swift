import Inference
import Observations
import Quantities

/// The expression network: 146 mesh points in pixels in, 52 scores out.
struct ExpressionNetwork {
  private static let scoreCount = 52
  private let network: Network

  init(_ file: NetworkFile, threads: Int) throws(LandmarkError) {
    var options = Network.Options()
    options.threads = threads
    do { network = try Network(path: file.path, options: options) } catch { throw .network(error) }
    let expected = [1, MeshTopology.expressionSubset.count, 2]
    guard network.inputs.map(\.shape) == [expected],
      network.outputs.map({ $0.shape.reduce(1, *) }) == [Self.scoreCount]
    else {
      throw .unexpectedShape(
        file: file.path, expected: "\(expected) in, \(Self.scoreCount) numbers out",
        found: "\(network.inputs.map(\.shape)) in, \(network.outputs.map(\.shape)) out")
    }
  }

  /// Scores of a mesh in frame pixels; nil when a score is not finite.
  func run(on mesh: [MeshPoint]) throws(LandmarkError) -> ExpressionScores? {
    guard mesh.count == MeshTopology.pointCount else { return nil }
    network.withInput(0) { input in
      for (place, index) in MeshTopology.expressionSubset.enumerated() {
        input[2 * place] = mesh[index].x
        input[2 * place + 1] = mesh[index].y
      }
    }
    do { try network.run() } catch { throw .network(error) }
    let scores = network.withOutput(0) { $0.map { min(max($0, 0), 1) } }
    return scores.allSatisfy(\.isFinite) ? ExpressionScores(scores) : nil
  }
}
