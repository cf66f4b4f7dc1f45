import ArgumentParser
import Calibration
import Capture
import Foundation
import Hearing
import Imaging
import Observations
import Quantities

/// `vigil-lab lips`: what `Tools/measure/lips.py` learns from and measures with.
struct LipsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lips", abstract: "Lips against voices: series of clips, and comparisons of any two.",
    subcommands: [LipsSeries.self, LipsCompare.self])
}

/// One clip's mouths and voice, as JSON: what a comparison needs and nothing that shows a person.
struct ClipSeries: Codable {
  struct Series: Codable {
    var first: Int
    var rows: [[Double]?]
    init(_ series: LipSeries) { (first, rows) = (series.first, series.rows) }
    var series: LipSeries { LipSeries(first: first, rows: rows) }
  }

  var voice: Series
  /// By track number.
  var mouths: [String: Series]
}

/// `vigil-lab lips series`: writes the series of one clip, from its landmarks and its sound.
struct LipsSeries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "series", abstract: "Writes a clip's mouths and voice as JSON.")

  @Option(help: "The network of voice activity.") var network = "Models/third-party/silero_vad.onnx"
  @Argument(help: "Landmarks that vigil analyze --landmarks has written of the clip.") var table: String
  @Argument(help: "The clip.") var clip: String

  func run() throws {
    let file = try MediaFile(path: clip, sound: true)
    let activity = try VoiceActivity(path: network)
    var joined = VoiceRecorder(activity: activity)
    var origin: MonotonicInstant?
    while true {
      let event = try file.next()
      for block in file.takeSound() { try joined.hear(block) }
      if case .frame(let frame) = event { origin = origin ?? frame.captured }
      if case .ended = event { break }
    }
    guard let origin, file.description.sound != nil else {
      throw ValidationError("\(clip): no sound or no frame")
    }
    var mouths: [String: LipSeries] = [:]
    for line in try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").dropFirst() {
      guard let (track, time, face) = RehearseCues.face(line),
        let numbers = MouthShape.numbers(of: face.landmarks)
      else { continue }
      mouths[String(track), default: LipSeries()].add(numbers, at: origin + .nanoseconds(Int64(time * 1e9)))
    }
    let series = ClipSeries(voice: .init(joined.voice), mouths: mouths.mapValues { .init($0) })
    print(String(decoding: try JSONEncoder().encode(series), as: UTF8.self))
  }
}

/// `vigil-lab lips compare`: compares the pairs that standard input names, one JSON line each.
struct LipsCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares mouths with voices; reads and writes one line a pair.",
    discussion:
      "A line: mouth's file, track, voice's file, milliseconds by which the voice is moved; split by tabs.")

  @Option(help: "The rules.") var rules = "Calibration/lips.json"

  func run() throws {
    guard let rules = try LipRules.read(path: rules) else { throw ValidationError("\(rules): no such file") }
    let timing = LipTiming(rules)
    var known: [String: ClipSeries] = [:]
    func series(_ path: String) throws -> ClipSeries {
      if let found = known[path] { return found }
      let read = try JSONDecoder().decode(ClipSeries.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      known[path] = read
      return read
    }
    while let line = readLine() {
      let cells = line.split(separator: "\t").map(String.init)
      guard cells.count == 4, let shift = Double(cells[3]), let mouth = try series(cells[0]).mouths[cells[1]]
      else {
        throw ValidationError("\(line): not a pair")
      }
      var voice = try series(cells[2]).voice
      voice.first += Int((shift / 1000 * Double(LipSeries.rate)).rounded())
      print("\(line)\t\(Self.words(timing.agreement(mouth: mouth.series, voice: voice.series)))")
    }
  }

  private static func words(_ agreement: Evidence<LipAgreement>) -> String {
    guard let found = agreement.value else { return "" }
    return String(
      format: "%.1f\t%.1f\t%.3f\t%.2f\t%.3f\t%.3f", found.offset, found.uncertainty, found.strength,
      found.voicedSeconds, found.restingShare, found.silentShare)
  }
}
