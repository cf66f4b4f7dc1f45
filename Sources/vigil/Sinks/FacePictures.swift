import Capture
import Display
import Foundation
import Imaging
import Observations
import Overlay
import Pipeline
import Quantities
import Reports
import Surroundings

/// Keeps of each face the picture of the moment that decided, for pages: of an attack the one with the highest risk, else
/// the one in which the face is largest. A picture is drawn when it is better than the one before, so that no frame is
/// held.
final class FacePictures: ReportSink {
  /// Pixels of a picture's side.
  private static let side = 288
  /// Faces that get pictures, at most; a crowd's page would have no end.
  private static let mostFaces = 24

  private struct Kept {
    let picture: FacePicture
    let hasMap: Bool
    let risk: Double
    let area: Float
  }

  private let renderer: PictureRenderer
  private let composer: DrawListComposer
  private let encoder = JPEGEncoder()
  private var options: OverlayOptions
  private var kept: [TrackID: [VerdictLabel: Kept]] = [:]
  private var first: MonotonicInstant?

  /// Throws when no font is found.
  init(_ settings: Settings) throws {
    do {
      let typesetter = try Typesetter(try FontFiles.find())
      renderer = PictureRenderer(typesetter: typesetter)
      composer = DrawListComposer(metrics: typesetter)
    } catch { throw Failure(.fault, "pictures of faces: \(error)") }
    options = OverlaySettings.options(settings)
    (options.showsDetails, options.showsLandmarks, options.showsBar) = (false, false, false)
  }

  /// Takes the next frame of a recording.
  func take(_ event: SessionEvent) {
    guard case .frame(let judged) = event else { return }
    let (frame, report) = (judged.frame, judged.report)
    first = first ?? report.captured
    for track in report.tracks where track.track.phase != .coasting {
      let candidate = (
        hasMap: track.shownMap?.attention != nil, risk: track.verdict.risk.value?.value ?? 0,
        area: track.track.face.box.area
      )
      let label = track.verdict.label
      let isAttack = label == .fake || label == .suspect
      let old = kept[track.track.id]?[label]
      guard old != nil || kept[track.track.id] != nil || kept.count < Self.mostFaces else { continue }
      if let old {
        let isBetter =
          isAttack
          ? (candidate.hasMap && !old.hasMap)
            || (candidate.hasMap == old.hasMap && candidate.risk > old.risk + 0.02)
          : candidate.area > old.area * 1.15
        guard isBetter else { continue }
      }
      guard let jpeg = picture(frame, report, track) else { continue }
      let second = first.map { (report.captured - $0).inSeconds } ?? 0
      kept[track.track.id, default: [:]][label] = Kept(
        picture: FacePicture(jpeg: jpeg, second: second, hasHeatMap: candidate.hasMap),
        hasMap: candidate.hasMap, risk: candidate.risk, area: candidate.area)
    }
  }

  /// The pictures of the faces of `summary`, each of a moment with the face's verdict; begins anew for the next recording.
  func finish(_ summary: RecordingSummary) -> [TrackID: FacePicture] {
    defer { (kept, first) = ([:], nil) }
    var pictures: [TrackID: FacePicture] = [:]
    for track in summary.reported {
      let own = kept[track.id]
      pictures[track.id] = (own?[track.verdict.label] ?? own?[.undecided])?.picture
    }
    return pictures
  }

  private func picture(_ frame: Frame, _ report: FrameReport, _ track: TrackReport) -> [UInt8]? {
    options.patches = HeatPatch.patches(report)
    let list = composer.compose(
      report, history: ScoreHistory(), options: options, on: Viewport(picture: frame.size))
    let drawn = renderer.render(frame, list)
    let box = track.track.face.box
    return encoder.encode(Self.cut(drawn, box), quality: 82)
  }

  /// A square around `box` with a third of its size to spare, scaled to ``side`` by the nearest pixel's neighbours' mean.
  private static func cut(_ image: RGBImage, _ box: PixelRect) -> RGBImage {
    let wanted = max(box.width, box.height) * 1.35
    let length = min(wanted, Float(min(image.size.width, image.size.height)))
    func begin(_ middle: Float, _ most: Int) -> Float {
      max(0, min(middle - length / 2, Float(most) - length))
    }
    let left = begin(box.x + box.width / 2, image.size.width)
    let top = begin(box.y + box.height / 2, image.size.height)
    var bytes = [UInt8](repeating: 0, count: side * side * 3)
    let step = length / Float(side)
    func places(_ start: Float, _ index: Int, _ most: Int) -> ClosedRange<Int> {
      let low = min(most - 1, max(0, Int(start + Float(index) * step)))
      return low...min(most - 1, max(low, Int(start + Float(index + 1) * step) - 1))
    }
    for row in 0..<side {
      let rows = places(top, row, image.size.height)
      for column in 0..<side {
        let columns = places(left, column, image.size.width)
        var sum = (0, 0, 0)
        for y in rows {
          for x in columns {
            let place = (y * image.size.width + x) * 3
            sum.0 += Int(image.bytes[place])
            sum.1 += Int(image.bytes[place + 1])
            sum.2 += Int(image.bytes[place + 2])
          }
        }
        let (count, place) = (rows.count * columns.count, (row * side + column) * 3)
        bytes[place] = UInt8(sum.0 / count)
        bytes[place + 1] = UInt8(sum.1 / count)
        bytes[place + 2] = UInt8(sum.2 / count)
      }
    }
    return RGBImage(size: PixelSize(width: side, height: side)) { buffer in
      for (place, value) in bytes.enumerated() { buffer[place] = value }
    }
  }
}
