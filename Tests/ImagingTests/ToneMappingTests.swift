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
}
