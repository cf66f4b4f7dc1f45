internal import Foundation
internal import ModelFormats

extension StoredWeights {
  func withNumbers(_ body: (UnsafeRawPointer?) -> Void) {
    switch numbers {
    case .bytes(let data): data.withUnsafeBytes { body($0.baseAddress) }
    case .floats(let floats): floats.withUnsafeBytes { body($0.baseAddress) }
    }
  }

  /// How many numbers there are.
  var count: Int {
    switch numbers {
    case .bytes(let data): data.count / MemoryLayout<Float>.size
    case .floats(let floats): floats.count
    }
  }
}

extension StoredWeights.Numbers {
  /// A copy of the numbers.
  var array: [Float] {
    switch self {
    case .floats(let floats): floats
    case .bytes(let data):
      [Float](unsafeUninitializedCapacity: data.count / MemoryLayout<Float>.size) { numbers, count in
        count = numbers.count
        data.withUnsafeBytes { UnsafeMutableRawBufferPointer(numbers).copyMemory(from: $0) }
      }
    }
  }

  /// The rows `range` of `count` equal ones.
  func part(_ range: Range<Int>, of count: Int) -> Self {
    switch self {
    case .floats(let floats):
      let run = floats.count / max(count, 1)
      return .floats(Array(floats[range.lowerBound * run..<range.upperBound * run]))
    case .bytes(let data):
      let run = data.count / max(count, 1)
      return .bytes(data[data.startIndex + range.lowerBound * run..<data.startIndex + range.upperBound * run])
    }
  }
}
