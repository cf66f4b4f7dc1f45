import Calibration
import Capture
import Evaluation
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Reports
import Surroundings

/// Analyses one file after the other; nothing of one file touches the next.
struct RecordingAnalysis {
  /// One file's result.
  struct Result {
    let json: OrderedJSON
    let csv: String
    /// The file's part of a page of results.
    let section: (RecordingPage) -> String
    /// Why the file could not be read, or not to its end.
    let problem: String?
    /// What was found in it; nil when it could not be read.
    let summary: RecordingSummary?
  }

  static let csvHeader = "path,kind,frames,verdict,risk,tracks,error"

  let assembly: Assembly
  let table: LineFile?
  let renderer: FrameRenderer?
  let timed: Bool
  /// Whether each file is a session in the log.
  let logged: Bool
  /// Keeps the faces' pictures for a page of results.
  var faces: FacePictures?
  /// Where the crops go that the networks see.
  var crops: CropRecorder?
  /// How much of a file is looked at.
  var bounds = AnalysisBounds()
  /// Whether a line a frame goes to standard output.
  var eachFrame = false
  /// What is done to each frame before it is judged, to see what the judgement stands.
  var perturbation: FramePerturbation?

  /// Judges the file at `path`. A file that cannot be read is a result with an error, not a failure.
  func run(_ path: String) throws -> Result {
    let source: any FrameSource
    var options = SourceOptions()
    if let pixels = bounds.pixels { options.mostPixels = pixels }
    do { source = try SourceSpecification.file(path).open(options: options) } catch {
      return unreadable(path, error)
    }
    let still = source.description.kind == .still
    crops?.begin(path)
    let perception = try assembly.perception(
      pace: .inline, isStill: still, obstacle: source.description.presentation.obstacle,
      mapsAttention: renderer != nil || faces != nil,
      cropObserver: crops?.observer)
    let recorder = try logged ? recorder(path, source, perception) : nil
    guard let recorder else { return try judge(path, source, perception, nil) }
    return try recorder.closingOnFailure { try judge(path, source, perception, recorder) }
  }

  /// Judges an open file to its end.
  private func judge(
    _ path: String, _ source: any FrameSource, _ perception: Perception, _ recorder: SessionRecorder?
  ) throws -> Result {
    let still = source.description.kind == .still
    var summary = RecordingSummary(
      path: FileName.shown(path), kind: still ? .image : .video,
      deciding: assembly.calibration.visibility?.deciding)
    var origin: FrameReport?
    var changes = Changes(seed: UInt64(path.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff }))
    while true {
      guard !Interrupts.received else {
        try recorder?.close("interrupted")
        throw Failure(interrupted: "\(path): interrupted; it was not judged to its end")
      }
      let event: SourceEvent
      do { event = try source.next() } catch {
        guard !Interrupts.received else { continue }
        try recorder?.close("unreadable: \(error.problem)")
        return unreadable(path, error)
      }
      switch event {
      case .timeout, .dropped, .lost: continue
      case .ended(let damage):
        summary.damage = damage
        summary.isMostlyDamaged = source.counters.isMostlyDamaged
        try recorder?.close(damage.map { "the recording ended early: \($0)" } ?? "the source ended")
        return finished(path, summary, perception, damage, source)
      case .frame(let original):
        let frame = try changed(original, &changes, still: still)
        let report = try analysed(perception, frame)
        try crops?.check()
        origin = origin ?? report
        if let origin, let stop = bounds.stop(at: report.captured, from: origin.captured) {
          try recorder?.close(stop)
          return finished(path, summary, perception, stop, source)
        }
        summary.add(report)
        if eachFrame, let origin {
          try StandardOutput.line(FrameLine.json(report, from: origin.captured).text)
        }
        recorder?.take(report)
        if let problem = recorder?.failure { throw Failure(.fault, problem) }
        if let table, let origin {
          for line in LandmarkTable.lines(report, from: origin.captured) { try table.write(line) }
        }
        try renderer?.render(frame, report, file: path)
        faces?.take(frame, report)
      }
    }
  }

  /// What stays the same for all frames of one file.
  private struct Changes {
    let seed: UInt64
    var face: PixelRect?
    var looked = false
  }

  /// The frame after the perturbation; the face's place is that of the file's first frame with a face.
  private func changed(_ frame: Frame, _ changes: inout Changes, still: Bool) throws -> Frame {
    guard let perturbation else { return frame }
    if perturbation.needsFace, changes.face == nil, !changes.looked || frame.index % 30 == 0 {
      let scout = try assembly.perception(pace: .inline, isStill: true, scoring: false)
      let report = try analysed(scout, frame)
      changes.face = report.tracks.map(\.track.face.box).max { $0.area < $1.area }
      changes.looked = true
    }
    return perturbation.apply(frame, face: changes.face, seed: changes.seed)
  }

  private func recorder(
    _ path: String, _ source: any FrameSource, _ perception: Perception
  ) throws -> SessionRecorder {
    try assembly.recorder(
      purpose: "analyze", source: source.description, argument: path, models: perception.models)
  }

  private func analysed(_ perception: Perception, _ frame: Frame) throws -> FrameReport {
    do { return try perception.report(on: frame, counters: FrameCounters(), injection: nil) } catch {
      throw Failure(.fault, "\(error)")
    }
  }

  private func finished(
    _ path: String, _ summary: RecordingSummary, _ perception: Perception, _ damage: String?,
    _ source: any FrameSource
  ) -> Result {
    guard summary.frames > 0 else {
      return unreadable(path, CaptureError(.unreadable, path, damage ?? "holds no frame that can be decoded"))
    }
    var json = summary.json(provenance: assembly.provenance(perception), timed: timed)
    if case .object(var members) = json {
      if FileName.isEscaped(path) { members.append(("path_escaped", .bool(true))) }
      let description = source.description
      members.append(("medium", .medium(description.presentation, rate: description.framesPerSecond)))
      let counters = source.counters
      if counters.unlit > 0 {
        members.append(("unlit_frames", .integer(Int64(counters.unlit))))
        members.append(("illumination", .string(source.illumination.rawValue)))
      }
      if let damage { members.append(("damage", .string(damage))) }
      json = .object(members)
    }
    let risk = summary.deciding?.verdict.risk.value.map { String(format: "%.4f", $0.value) } ?? ""
    let cells = [
      TableCell.comma(FileName.shown(path)), summary.kind.rawValue, String(summary.frames),
      summary.label.rawValue, risk, String(summary.reported.count), TableCell.comma(damage ?? ""),
    ]
    let pictures = faces?.finish(summary) ?? [:]
    return Result(
      json: json, csv: cells.joined(separator: ","),
      section: { $0.section(summary, damage: damage, pictures: pictures) }, problem: nil, summary: summary)
  }

  private func unreadable(_ name: String, _ error: CaptureError) -> Result {
    // What is no file may be an address with a password in it.
    let path = FileName.shown(SafeAddress(name).description)
    let json = OrderedJSON.object(
      [
        ("schema", .integer(RecordingSummary.schema)), ("path", .string(path)),
        ("error", .string(error.problem)),
      ] + (FileName.isEscaped(name) ? [("path_escaped", .bool(true))] : []))
    let cells = [TableCell.comma(path), "", "0", "", "", "0", TableCell.comma(error.problem)]
    return Result(
      json: json, csv: cells.joined(separator: ","),
      section: { $0.failure(path: path, problem: error.problem) }, problem: error.description,
      summary: nil)
  }
}
