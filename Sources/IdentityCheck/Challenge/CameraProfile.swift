public import Foundation
public import Observations
public import Quantities
import Surroundings

/// What a minute in front of one camera showed, and the limits of a check that follow from it.
///
/// Read from and written to a JSON file. Every number is checked when it is read: the file decides who passes.
public struct CameraProfile: Sendable, Equatable, Codable {
  /// The camera's name.
  public let camera: String
  /// Day of the measurement.
  public let date: String
  /// Frames with one face that was well seen.
  public let frames: Int
  /// Median frames a second.
  public let framesPerSecond: Double
  /// Median mean luma of the face, in 0...1.
  public let exposure: Double
  /// Median distance between the eyes, in pixels.
  public let interocularPixels: Double
  /// Noise of the head's turn between frames, as a standard deviation in degrees.
  public let yawNoise: Double
  /// Noise of the head's tilt.
  public let pitchNoise: Double

  /// What is wrong with a profile, in one line.
  public struct Invalid: Error, CustomStringConvertible {
    /// What was found and what to do.
    public let description: String
  }

  /// Reads the profile in `file`.
  public init(file: URL) throws(Invalid) {
    guard let data = try? Data(contentsOf: file),
      let profile = try? JSONDecoder().decode(CameraProfile.self, from: data)
    else { throw Invalid(description: "\(file.path): no camera profile; run: vigil calibrate camera") }
    self = profile
    if let problem { throw Invalid(description: "\(file.path): \(problem); run: vigil calibrate camera") }
  }

  /// Writes it; a file that is there is written over, whatever kind it is.
  public func write(_ file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try OutputFile.write(encoder.encode(self), to: file.path)
  }

  init(camera: String, date: String, frames: Int, medians: [Double], noise: (yaw: Double, pitch: Double)) {
    (self.camera, self.date, self.frames) = (camera, date, frames)
    (framesPerSecond, exposure, interocularPixels) = (medians[0], medians[1], medians[2])
    (yawNoise, pitchNoise) = (noise.yaw, noise.pitch)
  }

  /// Why a check cannot be held in front of this camera; nil when it can.
  public var problem: String? {
    let standard = CheckLimits()
    func refuse(_ what: String, _ value: Double, _ range: ClosedRange<Double>) -> String? {
      range.contains(value)
        ? nil
        : String(format: "%@ is %.3g, not %.3g to %.3g", what, value, range.lowerBound, range.upperBound)
    }
    return refuse("frames a second", framesPerSecond, standard.framesPerSecond...1000)
      ?? refuse("light on the face", exposure, 0.1...0.95)
      ?? refuse("pixels between the eyes", interocularPixels, Double(standard.interocularPixels)...4000)
      ?? refuse("noise of the head's turn in degrees", yawNoise, 0...3)
      ?? refuse("noise of the head's tilt in degrees", pitchNoise, 0...2)
  }

  /// The limits of a check in front of this camera: never laxer in rate than the standard ones, darker and smaller
  /// faces in proportion to what this camera shows of a well-placed person, gestures well above its noise.
  public var limits: CheckLimits {
    var limits = CheckLimits()
    limits.framesPerSecond = max(limits.framesPerSecond, framesPerSecond * 0.5)
    limits.darkest = Float(min(max(exposure * 0.4, 0.06), 0.25))
    limits.interocularPixels = Float(min(max(interocularPixels * 0.55, 22), 80))
    limits.turnDegrees = max(limits.turnDegrees, Float(yawNoise * 8))
    limits.nodDegrees = max(limits.nodDegrees, Float(pitchNoise * 8))
    limits.upDegrees = max(limits.upDegrees, Float(pitchNoise * 8))
    return limits
  }
}

/// Gathers what a camera shows of one person who looks at it.
public struct CameraStudy: Sendable {
  private var steps: [Double] = []
  private var exposures: [Double] = []
  private var sizes: [Double] = []
  private var turns: [Double] = []
  private var tilts: [Double] = []
  private var last: (at: MonotonicInstant, face: Face?)?
  /// Frames kept; older ones are not forgotten, later ones not taken.
  private static let most = 100_000

  /// Nothing seen yet.
  public init() {}

  /// Frames with one face so far.
  public var frames: Int { exposures.count }

  /// Takes the frame captured at `now`; frames without exactly one face count for the rate alone.
  public mutating func take(_ faces: [Face], at now: MonotonicInstant) {
    guard steps.count < Self.most else { return }
    if let last, now > last.at { steps.append((now - last.at).inSeconds) }
    let face = faces.count == 1 ? faces[0] : nil
    if let face {
      exposures.append(Double(face.quality.exposure))
      sizes.append(Double(face.quality.interocularPixels))
      if let pose = face.pose, let before = last?.face?.pose {
        turns.append(abs(Double(pose.yaw.degrees - before.yaw.degrees)))
        tilts.append(abs(Double(pose.pitch.degrees - before.pitch.degrees)))
      }
    }
    last = (now, face)
  }

  /// The profile; nil for fewer than 100 frames with one face, or when less than half of all had one.
  public func profile(camera: String, date: String) -> CameraProfile? {
    guard frames >= 100, turns.count >= 50, frames * 2 > steps.count else { return nil }
    // Median absolute deviation of a difference of two: 1.4826 / sqrt 2 of it is one frame's standard deviation.
    let share = 1.4826 / 2.0.squareRoot()
    return CameraProfile(
      camera: camera, date: date, frames: frames,
      medians: [1 / max(Self.median(steps), 1e-4), Self.median(exposures), Self.median(sizes)],
      noise: (Self.median(turns) * share, Self.median(tilts) * share))
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
