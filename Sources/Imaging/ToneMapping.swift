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
/// Tables stand for the steps 2 to 4. They are indexed by the first bits of a light level's own floating-point number:
/// 256 steps in each doubling over 24 doublings, so that a step is 0.4 % of the light everywhere and no root is taken.
/// Every result is within one 8-bit level of the formulas. Cost: see `docs/measurements/capture.md`.
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
  /// Codes are looked up by their first 14 bits. The matrix of step 3 subtracts, so that an error of the light counts
  /// several times in the channel that becomes dark: 12 bits would be up to three levels off there.
  private static let codes = 1 << 14

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
    let given = (0..<Self.codes).map { (Double($0) + 0.5) / Double(Self.codes) }
    switch transfer {
    case .perceptualQuantizer:
      light = given.map { Float(min(Self.pqLight($0), peak) / peak) }
      system = []
    case .hybridLogGamma:
      light = given.map { Float(Self.hlgScene($0)) }
      system = Levels.all.map { Float(pow($0, 0.2)) }
    }
    gain = Levels.starts.map { Float(Self.rolledOff($0 * peak, peak: peak) / ($0 * Self.white)) }
    code = Levels.all.map { UInt8((255 * pow($0, 1 / 2.4)).rounded()) }
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
                light[Int(source[place] >> 2)], light[Int(source[place &+ 1] >> 2)],
                light[Int(source[place &+ 2] >> 2)])
              if !system.isEmpty {
                let luminance = 0.2627 * color.x + 0.678 * color.y + 0.0593 * color.z
                color *= system[Levels.index(luminance)]
              }
              let (step, part) = Levels.place(max(color.x, color.y, color.z))
              color *= gain[step] + part * (gain[step &+ 1] - gain[step])
              if isWide { color = Self.narrowed(color) }
              target[place] = code[Levels.index(color.x)]
              target[place &+ 1] = code[Levels.index(color.y)]
              target[place &+ 2] = code[Levels.index(color.z)]
            }
          }
        }
      }
    }
  }

  /// The light levels that the tables know: parts of the peak from 2^-24 to 1, spaced by their own size.
  private enum Levels {
    private static let doublings: UInt32 = 24
    private static let bits: UInt32 = 8
    /// A `Float` has 23 bits behind the point and 127 for the exponent of 1.
    private static let shift = 23 - bits
    private static let least = Float(sign: .plus, exponent: -Int(doublings), significand: 1)
    private static let first = (127 - doublings) << bits

    /// The middle of each step; the last stands for 1.
    static let all: [Double] = (0...(doublings << bits)).map { step in
      let lower = Float(bitPattern: (first + step) << shift)
      let upper = Float(bitPattern: (first + step + 1) << shift)
      return min(Double(lower + upper) / 2, 1)
    }

    /// The lower ends of the steps and the end of the last, for tables between whose entries is interpolated. The gain is:
    /// it falls as the light rises, and in steps their product would fall at each.
    static let starts: [Double] = (0...((doublings << bits) + 1)).map { step in
      min(Double(Float(bitPattern: (first + step) << shift)), 1)
    }

    /// The step that holds `level`, and how far in it the level lies, in 0..<1.
    @inline(__always) static func place(_ level: Float) -> (step: Int, part: Float) {
      let known = level > least ? (level < 1 ? level : 1) : least
      let inside = Int32(truncatingIfNeeded: known.bitPattern & ((1 << shift) &- 1))
      return (
        Int(truncatingIfNeeded: (known.bitPattern &>> shift) &- first),
        Float(inside) * (1 / Float(1 << shift))
      )
    }

    /// The step that holds `level`; levels outside, and what is no number, count as the nearest or the least.
    @inline(__always) static func index(_ level: Float) -> Int {
      let known = level > least ? (level < 1 ? level : 1) : least
      return Int(truncatingIfNeeded: (known.bitPattern &>> shift) &- first)
    }
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
