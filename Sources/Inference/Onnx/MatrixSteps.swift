internal import CKernels
internal import ModelFormats

/// Matrices rows x columns turned to columns x rows, one after another: between NCHW and NHWC.
struct TurnOperation: PlannedOperation {
  let count: Int
  let rows: Int
  let columns: Int

  var name: String { "Transpose" }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let input = inputs[0], input.count == count * rows * columns, outputs[0].count == input.count else {
      throw PlanError(place: "transpose", problem: "\(count) x \(rows) x \(columns) elements do not fit")
    }
    return TurnStep(operation: self, input: input, output: outputs[0])
  }
}

/// Parts are blocks of columns: rows of the result.
private struct TurnStep: PartitionedStep {
  let operation: TurnOperation
  let input: Floats
  let output: Floats

  private static let block = 16
  private var blocks: Int { (operation.columns + Self.block - 1) / Self.block }
  var parts: Int { operation.count * blocks }
  var nanoseconds: Int { output.count / 10 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let (rows, columns) = (operation.rows, operation.columns)
    for index in range.lowerBound / blocks...(range.upperBound - 1) / blocks {
      let first = max(range.lowerBound - index * blocks, 0) * Self.block
      let last = min((range.upperBound - index * blocks) * Self.block, columns)
      let start = index * rows * columns
      vk_turn(from + start + first, rows, columns, last - first, to + start + first * rows)
    }
  }
}

/// Products of matrices that are both computed at run time: left [m, k] x right [k, n] for each pair of `starts`.
struct ProductOperation: PlannedOperation {
  let rows: Int
  let inner: Int
  let columns: Int
  /// Numbers of the left and right matrix for each result.
  let pairs: [(left: Int, right: Int)]

  var name: String { "MatMul" }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let left = inputs[0], let right = inputs[1], outputs[0].count == pairs.count * rows * columns,
      rows < 1 << 30, inner < 1 << 30, columns < 1 << 30
    else { throw PlanError(place: "MatMul", problem: "shapes do not fit") }
    return ProductStep(operation: self, left: left, right: right, output: outputs[0])
  }
}

/// Turns and packs the right matrix, then multiplies as a convolution of one row does. Parts are pairs of matrices.
private final class ProductStep: PartitionedStep {
  private let operation: ProductOperation
  private let left: Floats
  private let right: Floats
  private let output: Floats
  /// For each part the right matrix turned, and its packed panels; a row of zeros. Taken once, aligned as the kernels
  /// like it.
  private let turned: UnsafeMutablePointer<Float>
  private let packed: UnsafeMutablePointer<Float>
  private let zeros: UnsafeMutablePointer<Float>
  private let sizes: (turned: Int, packed: Int)
  let parts: Int
  let nanoseconds: Int

  init(operation: ProductOperation, left: Floats, right: Floats, output: Floats) {
    (self.operation, self.left, self.right, self.output) = (operation, left, right, output)
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      let raw = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
      let floats = raw.bindMemory(to: Float.self, capacity: count + 16)
      floats.initialize(repeating: 0, count: count + 16)
      return floats
    }
    // With many pairs one place is used again and again.
    parts = operation.pairs.count <= 16 ? max(operation.pairs.count, 1) : 1
    nanoseconds = operation.pairs.count * operation.rows * operation.inner * operation.columns / 80
    // Places of their own begin at a cache line of their own.
    sizes = (
      (operation.inner * operation.columns + 15) / 16 * 16,
      (vk_packed_count(operation.columns, 1, operation.inner) + 15) / 16 * 16
    )
    turned = take(parts * sizes.turned)
    packed = take(parts * sizes.packed)
    zeros = take(operation.inner)
  }

  deinit { for memory in [turned, packed, zeros] { memory.deallocate() } }

  func run(_ range: Range<Int>) {
    let (rows, inner, columns) = (operation.rows, operation.inner, operation.columns)
    guard let a = left.baseAddress, let b = right.baseAddress, let y = output.baseAddress else { return }
    var product = vk_convolution()
    product.zero = UnsafePointer(zeros)
    (product.in_height, product.in_width, product.channels) = (1, Int32(rows), Int32(inner))
    (product.pixel_stride, product.out_stride) = (Int32(inner), Int32(columns))
    (product.out_height, product.out_width, product.out_channels) = (1, Int32(rows), Int32(columns))
    (product.kernel_height, product.kernel_width) = (1, 1)
    (product.stride_height, product.stride_width) = (1, 1)
    (product.dilation_height, product.dilation_width) = (1, 1)
    for index in parts == 1 ? operation.pairs.indices : range {
      let (pair, place) = (operation.pairs[index], parts == 1 ? 0 : index)
      let (turned, packed) = (turned + place * sizes.turned, packed + place * sizes.packed)
      product.weights = UnsafePointer(packed)
      vk_turn(b + pair.right * inner * columns, inner, columns, columns, turned)
      vk_pack_weights(turned, nil, columns, 1, inner, packed)
      product.input = UnsafePointer(a + pair.left * rows * inner)
      product.output = y + index * rows * columns
      vk_convolve(&product, 0, Int32(rows))
    }
  }
}
