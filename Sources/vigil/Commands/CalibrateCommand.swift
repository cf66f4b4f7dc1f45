import ArgumentParser
import Capture
import Foundation
import IdentityCheck
import Observations
import Pipeline
import Quantities
import Surroundings
import Synchronization

/// `vigil calibrate`: fits numbers to a place or to labelled data.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Fits limits to a camera, or the scores to labelled data.",
    subcommands: [CalibrateCameraCommand.self, CalibrateScoresCommand.self])
}

/// `vigil calibrate camera`: a minute in front of this camera sets the limits of its checks.
struct CalibrateCameraCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "camera",
    abstract: "Measures light, distance, rate and noise in front of a camera, for vigil check.",
    discussion: """
      One person stands where people will stand and looks at the camera. The profile goes into camera.json beside the \
      calibration; vigil check uses it for the camera of that name. Exit code 2: this camera or place does not do, \
      and why; nothing is written.

      Example: vigil calibrate camera /dev/video0
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "Seconds to watch (5 to 600).") var seconds = 60.0
  @Option(help: "File to write; empty: camera.json beside the calibration.") var out = ""
  @Argument(help: "Camera; a recording for trying out.") var source: String?

  func run() throws {
    Interrupts.install()
    guard (5...600).contains(seconds) else {
      throw Failure(.usage, "--seconds \(seconds): give 5 to 600 seconds")
    }
    let assembly = try Assembly(try common.settings(), scoring: false)
    let opened = try Assembly.open(source)
    let perception = try assembly.perception(pace: .besides, isStill: false)
    let watcher = StudySink()
    StandardErrors.say("look straight at the camera, for \(Int(seconds)) seconds")
    try SessionDriver(
      LiveSession(source: opened, analyzer: perception), [watcher], seconds: seconds
    ).run()
    if Interrupts.received { throw Failure(interrupted: "interrupted; no profile was written") }
    let name = opened.description.name
    let profile = watcher.study.withLock { $0.profile(camera: name, date: Self.today) }
    guard let profile else {
      let frames = watcher.study.withLock(\.frames)
      throw Failure(
        .undecided, "\(name): one face alone was seen in \(frames) frames; needed are 100 and half of all")
    }
    if let problem = profile.problem { throw Failure(.undecided, "\(name): \(problem)") }
    let file = out.isEmpty ? CameraProfileFile.url(assembly) : URL(fileURLWithPath: out)
    try profile.write(file)
    try StandardOutput.line(file.path)
  }

  private static var today: String {
    String(ISO8601DateFormatter().string(from: Date()).prefix(10))
  }
}

/// Studies the faces in front of a camera, in every frame.
private final class StudySink: SessionWitness {
  let study = Mutex(CameraStudy())

  func witness(_ event: SessionEvent) {
    guard case .frame(let judged) = event else { return }
    let faces = judged.report.tracks.filter { $0.track.phase != .coasting }.map(\.track.face)
    study.withLock { $0.take(faces, at: judged.report.captured) }
  }
}

/// Where a camera's profile lies, and which limits a check has in front of a camera.
enum CameraProfileFile {
  static func url(_ assembly: Assembly) -> URL {
    assembly.calibrationFile.deletingLastPathComponent().appendingPathComponent("camera.json")
  }

  /// The limits of the profile when it is this camera's; the standard ones when there is none or it is another's.
  static func limits(_ assembly: Assembly, camera: String) throws -> CheckLimits {
    let file = url(assembly)
    guard FileManager.default.fileExists(atPath: file.path) else { return CheckLimits() }
    do {
      let profile = try CameraProfile(file: file)
      if profile.camera == camera { return profile.limits }
      StandardErrors.say("\(file.path) is of the camera \(profile.camera), not of \(camera); standard limits")
      return CheckLimits()
    } catch { throw Failure(.usage, "\(error)") }
  }
}
