import Foundation
import IdentityCheck
import Imaging
import Observations
import Quantities

/// A simulated camera: exposure and white balance (held still, or automatic and slow), noise of light and of reading,
/// colour noise of compression, eight bits.
struct LightCamera {
  /// Whether exposure and white balance are held still once the pattern begins.
  let isLocked: Bool
  private let target: Float
  private let fullWell: Float
  private var exposure: Float = 0
  private var balance = SIMD3<Float>(repeating: 1)
  private var drift = [SIMD3<Float>](repeating: .zero, count: 3)
  private var random: SimulationGenerator

  /// Electrons of a full pixel in good light, and of reading it: a small sensor.
  private static let (wellSize, readNoise): (Float, Float) = (6000, 5)
  /// Light on the face, in lux, below which the camera has to amplify.
  private static let enoughLight: Float = 150
  /// Seconds in which automatic exposure and white balance come two thirds of the way.
  private static let (exposureSeconds, balanceSeconds) = (0.4, 2.0)

  init(locked: Bool, lux: Double, seed: UInt64) {
    isLocked = locked
    random = SimulationGenerator(seed: seed)
    target = Float.random(in: 0.10...0.28, using: &random)
    fullWell = Self.wellSize * min(1, Float(lux) / Self.enoughLight)
  }

  /// The picture of `light` (linear colour of each pixel of the scene). `holds`: the lock is on.
  mutating func picture(
    _ scene: LitScene, _ light: [SIMD3<Float>], holds: Bool, seconds: Double, stamp: FrameStamp
  ) -> Frame {
    adjust(light, holds: holds && isLocked, seconds: seconds)
    for index in drift.indices {
      drift[index] = drift[index] * 0.7 + SIMD3(normal(), normal(), normal()) * 0.003
    }
    return Frame(layout: .rgb24(scene.size), stamp: stamp) { bytes in
      for (pixel, light) in zip(scene.pixels, light) {
        let share = drift[pixel.part == .face ? 0 : pixel.part == .neck ? 1 : 2]
        for channel in 0..<3 {
          var value = light[channel] * exposure * balance[channel] * (1 + share[channel])
          let noise = (max(value, 0) / fullWell + Self.readNoise * Self.readNoise / (fullWell * fullWell))
            .squareRoot()
          value += normal() * noise
          bytes[pixel.offset + channel] = Self.code(value)
        }
      }
    }
  }

  private mutating func adjust(_ light: [SIMD3<Float>], holds: Bool, seconds: Double) {
    guard exposure > 0 else {
      settle(light, 1, 1)
      return
    }
    guard !holds else { return }
    settle(
      light, Float(1 - exp(-seconds / Self.exposureSeconds)), Float(1 - exp(-seconds / Self.balanceSeconds)))
  }

  /// Goes a share of the way to where exposure and white balance would like to be.
  private mutating func settle(_ light: [SIMD3<Float>], _ share: Float, _ colorShare: Float) {
    let mean = light.reduce(.zero, +) / Float(max(light.count, 1))
    let level = max((mean.x + 2 * mean.y + mean.z) / 4, 1e-6)
    let wanted = target / level
    exposure = exposure == 0 ? wanted : exposure * powf(wanted / exposure, share)
    // Grey world, and not all the way: cameras keep some of the room's colour.
    for channel in 0..<3 {
      let gain = powf(level / max(mean[channel], 1e-6), 0.7)
      balance[channel] *= powf(gain / balance[channel], colorShare)
    }
  }

  /// Nearly a normal distribution: the sum of four even ones.
  private mutating func normal() -> Float {
    let bits = random.next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (Float(sum) / 65535 - 2) * 1.732
  }

  private static func code(_ value: Float) -> UInt8 {
    codes[Int(min(max(value, 0), 1) * 4095)]
  }

  private static let codes: [UInt8] = (0..<4096).map { step in
    let c = Float(step) / 4095
    return UInt8((255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * powf(c, 1 / 2.4) - 0.055)).rounded())
  }
}
