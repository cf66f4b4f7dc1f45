import Calibration
import Capture
import JSON
import Observations
import Pipeline
import Quantities
import Reports
import Surroundings

/// Sums a recording up.
final class SummarySink: ReportSink {
  private var summary: RecordingSummary

  init(_ path: String, isStill: Bool, deciding: VisibilityLimits.Deciding?) {
    summary = RecordingSummary(
      path: FileName.shown(path), kind: isStill ? .image : .video, deciding: deciding)
  }

  func take(_ event: SessionEvent) {
    if case .frame(let judged) = event { summary.add(judged.report) }
  }

  /// What was found until the source came to its `end`.
  func summary(_ end: SourceEnd, _ source: any FrameSource) -> RecordingSummary {
    var summary = summary
    if case .cut = end { return summary }
    summary.damage = end.shortfall
    summary.isMostlyDamaged = source.counters.isMostlyDamaged
    return summary
  }
}

/// Writes a line of JSON a frame to standard output.
final class FrameLineSink: ReportSink {
  private var origin: MonotonicInstant?

  func take(_ event: SessionEvent) throws {
    guard case .frame(let judged) = event else { return }
    let began = origin ?? judged.report.captured
    origin = began
    try StandardOutput.line(FrameLine.json(judged.report, from: began).text)
  }
}

/// Writes each frame's landmarks into a table, which its owner closes.
final class LandmarkSink: ReportSink {
  private let table: LineFile
  private var origin: MonotonicInstant?

  init(_ table: LineFile) { self.table = table }

  func take(_ event: SessionEvent) throws {
    guard case .frame(let judged) = event else { return }
    let began = origin ?? judged.report.captured
    origin = began
    for line in LandmarkTable.lines(judged.report, from: began) { try table.write(line) }
  }
}
