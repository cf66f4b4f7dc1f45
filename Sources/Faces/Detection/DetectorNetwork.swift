import Imaging
import Inference
import Observations
import Quantities

/// One detector network with what it takes to feed and read it.
struct DetectorNetwork {
  private let kind: DetectorKind
  private let network: Network
  private let decoder: CandidateDecoder
  private let regressors: Int
  private let logits: Int
  private let identity: ModelIdentity
  private let overlap: Float

  init(_ kind: DetectorKind, file: NetworkFile, options: FaceDetector.Options) throws(DetectionError) {
    var choices = Network.Options()
    choices.threads = options.threads
    do { network = try Network(path: file.path, options: choices) } catch { throw .network(error) }
    let anchors = kind.anchors
    let side = kind.inputPixels
    let numbers = CandidateDecoder.numbersPerAnchor
    guard network.inputs.map(\.shape) == [[1, side, side, 3]],
      let regressors = network.outputs.firstIndex(where: { $0.shape == [1, anchors.count, numbers] }),
      let logits = network.outputs.firstIndex(where: { $0.shape == [1, anchors.count, 1] })
    else {
      throw .unexpectedShape(
        file: file.path,
        expected: "1x\(side)x\(side)x3 in, 1x\(anchors.count)x\(numbers) and 1x\(anchors.count)x1 out",
        found: "\(network.inputs.map(\.shape)) in, \(network.outputs.map(\.shape)) out")
    }
    (self.kind, self.regressors, self.logits, identity) = (kind, regressors, logits, file.identity)
    decoder = CandidateDecoder(
      anchors: anchors,
      leastConfidence: kind == .near ? options.leastConfidence : options.leastFullRangeConfidence)
    overlap = options.overlap
  }

  /// Faces in `area`, the whole frame when it is nil.
  func detect(in frame: Frame, area: PixelRect? = nil) throws(DetectionError) -> [Detection] {
    let side = kind.inputPixels
    let letterbox =
      area.map { Letterbox(area: $0, picturePixels: side) }
      ?? Letterbox(frame: frame.size, picturePixels: side)
    network.withInput(0) { input in
      frame.warpRGB(
        into: input, size: PixelSize(width: side, height: side), map: letterbox.pictureToFrame,
        scale: 1 / 127.5, bias: -1, border: .black)
    }
    do { try network.run() } catch { throw .network(error) }
    let candidates = network.withOutput(regressors) { regressors in
      network.withOutput(logits) { decoder.decode(regressors: regressors, logits: $0) }
    }
    return WeightedSuppression.merge(candidates, overlap: overlap).map { place($0, letterbox) }
  }

  private func place(_ candidate: Candidate, _ letterbox: Letterbox) -> Detection {
    let corner = letterbox.pictureToFrame(PixelPoint(candidate.box.x, candidate.box.y))
    return Detection(
      box: PixelRect(
        x: corner.x, y: corner.y, width: candidate.box.width * letterbox.scale,
        height: candidate.box.height * letterbox.scale),
      confidence: Confidence(candidate.confidence),
      keypoints: candidate.keypoints.map { letterbox.pictureToFrame($0) }, model: identity)
  }
}
