public import Observations
import Quantities
import Wording

/// Turns reports into draw lists. Pure: the same report, history and options give the same list.
///
/// Up to three faces get a card each with score, history, cues and reasons; of more (a call grid) each gets a label,
/// its history and its strongest reason at its box. Cost: see the benchmark; the texts' widths dominate.
public struct DrawListComposer {
  /// Faces up to which each gets a card.
  static let mostCards = 3
  private let metrics: any TextMetrics

  /// A composer that measures texts with `metrics`.
  public init(metrics: any TextMetrics) { self.metrics = metrics }

  /// What to draw over the frame of `report` on the canvas of `viewport`.
  ///
  /// A nil `report` draws only bar, notices and help: before the first frame or after the camera was lost.
  public func compose(
    _ report: FrameReport?, history: ScoreHistory, options: OverlayOptions, on viewport: Viewport
  ) -> DrawList {
    let theme = Theme(options.theme)
    var pen = Pen(
      list: DrawList(viewport: viewport, background: theme.background), viewport: viewport, theme: theme,
      words: Words(options.language), metrics: metrics)
    pen.hasBar = options.showsBar
    // On a canvas as small as a thumbnail, words would hide everything.
    let hasRoom = viewport.canvas.width >= 240 && viewport.canvas.height >= 160
    let tracks = report?.tracks.filter { $0.track.face.box.isFinite } ?? []
    if hasRoom && options.showsBar { pen.statusBar(report, options) }
    for track in tracks { pen.faceMarks(track, options) }
    guard hasRoom else { return pen.list }
    pen.taken += tracks.map { viewport.place($0.track.face.box) }
    let cards = options.showsDetails && tracks.count <= Self.mostCards && pen.placeCards(tracks, history)
    for track in tracks {
      pen.label(track, history, withReason: !cards && options.showsDetails)
    }
    guard options.showsBar else { return pen.list }
    if let report, report.tracks.isEmpty { pen.banner(pen.words.word(.noFace), color: theme.secondary) }
    pen.notices(options.notices)
    if options.showsHelp { pen.help() }
    return pen.list
  }
}
