import Evaluation
import Imaging
import Observations
import Pipeline
import Quantities

/// Changes each frame before it is judged, to see what the judgement stands. What stays the same for all frames of a
/// file: the seed, and the face's place, which is that of the first frame with a face.
final class PerturbedAnalyzer: FrameAnalyzer {
  private let perturbation: FramePerturbation
  private let judge: any FrameAnalyzer
  private let scout: () throws -> Perception
  private let seed: UInt64
  private var face: PixelRect?
  private var hasLooked = false

  /// Judges with `judge`; `scout` makes what finds the face in one picture.
  init(
    _ perturbation: FramePerturbation, _ judge: any FrameAnalyzer, path: String,
    scout: @escaping () throws -> Perception
  ) {
    (self.perturbation, self.judge, self.scout) = (perturbation, judge, scout)
    seed = UInt64(path.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff })
  }

  func hear(_ blocks: [SoundBlock]) throws { try judge.hear(blocks) }

  func judge(_ captured: CapturedFrame) throws -> JudgedFrame {
    let frame = captured.frame
    if perturbation.needsFace, face == nil, !hasLooked || frame.index % 30 == 0 {
      let report = try scout().report(on: captured)
      face = report.tracks.map(\.track.face.box).max { $0.area < $1.area }
      hasLooked = true
    }
    return try judge.judge(
      CapturedFrame(perturbation.apply(frame, face: face, seed: seed), captured.arrival))
  }
}
