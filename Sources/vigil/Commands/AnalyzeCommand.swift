import ArgumentParser
import Capture
import Foundation
import Imaging
import JSON
import Observations
import Overlay
import Pipeline
import Reports
import Surroundings

/// `vigil analyze`: pictures and recordings, one result each, in the order given.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Judges pictures and recordings, one result each.",
    discussion: """
      Examples:
        vigil analyze clip.mp4
        vigil analyze --format csv *.jpg
        vigil analyze --format html clips/*.mp4 > results.html
        vigil analyze --landmarks points.csv --render frames/ clip.mp4
        find . -name '*.mp4' | vigil analyze --jsonl -
        find . -name '*.mp4' -print0 | vigil analyze --jsonl --null -
        vigil analyze --log sessions.sqlite clip.mp4

      With --log each file is a session of its own in that log; without the option nothing is logged.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv, html
  }

  @OptionGroup var common: CommonOptions
  @Option(help: "How results are written: jsonl, csv or html (one page, in the language of --lang).")
  var format = Format.jsonl
  @Flag(help: "The same as --format jsonl.") var jsonl = false
  @Option(help: "Write the landmarks of every frame to this CSV file (OpenFace's columns).") var landmarks:
    String?
  @Option(help: "Write every frame with its overlay as a picture into this folder.") var render: String?
  @Option(help: "Write the crops that the scoring networks see into this folder, for training.") var crops:
    String?
  @Option(help: "With --render: so many frames of each file at most, evenly spread.") var renderMost: Int?
  @Option(help: "With --render: png or jpeg.") var renderFormat = PictureFormat.png
  @Option(help: "With --render: pixels of a picture's longer side, at most.") var renderSide: Int?
  @Flag(help: "With --render: boxes, verdicts and heat maps, without the panel of numbers.") var renderPlain =
    false
  @Flag(help: "Before each result write one line a frame: time, and box, verdict and scores of each face.")
  var eachFrame = false
  @Option(help: "Look at so many seconds of a recording; the result says where it stopped.") var mostSeconds:
    Double?
  @Option(help: "Refuse files whose frames have more pixels.") var mostPixels: Int?
  @Flag(help: "Do not listen to the sound of recordings; it is then not compared with the lips.")
  var noSound =
    false
  @Flag(help: "Add the time each stage took; it differs from run to run.") var timings = false
  @Flag(
    name: [.customLong("null"), .customShort("0")],
    help: "With -: the paths on standard input end with a zero byte, as find -print0 writes them.")
  var isNullSeparated = false
  @Argument(help: "Files to judge; - reads their paths from standard input, one a line.") var paths: [String]

  func validate() throws {
    if jsonl, format != .jsonl {
      throw ValidationError("--jsonl and --format \(format.rawValue): give one of them")
    }
    if isNullSeparated, paths != ["-"] {
      throw ValidationError("--null is for lists on standard input: give - and no other path")
    }
    for (value, name) in [
      (renderMost, "render-most"), (renderSide, "render-side"), (mostPixels, "most-pixels"),
    ] {
      if let value, value < 1 {
        throw ValidationError("--\(name) \(value): give a whole number of at least 1")
      }
    }
    try GivenNumber.check(mostSeconds, "--most-seconds", in: 0.001...GivenNumber.longest, "seconds")
  }

  func run() throws {
    let assembly = try Assembly(try common.settings())
    let table = try landmarks.map { try LineFile($0, header: LandmarkTable.header) }
    let renderer = try render.map {
      try FrameRenderer(
        folder: $0, settings: assembly.settings, most: renderMost, format: renderFormat, side: renderSide,
        isPlain: renderPlain)
    }
    let crops = try crops.map { try CropRecorder(assembly.scorers, folder: $0) }
    var analysis = RecordingAnalysis(
      assembly: assembly, table: table, renderer: renderer, timed: timings,
      logged: common.log.map { Settings.LogChoice($0) != .none } ?? false,
      crops: crops)
    (analysis.mostSeconds, analysis.mostPixels) = (mostSeconds, mostPixels)
    if !noSound { analysis.listening = Listening(assembly) }
    analysis.eachFrame = eachFrame && format == .jsonl
    if format == .html { analysis.faces = try FacePictures(assembly.settings) }
    let page = RecordingPage(OverlaySettings.options(assembly.settings).language)
    switch format {
    case .jsonl: break
    case .csv: try StandardOutput.line(RecordingAnalysis.csvHeader)
    case .html: try StandardOutput.text(page.head)
    }
    Interrupts.install()
    var unreadable = 0
    try eachPath { path in
      let result = try analysis.run(path)
      switch format {
      case .jsonl: try StandardOutput.line(result.json.text)
      case .csv: try StandardOutput.text(result.csv + "\n")
      case .html: try StandardOutput.text(result.section(page))
      }
      if let problem = result.problem {
        unreadable += 1
        StandardErrors.say(problem)
      }
    }
    try table?.close()
    try crops?.close()
    if format == .html {
      let perception = try assembly.perception(pace: .inline, isStill: true)
      try StandardOutput.text(page.foot(assembly.provenance(perception)))
    }
    if unreadable > 0 {
      throw Failure(.noInput, "\(unreadable) of the files could not be read; their results carry \"error\"")
    }
  }

  private func eachPath(_ body: (String) throws -> Void) throws {
    let given = paths == ["-"] ? nil : paths
    var rest = (given ?? []).makeIterator()
    let separator = isNullSeparated ? FileNameList.Separator.null : .newline
    let input = LineInput(descriptor: 0, separator: separator.rawValue)
    func listed() throws -> String? {
      guard let bytes = input.next() else { return nil }
      do { return try FileNameList.name(bytes[...], endedBy: separator) ?? "" } catch {
        throw Failure(.noInput, "standard input: \(error.words)")
      }
    }
    var done = 0
    while let path = given == nil ? try listed() : rest.next() {
      guard !Interrupts.received else { break }
      guard !path.isEmpty else { continue }
      try body(path)
      done += 1
    }
    guard Interrupts.received else { return }
    throw Failure(interrupted: "interrupted after \(done) files; the others were not judged")
  }
}

extension PictureFormat: ExpressibleByArgument {}
