import Capture
import Display
import Foundation
import Imaging
import Observations
import Overlay
import Pipeline
import Quantities
import Surroundings

/// `vigil bench CLIP`: what a frame of the fast path costs, from the decoded planes to the list of things to draw.
///
/// Decoding happens in another process and is not counted; the scoring networks are off, they have a queue of their
/// own. CPU time is that of all threads of this process while a frame is looked at. The first ten frames warm up.
struct StageBenchmark {
  fileprivate static let warmUp = 10

  let settings: Settings
  let frames: Int

  /// Milliseconds of every frame counted, stage by stage.
  fileprivate struct Times {
    var processor: [Double] = []
    var detection: [Double] = []
    var landmarks: [Double] = []
    var judgement: [Double] = []
    var drawing: [Double] = []
    var seen = 0
    var withFace = 0
  }

  func run(_ clip: String) throws {
    let assembly = try Assembly(settings, scoring: false)
    let perception = try assembly.perception(pace: .inline, isStill: false)
    var intake = FrameIntake(try Assembly.open(clip))
    let composer = try composer()
    var times = Times()
    var history = ScoreHistory()
    let options = OverlaySettings.options(settings)
    var size = "?"
    read: while times.seen < frames + Self.warmUp {
      switch try intake.next() {
      case .nothing, .lost: continue
      case .ended: break read
      case .frame(let captured):
        let frame = captured.frame
        size = "\(frame.size.width)x\(frame.size.height)"
        let processor = Self.processorTime()
        let report = try perception.report(on: captured)
        let looked = MonotonicInstant.now()
        history.record(report)
        _ = composer.compose(report, history: history, options: options, on: Viewport(picture: frame.size))
        times.add(
          report, drawing: MonotonicInstant.now() - looked, processor: Self.processorTime() - processor)
      }
    }
    guard times.seen > Self.warmUp else {
      throw Failure(.noInput, "\(clip): fewer than \(Self.warmUp + 1) frames can be read; give a longer clip")
    }
    try tell(times, size)
  }

  private func tell(_ times: Times, _ size: String) throws {
    try StandardOutput.line(
      "\(times.seen - Self.warmUp) frames of \(size); wall time in ms: median, 95th percentile, mean")
    let stages = [
      ("detection", times.detection), ("landmarks", times.landmarks), ("judgement", times.judgement),
      ("draw list", times.drawing),
    ]
    for (name, values) in stages {
      let sorted = values.sorted()
      try StandardOutput.line(
        String(
          format: "  %@ %7.3f %7.3f %7.3f", name.padding(toLength: 12, withPad: " ", startingAt: 0),
          sorted[sorted.count / 2], sorted[sorted.count * 95 / 100],
          values.reduce(0, +) / Double(values.count)))
    }
    let mean = times.processor.reduce(0, +) / Double(times.processor.count)
    // Read by scripts/bench.sh: name, CPU milliseconds a frame, frames with a face.
    try StandardOutput.line("fast path\t\(String(format: "%.3f", mean))\t\(times.withFace)/\(times.seen)")
  }

  private func composer() throws -> DrawListComposer {
    do { return DrawListComposer(metrics: try Typesetter(try FontFiles.find())) } catch {
      throw Failure(.fault, "\(error)")
    }
  }

  /// CPU milliseconds of all threads of this process.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }
}

extension StageBenchmark.Times {
  fileprivate mutating func add(_ report: FrameReport, drawing time: Duration, processor: Double) {
    seen += 1
    if !report.tracks.isEmpty { withFace += 1 }
    guard seen > StageBenchmark.warmUp else { return }
    self.processor.append(processor)
    detection.append(report.timings.detection.inMilliseconds)
    landmarks.append(report.timings.landmarks.inMilliseconds)
    judgement.append(report.timings.judgement.inMilliseconds)
    drawing.append(time.inMilliseconds)
  }
}
