internal import CKernels
internal import ModelFormats

/// A GRU or LSTM with the usual functions and constant weights: Y, Y_h and Y_c as ONNX defines them (layout 0).
///
/// The input's products of all frames are one matrix product; each frame then needs one product with the state.
/// Cost: `frames * gates * hidden * (width + hidden)` multiply-adds for each direction.
struct RecurrentOperation: PlannedOperation {
  /// One direction's weights: [gates * hidden][width], [gates * hidden][hidden], and both biases.
  struct Direction: Sendable {
    let backward: Bool
    let input: [Float]
    let state: [Float]
    let inputBias: [Float]
    let stateBias: [Float]
  }

  /// GRU 3 (z, r, h), LSTM 4 (i, o, f, c).
  let gates: Int
  let frames: Int
  let batch: Int
  let width: Int
  let hidden: Int
  /// GRU only: the reset gate acts on the product with the state, not on the state before it.
  let resetsProduct: Bool
  let directions: [Direction]

  var name: String { gates == 3 ? "GRU" : "LSTM" }

  /// Inputs: x, and the first hidden and cell state where given. Outputs: every one of Y, Y_h, Y_c in order.
  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    let state = directions.count * batch * hidden
    guard let x = inputs[0], x.count == frames * batch * width, outputs.count == gates - 1,
      outputs[0].count == frames * state, outputs.dropFirst().allSatisfy({ $0.count == state }),
      inputs.dropFirst().allSatisfy({ $0.map { $0.count == state } ?? true })
    else { throw PlanError(place: name, problem: "inputs or outputs do not fit") }
    return RecurrentStep(operation: self, inputs: inputs, outputs: outputs)
  }
}

/// Rows times packed weights: a convolution of one row.
private struct PackedProduct {
  private var product = vk_convolution()
  private let outputs: Int
  private let inputs: Int

  init(_ weights: ArraySlice<Float>, _ bias: ArraySlice<Float>, outputs: Int, inputs: Int, _ memory: Scratch)
  {
    (self.outputs, self.inputs) = (outputs, inputs)
    let packed = memory.take(vk_packed_count(outputs, 1, inputs))
    Array(weights).withUnsafeBufferPointer { weights in
      Array(bias).withUnsafeBufferPointer { bias in
        guard let weights = weights.baseAddress else { return }
        vk_pack_weights(weights, bias.baseAddress, outputs, 1, inputs, packed)
      }
    }
    (product.weights, product.zero) = (UnsafePointer(packed), UnsafePointer(memory.take(inputs)))
    (product.in_height, product.out_height, product.merged) = (1, 1, 1)
    (product.channels, product.pixel_stride) = (Int32(inputs), Int32(inputs))
    (product.out_channels, product.out_stride) = (Int32(outputs), Int32(outputs))
    (product.kernel_height, product.kernel_width) = (1, 1)
    (product.stride_height, product.stride_width) = (1, 1)
    (product.dilation_height, product.dilation_width) = (1, 1)
  }

  /// to [rows, outputs] = from [rows, inputs] x weights + bias.
  func run(_ from: UnsafePointer<Float>, rows: Int, to: UnsafeMutablePointer<Float>) {
    var product = product
    (product.in_width, product.out_width) = (Int32(rows), Int32(rows))
    (product.input, product.output) = (from, to)
    vk_convolve(&product, 0, Int32(rows))
  }
}

/// Memory of a step, zeroed, freed with it.
private final class Scratch {
  private var owned: [UnsafeMutablePointer<Float>] = []

  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
    let floats = raw.bindMemory(to: Float.self, capacity: count + 16)
    floats.initialize(repeating: 0, count: count + 16)
    owned.append(floats)
    return floats
  }

  deinit { for memory in owned { memory.deallocate() } }
}

