import Observations
import Overlay
import Quantities
import VigilTesting

/// Letters of one width, so that layouts do not depend on installed fonts.
struct EvenMetrics: TextMetrics {
  func width(of text: String, style: TextStyle, rightToLeft: Bool) -> Float {
    Float(text.count) * Float(style.size) * 0.55
  }
}

let screen = PixelSize(width: 1280, height: 720)

func compose(
  _ report: FrameReport?, on viewport: Viewport = Viewport(picture: screen),
  history: ScoreHistory = ScoreHistory(),
  _ change: (inout OverlayOptions) -> Void = { _ in }
) -> DrawList {
  var options = OverlayOptions()
  change(&options)
  return DrawListComposer(metrics: EvenMetrics()).compose(
    report, history: history, options: options, on: viewport)
}

func oneFace(
  _ label: VerdictLabel = .live, risk: Double? = 0.12,
  box: PixelRect = PixelRect(x: 450, y: 165, width: 225, height: 290), phase: TrackPhase = .confirmed
) -> FrameReport {
  let track = SyntheticReports.track(1, in: box, label: label, risk: risk, phase: phase)
  return SyntheticReports.report(track.map { [$0] } ?? [], size: screen)
}

extension DrawList {
  /// The box a text line takes, from its base line and the test's metrics.
  func boxes(_ metrics: any TextMetrics = EvenMetrics()) -> [(text: String, box: PixelRect)] {
    items.compactMap { item in
      guard case .text(let run) = item else { return nil }
      let width = metrics.width(of: run.text, style: run.style, rightToLeft: run.rightToLeft)
      let size = Float(run.style.size)
      let left: Float =
        switch run.anchor {
        case .left: run.origin.x
        case .center: run.origin.x - width / 2
        case .right: run.origin.x - width
        }
      return (run.text, PixelRect(x: left, y: run.origin.y - size * 0.75, width: width, height: size))
    }
  }

  /// The filled panels, labels among them.
  var panels: [PixelRect] {
    items.compactMap { if case .panel(let rect, _, _) = $0 { rect } else { nil } }
  }
}
