import Foundation

/// Mean colours of skin with a pulse of known rate: what a camera sees of a region, for tests of the pulse.
///
/// Skin tone and the pulse's strength in red, green and blue follow Wang 2017 (0.33, 0.77, 0.53 of the whole); motion
/// changes all colours alike (light), slowly and in steps; compression rounds the mean and holds it between key frames.
public struct SyntheticSkin: Sendable {
  /// Beats a minute.
  public var beatsPerMinute = 72.0
  /// Part of the colour that the pulse changes.
  public var strength = 0.004
  /// Standard deviation of the camera's noise in a region's mean, in part of the colour.
  public var noise = 0.0
  /// Standard deviation of changes of light by motion, in part of the colour.
  public var motion = 0.0
  /// Rounding step of the mean colour in 0...255; 0: none.
  public var quantum = 0.0
  /// Frames a second.
  public var fps = 30.0
  /// Seconds.
  public var seconds = 10.0

  /// Skin with a clear pulse.
  public init() {}

  /// Times and colours of the sequence numbered `seed`.
  public func sequence(seed: UInt64) -> (times: [Double], colors: [SIMD3<Double>]) {
    var random = SimulationGenerator(seed: seed)
    let tone = SIMD3(180.0, 130, 105)
    let shape = SIMD3(0.33, 0.77, 0.53)
    let phase = Double.random(in: 0...(2 * .pi), using: &random)
    let sways = (0..<3).map { _ in
      (Double.random(in: 0.1...2.5, using: &random), Double.random(in: 0...(2 * .pi), using: &random))
    }
    var times: [Double] = []
    var colors: [SIMD3<Double>] = []
    for index in 0..<Int(seconds * fps) {
      let time = Double(index) / fps
      let angle = 2 * .pi * beatsPerMinute / 60 * time + phase
      let beat = (sin(angle) + 0.3 * sin(2 * angle)) * strength
      let light = sways.reduce(0.0) { $0 + sin(2 * .pi * $1.0 * time + $1.1) } * motion / 1.22
      let grain = SIMD3(random.normal(), random.normal(), random.normal()) * noise
      var color = tone * (SIMD3(repeating: 1 + light) + shape * beat + grain)
      if quantum > 0 { color = (color / quantum).rounded(.toNearestOrEven) * quantum }
      times.append(time)
      colors.append(color)
    }
    return (times, colors)
  }
}
