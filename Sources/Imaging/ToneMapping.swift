import Foundation

/// Shows pictures of high dynamic range as a standard screen would: 16-bit R'G'B' in, 8-bit R'G'B' out.
///
/// 1. Code values to light on a display: for PQ its EOTF (BT.2100-2, table 4), for HLG the inverse OETF and the
///    OOTF of a 1000 cd/m2 display, system gamma 1.2 (BT.2100-2, table 5).
/// 2. The electrical-electrical transfer function of BT.2390-10, 5.4.1, on the largest of R, G, B, from the picture's
///    peak to 203 cd/m2, which is reference white (BT.2408-6, table 1): shadows stay, lights roll off, hue stays.
/// 3. BT.2020 primaries to BT.709's (inverse of BT.2087-0, 4), clipped.
/// 4. The inverse of BT.1886's EOTF with a black of 0: (L / 203)^(1 / 2.4).
///
/// Tables hold 4096 entries; the error against the formulas is below one 8-bit level. Cost: see
/// `docs/measurements/capture.md`.
public struct ToneMap: Sendable {
  /// What the code values stand for.
  public enum Transfer: Sendable, Hashable {
    /// SMPTE ST 2084; the peak of the picture in cd/m2.
    case perceptualQuantizer(peak: Double)
    /// Hybrid log-gamma, on its nominal display of 1000 cd/m2.
    case hybridLogGamma
  }

  /// White of the standard screen, in cd/m2 (BT.2408).
  public static let white = 203.0
  private static let steps = 4095

  /// The transfer function and whether the primaries are BT.2020's.
  public let transfer: Transfer
  private let isWide: Bool
  private let light: [Float]
  private let system: [Float]
  private let gain: [Float]
  private let code: [UInt8]

  /// Tables for one kind of picture. `hasWidePrimaries`: R, G, B are BT.2020's, else BT.709's.
  public init(_ transfer: Transfer, hasWidePrimaries: Bool = true) {
    self.transfer = transfer
    isWide = hasWidePrimaries
    let peak = Self.peak(transfer)
    let all = (0...Self.steps).map { Double($0) / Double(Self.steps) }
    switch transfer {
    case .perceptualQuantizer:
      light = all.map { Float(min(Self.pqLight($0), peak) / peak) }
      system = []
    case .hybridLogGamma:
      light = all.map { Float(Self.hlgScene($0)) }
      // Indexed by the square root of the scene's luminance.
      system = all.map { Float(pow($0 * $0, 0.2)) }
    }
    gain = all.map { root in
      let level = max(root * root, 1e-7)
      return Float(Self.rolledOff(level * peak, peak: peak) / (level * Self.white))
    }
    code = all.map { UInt8((255 * pow($0 * $0, 1 / 2.4)).rounded()) }
  }

  private static func peak(_ transfer: Transfer) -> Double {
    if case .perceptualQuantizer(let peak) = transfer { min(max(peak, white), 10_000) } else { 1000 }
  }

  /// Maps `count` pixels of three 16-bit values to three bytes each.
  public func map(_ source: UnsafePointer<UInt16>, count: Int, into target: UnsafeMutablePointer<UInt8>) {
    light.withUnsafeBufferPointer { light in
      gain.withUnsafeBufferPointer { gain in
        code.withUnsafeBufferPointer { code in
          system.withUnsafeBufferPointer { system in
            for pixel in 0..<count {
              let place = 3 &* pixel
              var color = SIMD3<Float>(
                light[Int(source[place] >> 4)], light[Int(source[place &+ 1] >> 4)],
                light[Int(source[place &+ 2] >> 4)])
              if !system.isEmpty {
                let luminance = 0.2627 * color.x + 0.678 * color.y + 0.0593 * color.z
                color *= system[Self.index(luminance)]
              }
              color *= gain[Self.index(max(color.x, color.y, color.z))]
              if isWide { color = Self.narrowed(color) }
              target[place] = code[Self.index(color.x)]
              target[place &+ 1] = code[Self.index(color.y)]
              target[place &+ 2] = code[Self.index(color.z)]
            }
          }
        }
      }
    }
  }

  /// A table's entry for a part of the peak: tables are spaced by the square root, fine in the dark.
  @inline(__always) private static func index(_ level: Float) -> Int {
    Int((min(max(level, 0), 1).squareRoot() * Float(steps) + 0.5))
  }

  /// BT.2020 to BT.709 in linear light.
  @inline(__always) private static func narrowed(_ wide: SIMD3<Float>) -> SIMD3<Float> {
    let red = 1.6605 * wide.x - 0.5876 * wide.y - 0.0728 * wide.z
    let green = -0.1246 * wide.x + 1.1329 * wide.y - 0.0083 * wide.z
    let blue = -0.0182 * wide.x - 0.1006 * wide.y + 1.1187 * wide.z
    return SIMD3(red, green, blue)
  }

  // MARK: Formulas

  /// PQ's EOTF: code 0...1 to cd/m2.
  static func pqLight(_ code: Double) -> Double {
    let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
    let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
    let root = pow(code, 1 / m2)
    return 10_000 * pow(max(root - c1, 0) / (c2 - c3 * root), 1 / m1)
  }

  /// PQ's inverse EOTF: cd/m2 to code 0...1.
  static func pqCode(_ light: Double) -> Double {
    let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
    let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
    let power = pow(light / 10_000, m1)
    return pow((c1 + c2 * power) / (1 + c3 * power), m2)
  }

  /// HLG's inverse OETF: code 0...1 to scene light 0...1.
  static func hlgScene(_ code: Double) -> Double {
    let a = 0.17883277
    let (b, c) = (1 - 4 * a, 0.5 - a * log(4 * a))
    return code <= 0.5 ? code * code / 3 : (exp((code - c) / a) + b) / 12
  }

  /// BT.2390's roll-off from `peak` to ``white``, in cd/m2, black 0.
  static func rolledOff(_ light: Double, peak: Double) -> Double {
    let top = pqCode(peak)
    let most = pqCode(white) / top
    let knee = 1.5 * most - 0.5
    let level = pqCode(light) / top
    guard level > knee, knee < 1 else { return light }
    let t = (level - knee) / (1 - knee)
    let (t2, t3) = (t * t, t * t * t)
    let bent =
      (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * most
    return pqLight(bent * top)
  }
}
