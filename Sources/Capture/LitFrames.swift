package import Imaging
import Observations
import Quantities

/// A source without the dark frames of a camera whose light goes on and off; they are counted and not given on.
///
/// Cost: reads 576 pixels of each frame.
final class LitFrames: FrameSource {
  private let source: any FrameSource
  private var pattern = LightPattern()
  private var unlit: UInt64 = 0

  /// The frames of `source`.
  init(_ source: any FrameSource) { self.source = source }

  var description: SourceDescription { source.description }
  var injection: InjectionEvidence? { source.injection }
  var devicePath: String? { source.devicePath }
  var illumination: Illumination { pattern.illumination }

  func takeSound() -> [SoundBlock] { source.takeSound() }

  var counters: SourceCounters {
    var counters = source.counters
    counters.unlit += unlit
    counters.delivered -= min(unlit, counters.delivered)
    return counters
  }

  func next() throws(CaptureError) -> SourceEvent {
    let event = try source.next()
    guard case .frame(let frame) = event, source.description.kind != .still,
      !pattern.isLit(frame.meanLuma, at: frame.captured)
    else { return event }
    unlit += 1
    return .dropped
  }
}

extension Frame {
  /// Mean luma at a grid of 32 x 18 points, in 0...1 between the codes of black and white; green stands for luma in
  /// RGB pictures.
  package var meanLuma: Double {
    let plane = layout.planes[layout.color == .rgb ? 1 : 0]
    var sum = 0
    withBytes { bytes in
      for down in 0..<18 {
        let row = plane.offset + (2 * down + 1) * size.height / 36 * plane.rowStride
        for across in 0..<32 {
          sum += Int(bytes[row + (2 * across + 1) * size.width / 64 * plane.pixelStride])
        }
      }
    }
    let mean = Double(sum) / Double(18 * 32)
    if case .yuv(_, .limited) = layout.color { return min(max((mean - 16) / 219, 0), 1) }
    return mean / 255
  }
}
