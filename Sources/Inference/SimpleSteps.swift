import CKernels
import Foundation
import ModelFormats

typealias Floats = UnsafeMutableBufferPointer<Float>

struct UnaryStep: Step {
  let function: Int32
  let input: Floats
  let output: Floats

  func run() {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    vk_unary(function, from, to, output.count)
  }
}

struct PReluStep: Step {
  let input: Floats
  let slope: Floats
  let output: Floats
  let channels: Int

  func run() {
    guard let from = input.baseAddress, let slope = slope.baseAddress, let to = output.baseAddress else {
      return
    }
    vk_prelu(from, slope, to, output.count / channels, channels)
  }
}

/// Pooling. Parts are rows of the output.
struct PoolStep: PartitionedStep {
  private let pool: vk_pool
  private let input: Floats
  private let output: Floats
  private let batch: Int
  let parts: Int
  let nanoseconds: Int

  init(pool: vk_pool, input: Floats, output: Floats, batch: Int) {
    (self.pool, self.input, self.output, self.batch) = (pool, input, output, batch)
    parts = batch * Int(pool.out_height)
    nanoseconds = output.count * Int(pool.kernel_height * pool.kernel_width) / 20
  }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let rows = parts / batch
    for index in range.lowerBound / rows...(range.upperBound - 1) / rows {
      var pool = pool
      vk_pool_run(
        &pool, from + index * (input.count / batch), to + index * (output.count / batch),
        Int32(max(range.lowerBound - index * rows, 0)), Int32(min(range.upperBound - index * rows, rows)))
    }
  }
}

struct ResizeStep: Step {
  let input: Floats
  let output: Floats
  let from: (height: Int32, width: Int32)
  let to: (height: Int32, width: Int32)
  let channels: Int32
  let align: Int32
  let half: Int32

  func run() {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    vk_resize_bilinear(source, from.height, from.width, target, to.height, to.width, channels, align, half)
  }
}

/// Sum or mean over the middle one of three axes.
struct ReductionStep: Step {
  let input: Floats
  let output: Floats
  let outer: Int
  let length: Int
  let inner: Int
  let mean: Bool

  func run() {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    for group in 0..<outer {
      let source = from + group * length * inner
      let target = to + group * inner
      if inner == 1 {
        var sum: Float = 0
        for index in 0..<length { sum += source[index] }
        target[0] = sum
      } else {
        target.update(from: source, count: inner)
        for index in 1..<max(length, 1) {
          vk_binary(Int32(VK_ADD), target, 1, source + index * inner, 1, target, inner)
        }
      }
    }
    guard mean else { return }
    var factor = 1 / Float(length)
    vk_binary(Int32(VK_MULTIPLY), to, 1, &factor, 0, to, output.count)
  }
}

/// exp(x - max) / sum over runs of `width` numbers.
struct SoftmaxStep: Step {
  let input: Floats
  let output: Floats
  let width: Int

  func run() {
    for start in stride(from: 0, to: input.count, by: width) {
      var largest = -Float.infinity
      for index in start..<start + width { largest = max(largest, input[index]) }
      var sum: Float = 0
      for index in start..<start + width {
        output[index] = exp(input[index] - largest)
        sum += output[index]
      }
      for index in start..<start + width { output[index] /= sum }
    }
  }
}

/// Copies runs of numbers; what no run covers stays zero. Pad, slice, transpose and concatenation are this.
struct CopyStep: Step {
  struct Run {
    var source: Int
    var target: Int
    var count: Int
  }

  let sources: [Floats]
  let runs: [[Run]]
  let output: Floats
  let clears: Bool

  func run() {
    guard let to = output.baseAddress else { return }
    if clears { to.update(repeating: 0, count: output.count) }
    for (number, source) in sources.enumerated() {
      guard let from = source.baseAddress else { continue }
      for run in runs[number] {
        if run.count == 1 {
          to[run.target] = from[run.source]
        } else {
          memcpy(to + run.target, from + run.source, run.count * 4)
        }
      }
    }
  }
}

/// A function of two values, broadcast by precomputed places: for each run, `count` numbers from a, b to output.
struct BinaryStep: Step {
  let function: Int32
  let a: Floats
  let b: Floats
  let output: Floats
  let steps: (a: Int, b: Int)
  let places: [(a: Int, b: Int)]
  let count: Int
  let clamp: (low: Float, high: Float)?

  func run() {
    guard let a = a.baseAddress, let b = b.baseAddress, let to = output.baseAddress else { return }
    for (number, place) in places.enumerated() {
      vk_binary(function, a + place.a, steps.a, b + place.b, steps.b, to + number * count, count)
    }
    if let clamp { vk_unary(clamp.high == 6 ? Int32(VK_RELU6) : Int32(VK_RELU), to, to, output.count) }
  }
}

extension UnaryFunction {
  var kernel: Int32 {
    switch self {
    case .relu: Int32(VK_RELU)
    case .relu6: Int32(VK_RELU6)
    case .logistic: Int32(VK_LOGISTIC)
    case .tanh: Int32(VK_TANH)
    case .sqrt: Int32(VK_SQRT)
    case .reciprocalSqrt: Int32(VK_RSQRT)
    case .negative: Int32(VK_NEGATIVE)
    case .exponential: Int32(VK_EXP)
    case .absolute: Int32(VK_ABS)
    case .square: Int32(VK_SQUARE)
    case .hardSwish: Int32(VK_HARD_SWISH)
    }
  }
}

extension BinaryFunction {
  var kernel: Int32 {
    switch self {
    case .add: Int32(VK_ADD)
    case .subtract: Int32(VK_SUBTRACT)
    case .multiply: Int32(VK_MULTIPLY)
    case .divide: Int32(VK_DIVIDE)
    case .squaredDifference: Int32(VK_SQUARED_DIFFERENCE)
    case .minimum: Int32(VK_MINIMUM)
    case .maximum: Int32(VK_MAXIMUM)
    }
  }
}
