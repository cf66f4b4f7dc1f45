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
    let factor: Float = mean ? 1 / Float(length) : 1
    if inner == 1 { return vk_sum_rows(from, outer, length, factor, to) }
    for group in 0..<outer {
      vk_sum_columns(from + group * length * inner, length, inner, factor, to + group * inner)
    }
  }
}

/// exp(x - max) / sum over runs of `width` numbers.
struct SoftmaxStep: Step {
  let input: Floats
  let output: Floats
  let width: Int

  func run() {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    vk_softmax(from, input.count / width, width, to)
  }
}

/// Each run of `width` numbers to mean 0 and variance 1, then scaled and shifted.
struct LayerNormalizationStep: Step {
  let input: Floats
  let output: Floats
  let width: Int
  let gamma: UnsafePointer<Float>?
  let beta: UnsafePointer<Float>?
  let epsilon: Float

  func run() {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    vk_layer_norm(from, input.count / width, width, gamma, beta, epsilon, to)
  }
}

/// Copies between layouts; what no move covers stays zero. Pad, slice, transpose and concatenation are this.
struct MoveStep: Step {
  /// One strided copy, its axes merged as far as they lie alike on both sides.
  struct Move {
    var shape: [Int]
    var source: [Int]
    var target: [Int]
    let sourceOrigin: Int
    let targetOrigin: Int

    init(shape: [Int], source: [Int], target: [Int], sourceOrigin: Int = 0, targetOrigin: Int = 0) {
      (self.shape, self.source, self.target) = ([], [], [])
      (self.sourceOrigin, self.targetOrigin) = (sourceOrigin, targetOrigin)
      for axis in shape.indices where shape[axis] != 1 {
        if let last = self.shape.indices.last, self.source[last] == shape[axis] * source[axis],
          self.target[last] == shape[axis] * target[axis]
        {
          self.shape[last] *= shape[axis]
          (self.source[last], self.target[last]) = (source[axis], target[axis])
        } else {
          self.shape.append(shape[axis])
          self.source.append(source[axis])
          self.target.append(target[axis])
        }
      }
    }
  }

  let sources: [Floats]
  let moves: [Move]
  let output: Floats
  let clears: Bool

  func run() {
    guard let to = output.baseAddress else { return }
    if clears { to.update(repeating: 0, count: output.count) }
    for (source, move) in zip(sources, moves) {
      guard let from = source.baseAddress else { continue }
      vk_move(
        from + move.sourceOrigin, to + move.targetOrigin, Int32(move.shape.count), move.shape, move.source,
        move.target)
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
