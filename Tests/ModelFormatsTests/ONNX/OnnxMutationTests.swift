import Foundation
import ModelFormats
import Testing
import VigilTesting

@Suite struct OnnxMutationTests {
  /// Whatever happens to the bytes, reading ends with a model or an `OnnxError`.
  @Test func flippedBytesNeverTrap() throws {
    let whole = [UInt8](try OnnxFile.addRelu().bytes())
    var random = SeededNumbers(20_261_121)
    var (read, refused) = (0, 0)
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        _ = try OnnxReader(Data(bytes), file: "mutated.onnx").model()
        read += 1
      } catch {
        #expect(!error.place.isEmpty && !error.reason.isEmpty)
        refused += 1
      }
    }
    // Both ends are reached: flips in weights are read, flips in structure are refused.
    #expect(read > 100)
    #expect(refused > 1000)
  }
}