private struct RecurrentStep: Step {
  private let operation: RecurrentOperation
  private let inputs: [Floats?]
  private let outputs: [Floats]
  private let memory = Scratch()
  /// For each direction: the input's product, the state's, and that of a GRU's candidate with the damped state.
  private let products: [(input: PackedProduct, state: PackedProduct, candidate: PackedProduct?)]
  private let fromInput: UnsafeMutablePointer<Float>
  private let fromState: UnsafeMutablePointer<Float>
  private let hidden: UnsafeMutablePointer<Float>
  private let cell: UnsafeMutablePointer<Float>
  private let spare: UnsafeMutablePointer<Float>

  init(operation: RecurrentOperation, inputs: [Floats?], outputs: [Floats]) {
    (self.operation, self.inputs, self.outputs) = (operation, inputs, outputs)
    let (units, rows, memory) = (operation.hidden, operation.gates * operation.hidden, memory)
    // The reset gate on the state itself: only the first two gates come from the undamped state.
    let early = operation.gates == 3 && !operation.resetsProduct ? 2 * units : rows
    products = operation.directions.map { one in
      let input = PackedProduct(
        one.input[...], one.inputBias[...], outputs: rows, inputs: operation.width, memory)
      let state = PackedProduct(
        one.state[..<(early * units)], one.stateBias[..<early], outputs: early, inputs: units, memory)
      let late =
        early == rows
        ? nil
        : PackedProduct(
          one.state[(early * units)...], one.stateBias[early...], outputs: units, inputs: units, memory)
      return (input, state, late)
    }
    fromInput = memory.take(operation.frames * operation.batch * rows)
    fromState = memory.take(operation.batch * rows)
    hidden = memory.take(operation.batch * units)
    cell = memory.take(operation.batch * units)
    spare = memory.take(2 * operation.batch * units)
  }

  func run() {
    guard let x = inputs[0]?.baseAddress, let y = outputs[0].baseAddress else { return }
    let (batch, units) = (operation.batch, operation.hidden)
    let state = batch * units
    for (number, direction) in operation.directions.enumerated() {
      products[number].input.run(UnsafePointer(x), rows: operation.frames * batch, to: fromInput)
      load(1, number, hidden)
      if operation.gates == 4 { load(2, number, cell) }
      for frame in 0..<operation.frames {
        let t = direction.backward ? operation.frames - 1 - frame : frame
        products[number].state.run(UnsafePointer(hidden), rows: batch, to: fromState)
        for row in 0..<batch { advance(number, t * batch + row, row) }
        (y + (t * operation.directions.count + number) * state).update(from: hidden, count: state)
      }
      (outputs[1].baseAddress.map { $0 + number * state })?.update(from: hidden, count: state)
      if operation.gates == 4 {
        (outputs[2].baseAddress.map { $0 + number * state })?.update(from: cell, count: state)
      }
    }
  }

  /// The first state of a direction: an input, or zeros.
  private func load(_ input: Int, _ direction: Int, _ to: UnsafeMutablePointer<Float>) {
    let count = operation.batch * operation.hidden
    if input < inputs.count, let given = inputs[input]?.baseAddress {
      to.update(from: given + direction * count, count: count)
    } else {
      to.update(repeating: 0, count: count)
    }
  }

  private func advance(_ direction: Int, _ frame: Int, _ row: Int) {
    let (units, gates) = (operation.hidden, operation.gates * operation.hidden)
    let (a, h) = (fromInput + frame * gates, hidden + row * units)
    if operation.gates == 4 { return vk_lstm_step(a, fromState + row * gates, units, h, cell + row * units) }
    guard let late = products[direction].candidate else {
      return vk_gru_step(a, fromState + row * gates, units, h)
    }
    let b = fromState + row * 2 * units
    // Update gate, then reset gate.
    for i in 0..<2 * units { a[i] += b[i] }
    vk_unary(Int32(VK_LOGISTIC), a, a, 2 * units)
    let candidate = a + 2 * units
    for i in 0..<units { spare[i] = a[units + i] * h[i] }
    late.run(UnsafePointer(spare), rows: 1, to: spare + units)
    for i in 0..<units { candidate[i] += spare[units + i] }
    vk_unary(Int32(VK_TANH), candidate, candidate, units)
    for i in 0..<units { h[i] = (1 - a[i]) * candidate[i] + a[i] * h[i] }
  }
}
