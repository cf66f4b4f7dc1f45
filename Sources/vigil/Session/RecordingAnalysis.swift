import Calibration
import Capture
import Evaluation
import Foundation
import Hearing
import Imaging
import JSON
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
  /// Seconds of a recording that are looked at; nil for all.
  var mostSeconds: Double?
  /// Pixels of a frame, which the source sees to; nil for as many as the decoder takes.
  var mostPixels: Int?
  /// Whether a line a frame goes to standard output.
  var eachFrame = false
  /// Listens to the sound of files; nil when nobody does.
  var listening: Listening?
  /// What is done to each frame before it is judged, to see what the judgement stands.
  var perturbation: FramePerturbation?

  /// Judges the file at `path`. A file that cannot be read is a result with an error, not a failure.
  func run(_ path: String) throws -> Result {
    var options = SourceOptions.fenced
    if let mostPixels { options.mostPixels = mostPixels }
    options.sound = listening != nil
    let source: any FrameSource
    do { source = try SourceSpecification.file(path).open(options: options) } catch {
      return unreadable(path, error)
    }
    crops?.begin(path)
    let perception = try assembly.perception(
      pace: .inline, isStill: source.description.kind == .still,
      obstacle: source.description.presentation.obstacle,
      mapsAttention: renderer != nil || faces != nil, cropObserver: crops?.observer,
      listens: listening?.isPossible(source.description) ?? false)
    guard logged else { return try judge(path, source, perception, nil) }
    let recorder = try recorder(path, source, perception)
    return try recorder.closingOnFailure { try judge(path, source, perception, recorder) }
  }

  /// Judges an open file to its end.
  private func judge(
    _ path: String, _ source: any FrameSource, _ perception: Perception, _ recorder: SessionRecorder?
  ) throws -> Result {
    let session = InlineSession(
      source: source, analyzer: analyzer(perception, path), most: mostSeconds.map { .seconds($0) })
    let summary = SummarySink(
      path, isStill: source.description.kind == .still,
      deciding: assembly.calibration.visibility?.deciding)
    renderer?.recording = path
    // In the order in which they take each event.
    let sinks: [(any ReportSink)?] = [
      crops, summary, eachFrame ? FrameLineSink() : nil, recorder.map { LogSink($0, isRecording: true) },
      table.map { LandmarkSink($0) }, renderer, faces,
    ]
    do {
      switch try SessionDriver(session, sinks.compactMap(\.self)).run() {
      case .source(let end):
        return finished(path, summary.summary(end, source), perception, end.shortfall, source)
      case .asked, .failed:
        throw Failure(interrupted: "\(path): interrupted; it was not judged to its end")
      }
    } catch let error as CaptureError { return unreadable(path, error) }
  }

  private func analyzer(_ perception: Perception, _ path: String) -> any FrameAnalyzer {
    guard let perturbation else { return perception }
    return PerturbedAnalyzer(perturbation, perception, path: path) {
      try assembly.perception(pace: .inline, isStill: true, scoring: false)
    }
  }

  private func recorder(
    _ path: String, _ source: any FrameSource, _ perception: Perception
  ) throws -> SessionRecorder {
    try assembly.recorder(
      purpose: "analyze", source: perception.lips == nil ? source.description.unheard : source.description,
      argument: path, models: perception.models)
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
      if let sound = description.sound, let heard = perception.lips {
        members.append(
          (
            "sound",
            .object([
              ("format", .string(sound)), ("heard_s", .seconds(heard.heardSeconds)),
              ("voiced_s", .seconds(heard.voicedSeconds)), ("gaps", .integer(Int64(heard.gaps))),
            ])
          ))
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

/// Whether sound can be listened to; found out with the first file that has some. A recording is worth judging without its
/// sound, but one line says that it was not heard, and why.
final class Listening {
  private let assembly: Assembly
  private var isReady: Bool?

  /// Listens with what `assembly` finds.
  init(_ assembly: Assembly) { self.assembly = assembly }

  /// Whether the sound of this source is heard.
  func isPossible(_ source: SourceDescription) -> Bool {
    guard source.sound != nil else { return false }
    if let isReady { return isReady }
    do {
      _ = try assembly.hearing()
      isReady = true
    } catch {
      StandardErrors.say("sound is not listened to: \(error)")
      isReady = false
    }
    return isReady ?? false
  }
}
