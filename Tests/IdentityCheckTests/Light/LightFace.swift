import Calibration
import Foundation
import IdentityCheck
import Quantities

/// The shipped limits of the light challenge.
let lightLimits: LightLimits = {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<4 { root.deleteLastPathComponent() }
  do { return try LightLimits(path: root.appendingPathComponent("Calibration/light.json").path) } catch {
    preconditionFailure("\(error)")
  }
}()

/// A face in numbers before the screen: what each region sends back, without a picture.
struct LightFace {
  /// Seconds from showing to the frame's stamp.
  var delay = 0.05
  /// Light of the white screen against the rest.
  var share = 0.4
  /// How much of a head's shape the answer has.
  var relief = 1.0
  /// The background's answer against the face's.
  var background = 0.15
  /// Colour of the other light.
  var room = SIMD3(1.2, 1, 0.8)
  /// Size of the noise in each mean colour.
  var noise = 0.002
  /// The face answers to this in place of what was shown.
  var other: LightSequence?

  private static func weights(_ region: LightRegion) -> SIMD3<Double>? {
    switch region {
    case .forehead: SIMD3(0.40, 0.30, 0.30)
    case .chin: SIMD3(0.27, 0.365, 0.365)
    case .leftCheek: SIMD3(0.33, 0.42, 0.25)
    case .rightCheek: SIMD3(0.33, 0.25, 0.42)
    case .leftNose: SIMD3(0.33, 0.44, 0.23)
    case .rightNose: SIMD3(0.33, 0.23, 0.44)
    default: nil
    }
  }

  func sample(_ zones: LightZones, at now: MonotonicInstant, _ random: inout some RandomNumberGenerator)
    -> LightSample
  {
    let colors = LightRegion.allCases.map { region -> SIMD3<Double> in
      let isBehind = region == .leftBackground || region == .rightBackground
      let even = SIMD3(1.0, 1, 1) / 3
      let weights = Self.weights(region).map { even + ($0 - even) * relief } ?? even
      var color = SIMD3<Double>.zero
      for channel in 0..<3 {
        let values = [zones.top, zones.left, zones.right].map { [$0.red, $0.green, $0.blue][channel] }
        let light = values[0] * weights.x + values[1] * weights.y + values[2] * weights.z
        let level = room[channel] + share * (isBehind ? background : 1) * light
        color[channel] = 0.2 * level * (1 + Double.random(in: -1...1, using: &random) * noise * 1.7)
      }
      return color
    }
    return LightSample(at: now, colors: colors, weights: LightRegion.allCases.map(Self.weights))
  }

  /// The challenge of `seed` from beginning to end at 30 frames a second.
  func play(seed: UInt64 = 1, seenFrames: (Int) -> Bool = { _ in true }) -> LightResult? {
    var generator = ChaChaGenerator(seed: seed)
    let sequence = LightSequence(using: &generator)
    let start = MonotonicInstant(seconds: 10)
    var challenge = LightChallenge(sequence, lightLimits, at: start)
    var shown: [(Double, LightZones)] = []
    for frame in 0..<300 where challenge.result == nil {
      let time = Double(frame) / 30
      challenge.observe(nil, at: start + .nanoseconds(Int64(time * 1e9)))
      let zones = challenge.screen.zones
      if shown.last?.1 != zones {
        shown.append((time, zones))
        challenge.shown(zones, at: start + .nanoseconds(Int64(time * 1e9)))
      }
      let now = MonotonicInstant(seconds: 10 + time)
      let moment = time - delay
      let light =
        other?.zones(at: moment - LightChallenge.lead) ?? shown.last { $0.0 <= moment }?.1 ?? .rest
      challenge.observe(seenFrames(frame) ? sample(light, at: now, &generator) : nil, at: now)
    }
    return challenge.result
  }
}
