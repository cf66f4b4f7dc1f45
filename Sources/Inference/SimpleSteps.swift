import CKernels
import Foundation
import ModelFormats

typealias Floats = UnsafeMutableBufferPointer<Float>

/// Elements cut into equal blocks, the last one shorter.
struct Blocks {
  let count: Int
  let size: Int

  /// Blocks of about 4,096 elements, each a whole number of runs of `run`.
  init(_ count: Int, run: Int = 1) {
    self.count = count
    size = max(1, 4096 / max(run, 1)) * max(run, 1)
  }

  var parts: Int { max(1, (count + size - 1) / size) }

  /// The elements of some blocks.
  func elements(_ range: Range<Int>) -> Range<Int> {
    min(range.lowerBound * size, count)..<min(range.upperBound * size, count)
  }
}

struct UnaryStep: PartitionedStep {
  let function: Int32
  let input: Floats
  let output: Floats

  var parts: Int { Blocks(output.count).parts }
  var nanoseconds: Int { output.count / 4 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let elements = Blocks(output.count).elements(range)
    vk_unary(function, from + elements.lowerBound, to + elements.lowerBound, elements.count)
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
struct SoftmaxStep: PartitionedStep {
  let input: Floats
  let output: Floats
  let width: Int

  var parts: Int { Blocks(input.count, run: width).parts }
  var nanoseconds: Int { input.count / 2 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let elements = Blocks(input.count, run: width).elements(range)
    vk_softmax(from + elements.lowerBound, elements.count / width, width, to + elements.lowerBound)
  }
}

/// Each column times a factor, plus a term, between two limits.
struct AffineStep: PartitionedStep {
  let input: Floats
  let factor: Floats
  let term: Floats
  let output: Floats
  let width: Int
  let low: Float
  let high: Float

  var parts: Int { Blocks(output.count, run: width).parts }
  var nanoseconds: Int { output.count / 10 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let factor = factor.baseAddress, let term = term.baseAddress,
      let to = output.baseAddress
    else { return }
    let elements = Blocks(output.count, run: width).elements(range)
    let first = elements.lowerBound
    vk_affine(from + first, elements.count / width, width, factor, term, low, high, to + first)
  }
}

/// Each run of `width` numbers to mean 0 and variance 1, then scaled and shifted.
struct LayerNormalizationStep: PartitionedStep {
  let input: Floats
  let output: Floats
  let width: Int
  let gamma: UnsafePointer<Float>?
  let beta: UnsafePointer<Float>?
  let epsilon: Float

  var parts: Int { input.count / width }
  var nanoseconds: Int { input.count / 4 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let first = range.lowerBound * width
    vk_layer_norm(from + first, range.count, width, gamma, beta, epsilon, to + first)
  }
}

/// Copies between layouts; what no move covers stays zero. Pad, slice, transpose and concatenation are this.
///
/// Parts are equal shares of every copy's outermost axis.
struct MoveStep: PartitionedStep {
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

    /// Copies some of `parts` equal shares of the outermost axis.
    func run(
      _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ range: Range<Int>, of parts: Int
    ) {
      let outer = shape.first ?? 1
      let (first, last) = (outer * range.lowerBound / parts, outer * range.upperBound / parts)
      guard first < last else { return }
      withUnsafeTemporaryAllocation(of: Int.self, capacity: max(shape.count, 1)) { sizes in
        _ = sizes.initialize(from: shape)
        if !shape.isEmpty { sizes[0] = last - first }
        guard let sizes = sizes.baseAddress else { return }
        vk_move(
          from + sourceOrigin + first * (source.first ?? 0), to + targetOrigin + first * (target.first ?? 0),
          Int32(shape.count), sizes, source, target)
      }
    }
  }

  let sources: [Floats]
  let moves: [Move]
  let output: Floats
  let clears: Bool

  /// What clears would clear what another part has copied.
  var parts: Int { clears ? 1 : 64 }
  var nanoseconds: Int { output.count / 12 }

  func run(_ range: Range<Int>) {
    guard let to = output.baseAddress else { return }
    if clears { to.update(repeating: 0, count: output.count) }
    for (source, move) in zip(sources, moves) {
      guard let from = source.baseAddress else { continue }
      move.run(from, to, range, of: parts)
    }
  }
}

/// A function of two values, broadcast by precomputed places: for each run, `count` numbers from a, b to output.
struct BinaryStep: PartitionedStep {
  let function: Int32
  let a: Floats
  let b: Floats
  let output: Floats
  let steps: (a: Int, b: Int)
  let places: [(a: Int, b: Int)]
  let count: Int
  let clamp: (low: Float, high: Float)?

  private var blocks: Blocks { Blocks(output.count, run: places.count > 1 ? count : 1) }
  var parts: Int { blocks.parts }
  var nanoseconds: Int { output.count / 10 + 5 * places.count }

  func run(_ range: Range<Int>) {
    guard let a = a.baseAddress, let b = b.baseAddress, let to = output.baseAddress else { return }
    let elements = blocks.elements(range)
    let first = elements.lowerBound
    if places.count > 1 {
      for number in first / count..<elements.upperBound / count {
        let place = places[number]
        vk_binary(function, a + place.a, steps.a, b + place.b, steps.b, to + number * count, count)
      }
    } else {
      vk_binary(
        function, a + first * steps.a, steps.a, b + first * steps.b, steps.b, to + first, elements.count)
    }
    if let clamp {
      vk_unary(
        clamp.high == 6 ? Int32(VK_RELU6) : Int32(VK_RELU), to + first, to + first, elements.count)
    }
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
