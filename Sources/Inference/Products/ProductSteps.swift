internal import CKernels
internal import ModelFormats

/// Products of matrices that are both computed at run time: left [m, k] x right [k, n] for each pair of `starts`.
struct ProductOperation: PlannedOperation {
  let rows: Int
  let inner: Int
  let columns: Int
  /// Numbers of the left and right matrix for each result.
  let pairs: [(left: Int, right: Int)]

  var name: String { "MatMul" }
  /// About 80 multiply-adds a nanosecond.
  fileprivate var nanoseconds: Int { pairs.count * rows * inner * columns / 80 }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let left = inputs[0], let right = inputs[1], outputs[0].count == pairs.count * rows * columns,
      rows < 1 << 30, inner < 1 << 30, columns < 1 << 30
    else { throw PlanError(place: "MatMul", problem: "shapes do not fit") }
    let sizes = ProductSizes(rows: rows, inner: inner, outputs: columns)
    switch ProductWay.planned(sizes, set: InstructionSet.name) {
    case .library:
      guard let library = MatrixLibrary.functions else { break }
      return LibraryProductStep(
        operation: self, library: library, left: left, right: right, output: outputs[0])
    case .own: break
    }
    return OwnProductStep(operation: self, left: left, right: right, output: outputs[0])
  }
}

/// Leaves each product to OpenBLAS. Parts are pairs of matrices, one call each, so that bits do not depend on threads.
private struct LibraryProductStep: PartitionedStep {
  let operation: ProductOperation
  let library: MatrixLibrary.Functions
  let left: Floats
  let right: Floats
  let output: Floats

  var parts: Int { max(operation.pairs.count, 1) }
  var nanoseconds: Int { operation.nanoseconds }

  func run(_ range: Range<Int>) {
    let (rows, inner, columns) = (operation.rows, operation.inner, operation.columns)
    guard let a = left.baseAddress, let b = right.baseAddress, let y = output.baseAddress else { return }
    for index in range.clamped(to: operation.pairs.indices) {
      let pair = operation.pairs[index]
      library.product(
        rows: rows, inner: inner, columns: columns, a + pair.left * rows * inner,
        b + pair.right * inner * columns,
        y + index * rows * columns)
    }
  }
}

/// Packs the right matrix, then multiplies as a convolution of one row does. Parts are pairs of matrices.
private final class OwnProductStep: PartitionedStep {
  private let operation: ProductOperation
  private let left: Floats
  private let right: Floats
  private let output: Floats
  /// For each part the packed panels of the right matrix; a row of zeros. Taken once, aligned as the kernels like it.
  private let packed: UnsafeMutablePointer<Float>
  private let zeros: UnsafeMutablePointer<Float>
  private let size: Int
  let parts: Int
  var nanoseconds: Int { operation.nanoseconds }

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
    // Places of their own begin at a cache line of their own.
    size = (vk_packed_count(operation.columns, 1, operation.inner) + 15) / 16 * 16
    packed = take(parts * size)
    zeros = take(operation.inner)
  }

  deinit { for memory in [packed, zeros] { memory.deallocate() } }

  func run(_ range: Range<Int>) {
    let (rows, inner, columns) = (operation.rows, operation.inner, operation.columns)
    guard let a = left.baseAddress, let b = right.baseAddress, let y = output.baseAddress else { return }
    var product = vk_convolution()
    product.zero = UnsafePointer(zeros)
    (product.in_height, product.in_width, product.channels) = (1, Int32(rows), Int32(inner))
    (product.pixel_stride, product.out_stride) = (Int32(inner), Int32(columns))
    (product.out_height, product.out_width, product.out_channels) = (1, Int32(rows), Int32(columns))
    (product.kernel_height, product.kernel_width, product.merged) = (1, 1, 1)
    (product.stride_height, product.stride_width) = (1, 1)
    (product.dilation_height, product.dilation_width) = (1, 1)
    for index in parts == 1 ? operation.pairs.indices : range {
      let pair = operation.pairs[index]
      let packed = packed + (parts == 1 ? 0 : index) * size
      var weights = vk_stored_weights(
        numbers: b + pair.right * inner * columns, bias: nil, factors: nil, outputs: columns, taps: 1,
        channels: inner, channels_first: 1)
      vk_pack_stored(&weights, 0, vk_panels(columns), packed)
      product.weights = UnsafePointer(packed)
      product.input = UnsafePointer(a + pair.left * rows * inner)
      product.output = y + index * rows * columns
      vk_convolve(&product, 0, Int32(rows))
    }
  }
}
