import ArgumentParser
import Calibration
import Foundation
import Liveness
import Observations
import Quantities

/// `vigil-lab rehearse cues`: the motion cues of landmarks that `vigil analyze --landmarks` has written, one line a clip.
///
/// Each cue's value is its median over the frames in which it was measured, of the track seen longest.
struct RehearseCues: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cues", abstract: "Writes the motion cues of recorded landmarks, one CSV line a file.")

  @Option(help: "The calibration.") var calibration = "Calibration/default.json"
  @Argument(help: "Tables of landmarks.") var files: [String]

  func run() throws {
    let limits = try Calibration(path: calibration).liveness
    print("file,frames,blinks,mouth,non_rigid,parallax,loop,micro,probability")
    for file in files {
      let table = try String(contentsOfFile: file, encoding: .utf8)
      var tracks: [Substring: [(Double, Face)]] = [:]
      for line in table.split(separator: "\n").dropFirst() {
        if let (track, time, face) = Self.face(line) { tracks[track, default: []].append((time, face)) }
      }
      guard let longest = tracks.values.max(by: { $0.count < $1.count }) else {
        print("\(file),0,,,,,,,")
        continue
      }
      print(Self.line(file, longest, LivenessMonitor(limits)))
    }
  }

  private static func line(_ file: String, _ frames: [(Double, Face)], _ fresh: LivenessMonitor) -> String {
    var monitor = fresh
    var values: [[Double]] = [[], [], [], []]
    var state = LivenessState(unavailable: .noFace)
    for (time, face) in frames {
      state = monitor.observe(face, at: MonotonicInstant(seconds: time))
      let cues = [state.nonRigidMotion, state.parallax, state.loop, state.microMotion]
      for (index, cue) in cues.enumerated() {
        if let value = cue.value { values[index].append(Double(value)) }
      }
    }
    let medians = values.map { list in
      list.isEmpty ? "" : String(format: "%.5f", list.sorted()[list.count / 2])
    }
    let probability = state.probability.value.map { String(format: "%.4f", $0.value) } ?? ""
    return
      ([file, "\(frames.count)", "\(state.blinks.count)", "\(state.mouthEvents.count)"] + medians
      + [probability]).joined(separator: ",")
  }

  /// Track, seconds and face of one line; nil when it has no face or is damaged.
  static func face(_ line: Substring) -> (Substring, Double, Face)? {
    let cells = line.split(separator: ",", omittingEmptySubsequences: false)
    guard cells.count >= 148, cells[4] == "1", let time = Double(cells[2]) else { return nil }
    let numbers = cells[5..<141].compactMap { Float($0) }
    guard numbers.count == 136 else { return nil }
    let points = (0..<68).map { PixelPoint(numbers[$0], numbers[68 + $0]) }
    guard let landmarks = Landmarks68(points), let box = PixelRect(around: points) else { return nil }
    var scores = [Float](repeating: 0, count: 52)
    let blinks = (Float(cells[146]), Float(cells[147]))
    (scores[9], scores[10]) = (blinks.0 ?? 0, blinks.1 ?? 0)
    let angles = cells[141..<144].compactMap { Float($0) }
    let pose =
      angles.count == 3
      ? HeadPose(yaw: Radians(angles[1]), pitch: Radians(angles[0]), roll: Radians(angles[2])) : nil
    let quality = FaceQuality(
      interocularPixels: landmarks.interocularDistance, sharpness: 100, exposure: 0.5)
    return (
      cells[1], time,
      Face(
        box: box, presence: Confidence(1), landmarks: landmarks,
        expressions: blinks.0 == nil ? nil : ExpressionScores(scores), pose: pose, quality: quality)
    )
  }
}
