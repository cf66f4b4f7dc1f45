import Foundation
import Inference
import ModelFormats
import Testing

/// Products of two matrices that are both computed at run time, whoever multiplies them.
@Suite struct ProductTests {
  /// Shapes of both sides of the table, and such as nobody measured.
  static let shapes = [
    (64, 32, 64), (64, 64, 32), (97, 64, 97), (8, 8, 8), (1, 128, 512), (256, 256, 256), (5, 3, 7), (1, 1, 1),
    (33, 17, 2),
  ]

  private func network(_ rows: Int, _ inner: Int, _ columns: Int, heads: Int) -> TestNetwork {
    var network = TestNetwork(seed: 3)
    network.input("a", [heads, rows, inner])
    network.input("b", [heads, inner, columns])
    network.node("MatMul", ["a", "b"], ["y"])
    network.output("y")
    return network
  }

  private func run(_ bytes: Data, threads: Int, _ values: [[Float]]) throws -> [Float] {
    var options = Network.Options()
    options.threads = threads
    let network = try Network(bytes: ModelBytes(copying: [UInt8](bytes)), file: "product", options: options)
    for (index, numbers) in values.enumerated() {
      network.withInput(index) { place in for i in place.indices { place[i] = numbers[i] } }
    }
    try network.run()
    return network.withOutput(0) { Array($0) }
  }

  @Test(arguments: shapes) func agreeWithPlainSumsOnAnyThreads(rows: Int, inner: Int, columns: Int) throws {
    let heads = 3
    let bytes = try network(rows, inner, columns, heads: heads).bytes()
    var random = SeededNumbers(state: UInt64(rows * 1000 + inner * 10 + columns))
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }
    let (a, b) = (numbers(heads * rows * inner), numbers(heads * inner * columns))
    let once = try run(bytes, threads: 1, [a, b])
    for threads in 2...3 {
      #expect(try run(bytes, threads: threads, [a, b]).map(\.bitPattern) == once.map(\.bitPattern))
    }
    for head in 0..<heads {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for i in 0..<inner {
            sum +=
              Double(a[(head * rows + row) * inner + i]) * Double(b[(head * inner + i) * columns + column])
          }
          let got = Double(once[(head * rows + row) * columns + column])
          #expect(abs(got - sum) < 1e-6 * Double(inner) + 1e-6)
        }
      }
    }
  }

  /// The table decides by the nearest shape of the same instruction set.
  @Test func theTableDecides() {
    func way(_ rows: Int, _ inner: Int, _ outputs: Int, _ set: String) -> ProductWay {
      .planned(ProductSizes(rows: rows, inner: inner, outputs: outputs), set: set)
    }
    #expect(way(64, 32, 64, "avx512") == .library)
    #expect(way(60, 33, 70, "avx512") == .library)
    #expect(way(256, 256, 256, "avx512") == .own)
    #expect(way(64, 32, 64, "baseline") == .own)
    #expect(way(64, 32, 64, "nobody's") == .own)
    #expect(way(0, 0, 0, "avx2") == .own)
  }

  /// OpenBLAS is a package that the program needs; its kernels fit ours, and it starts no threads of its own.
  @Test func theLibraryIsThere() throws {
    let core = try #require(MatrixLibrary.core)
    // What stood in the environment before stays; else it is there now as the program chose it.
    guard let wanted = getenv("OPENBLAS_CORETYPE").map({ String(cString: $0) }) else { return }
    #expect(core.lowercased() == wanted.lowercased())
  }
}
