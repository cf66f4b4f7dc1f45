import Foundation
import Imaging
import Testing

@Suite struct ToneMappingTests {
  private func map(_ transfer: ToneMap.Transfer, _ codes: [Double]) -> [[UInt8]] {
    let words = codes.flatMap { code in [UInt16](repeating: UInt16((code * 65535).rounded()), count: 3) }
    var out = [UInt8](repeating: 0, count: words.count)
    words.withUnsafeBufferPointer { source in
      out.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        ToneMap(transfer).map(from, count: codes.count, into: to)
      }
    }
    return stride(from: 0, to: out.count, by: 3).map { Array(out[$0..<$0 + 3]) }
  }

  private static let transfers: [ToneMap.Transfer] = [
    .hybridLogGamma, .perceptualQuantizer(peak: 1000), .perceptualQuantizer(peak: 4000),
    .perceptualQuantizer(peak: 203),
  ]

  @Test(arguments: transfers) func blackIsBlackAndThePeakIsWhite(transfer: ToneMap.Transfer) {
    let found = map(transfer, [0, 1])
    #expect(found[0].allSatisfy { $0 <= 1 })
    #expect(found[1].allSatisfy { $0 >= 253 })
  }

  @Test(arguments: transfers) func graysStayGrayAndNeverTurnBack(transfer: ToneMap.Transfer) {
    let found = map(transfer, (0...200).map { Double($0) / 200 })
    for gray in found { #expect(Int(gray.max() ?? 0) - Int(gray.min() ?? 0) <= 1) }
    for (one, next) in zip(found, found.dropFirst()) { #expect(next[1] >= one[1]) }
  }

  /// Light below the knee is shown as it is: PQ's code for 20 cd/m2 (0.3570 by the formula of ST 2084) gives
  /// 255 (20 / 203)^(1 / 2.4).
  @Test func shadowsStay() {
    let gray = map(.perceptualQuantizer(peak: 1000), [0.3570])[0][1]
    #expect(abs(Int(gray) - 97) <= 1, "\(gray)")
  }

  /// The tables against the same steps computed with formulas for each color, here written a second time.
  @Test(arguments: [1000.0, 4000.0]) func everyColorIsWithinALevelOfTheFormulas(peak: Double) {
    var generator = SplitMix(state: 7)
    for number in 0..<4000 {
      let isHLG = number.isMultiple(of: 2)
      // Codes of ten bits, as such pictures have; every fourth color is dark.
      let most = number.isMultiple(of: 4) ? 200 : 1023
      let codes = (0..<3).map { _ in Double(Int.random(in: 0...most, using: &generator)) / 1023 }
      let wanted = Formulas.shown(codes, peak: isHLG ? nil : peak)
      let found = colors(isHLG ? .hybridLogGamma : .perceptualQuantizer(peak: peak), codes)
      for (one, other) in zip(found, wanted) {
        #expect(abs(Double(one) - other) <= 1.01, "\(codes) \(isHLG): \(found) for \(wanted)")
      }
    }
  }

  private func colors(_ transfer: ToneMap.Transfer, _ codes: [Double]) -> [UInt8] {
    let words = codes.map { UInt16(($0 * 65535).rounded()) }
    var out = [UInt8](repeating: 0, count: 3)
    Self.made(transfer).map(words, count: 1, into: &out)
    return out
  }

  private static let hlg = ToneMap(.hybridLogGamma)
  private static let pq1000 = ToneMap(.perceptualQuantizer(peak: 1000))
  private static let pq4000 = ToneMap(.perceptualQuantizer(peak: 4000))

  private static func made(_ transfer: ToneMap.Transfer) -> ToneMap {
    switch transfer {
    case .hybridLogGamma: hlg
    case .perceptualQuantizer(let peak): peak == 1000 ? pq1000 : pq4000
    }
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// BT.2100-2, BT.2390-10, BT.2087-0 and BT.1886 for one color, without tables.
private enum Formulas {
  /// R, G, B in 0...255 of codes in 0...1; `peak` in cd/m2 for PQ, nil for HLG.
  static func shown(_ codes: [Double], peak: Double?) -> [Double] {
    var light: [Double]
    if let peak {
      light = codes.map { min(eotf($0), peak) }
    } else {
      let scene = codes.map {
        $0 <= 0.5 ? $0 * $0 / 3 : (exp(($0 - 0.55991073) / 0.17883277) + 0.28466892) / 12
      }
      let luminance = 0.2627 * scene[0] + 0.678 * scene[1] + 0.0593 * scene[2]
      light = scene.map { 1000 * pow(luminance, 0.2) * $0 }
    }
    let largest = light.max() ?? 0
    guard largest > 0 else { return [0, 0, 0] }
    let factor = rolled(largest, from: peak ?? 1000) / largest / 203
    light = light.map { $0 * factor }
    let narrow = [
      1.6605 * light[0] - 0.5876 * light[1] - 0.0728 * light[2],
      -0.1246 * light[0] + 1.1329 * light[1] - 0.0083 * light[2],
      -0.0182 * light[0] - 0.1006 * light[1] + 1.1187 * light[2],
    ]
    return narrow.map { 255 * pow(min(max($0, 0), 1), 1 / 2.4) }
  }

  private static func eotf(_ code: Double) -> Double {
    let root = pow(code, 1 / 78.84375)
    return 10_000 * pow(max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125)
  }

  private static func inverse(_ light: Double) -> Double {
    let power = pow(light / 10_000, 0.1593017578125)
    return pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375)
  }

  private static func rolled(_ light: Double, from peak: Double) -> Double {
    let most = inverse(203) / inverse(peak)
    let knee = 1.5 * most - 0.5
    let level = inverse(light) / inverse(peak)
    guard level > knee else { return light }
    let t = (level - knee) / (1 - knee)
    let spline =
      (2 * pow(t, 3) - 3 * pow(t, 2) + 1) * knee + (pow(t, 3) - 2 * pow(t, 2) + t) * (1 - knee)
      + (-2 * pow(t, 3) + 3 * pow(t, 2)) * most
    return eotf(spline * inverse(peak))
  }
}
