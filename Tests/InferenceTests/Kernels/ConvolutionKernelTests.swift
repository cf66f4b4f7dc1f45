import Inference
import ModelFormats
import Testing

/// Convolutions, with all that can be fused into them, against their reference twins on odd shapes.
@Suite struct ConvolutionKernelTests {
  /// Sizes of one random case.
  struct Case {
    var (batch, height, width, channels, outputs) = (1, 1, 1, 1, 1)
    var (kernel, stride, dilation) = ((1, 1), (1, 1), (1, 1))
    var padding = (top: 0, bottom: 0, left: 0, right: 0)

    init(_ random: inout SeededNumbers, depthwise: Bool) {
      func pick(_ values: [Int]) -> Int { values.randomElement(using: &random) ?? 1 }
      batch = pick([1, 1, 1, 2])
      channels = pick([1, 2, 3, 4, 7, 8, 13, 16, 17, 24, 31, 33, 48])
      outputs = depthwise ? channels : pick([1, 3, 8, 15, 16, 17, 31, 32, 33, 40, 64, 65, 100])
      kernel = (pick([1, 2, 3, 3, 5, 7]), pick([1, 2, 3, 3, 5, 7]))
      if depthwise, Bool.random(using: &random) { kernel.1 = kernel.0 }
      stride = (pick([1, 1, 2, 3]), pick([1, 1, 2, 3]))
      if Bool.random(using: &random) { stride.1 = stride.0 }
      dilation = (pick([1, 1, 1, 2]), pick([1, 1, 1, 3]))
      let span = ((kernel.0 - 1) * dilation.0 + 1, (kernel.1 - 1) * dilation.1 + 1)
      padding = (
        Int.random(in: 0..<span.0, using: &random), Int.random(in: 0..<span.0, using: &random),
        Int.random(in: 0..<span.1, using: &random), Int.random(in: 0..<span.1, using: &random)
      )
      height = max(span.0 - padding.top - padding.bottom, 1) + pick([0, 1, 4, 9])
      width = max(span.1 - padding.left - padding.right, 1) + pick([0, 1, 5, 14, 29])
    }

    var window: Window { Window(kernel: kernel, stride: stride, dilation: dilation, padding: padding) }
    var input: [Int] { [batch, height, width, channels] }
    var output: [Int] {
      let span = ((kernel.0 - 1) * dilation.0 + 1, (kernel.1 - 1) * dilation.1 + 1)
      return [
        batch, (height + padding.top + padding.bottom - span.0) / stride.0 + 1,
        (width + padding.left + padding.right - span.1) / stride.1 + 1, outputs,
      ]
    }
    func attributes(group: Int) -> [String: AttributeValue] {
      [
        "strides": .integers([stride.0, stride.1]), "dilations": .integers([dilation.0, dilation.1]),
        "pads": .integers([padding.top, padding.left, padding.bottom, padding.right]),
        "group": .integer(group),
      ]
    }
  }

  /// What the fused tail does, in plain words.
  struct Tail {
    var residual: [Float]?
    var slope: [Float]?
    var clamp = false
    var scale: [Float]?
    var shift: [Float]?

    func apply(_ values: [Float], channels: Int) -> [Float] {
      values.indices.map { index in
        var value = values[index] + (residual?[index] ?? 0)
        if let slope { value = value > 0 ? value : value * slope[index % channels] }
        if clamp { value = min(max(value, 0), 6) }
        return value * (scale?[index % channels] ?? 1) + (shift?[index % channels] ?? 0)
      }
    }
  }

  /// Adds a random tail behind `value`; the residual is a second input.
  private func addTail(_ graph: inout SmallGraph, _ value: Int, _ inputs: inout [[Float]]) -> (Int, Tail) {
    let shape = graph.shape(value)
    let (channels, count) = (shape[3], shape.reduce(1, *))
    var (tail, result) = (Tail(), value)
    if Bool.random(using: &graph.random) {
      let values = graph.numbers(count)
      inputs.append(values)
      tail.residual = values
      let residual = graph.input(shape)
      result = graph.node(.binary(.add, .none), [result, residual], shape)
    }
    switch Int.random(in: 0..<3, using: &graph.random) {
    case 0:
      let values = graph.numbers(channels)
      tail.slope = values
      let slope = graph.constant([1, 1, channels], values)
      result = graph.node(.parametricRelu, [result, slope], shape)
    case 1:
      tail.clamp = true
      result = graph.node(.unary(.relu6), [result], shape)
    default: break
    }
    if Bool.random(using: &graph.random) {
      let (scales, shifts) = (graph.numbers(channels), graph.numbers(channels))
      (tail.scale, tail.shift) = (scales, shifts)
      let scale = graph.constant([channels], scales)
      result = graph.node(.binary(.multiply, .none), [result, scale], shape)
      let shift = graph.constant([channels], shifts)
      result = graph.node(.binary(.add, .none), [result, shift], shape)
    }
    return (result, tail)
  }

  private func check(seed: UInt64, depthwise: Bool, change: (inout Case) -> Void = { _ in }) throws {
    var graph = SmallGraph(seed: seed)
    var sizes = Case(&graph.random, depthwise: depthwise)
    change(&sizes)
    let taps = sizes.kernel.0 * sizes.kernel.1
    let inputChannels = depthwise ? 1 : sizes.channels
    let weights = graph.numbers(sizes.outputs * taps * inputChannels)
    let bias = graph.numbers(sizes.outputs)
    let picture = graph.numbers(sizes.input.reduce(1, *))
    var inputs = [picture]
    let input = graph.input(sizes.input)
    let kernel = [sizes.kernel.0, sizes.kernel.1]
    let weightShape = depthwise ? [1] + kernel + [sizes.outputs] : [sizes.outputs] + kernel + [inputChannels]
    let (w, b) = (graph.constant(weightShape, weights), graph.constant([sizes.outputs], bias))
    let operation: Operation =
      depthwise ? .depthwise(sizes.window, .none) : .convolution(sizes.window, .none)
    let sum = graph.node(operation, [input, w, b], sizes.output)
    let (output, tail) = addTail(&graph, sum, &inputs)
    let filters = try Tensor(weightShape, weights).transposed(depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2])
    let plain = try reference(
      "Conv", [(sizes.input, picture)], others: [filters, Tensor([sizes.outputs], bias)],
      sizes.attributes(group: depthwise ? sizes.channels : 1))
    let expected = tail.apply(plain, channels: sizes.outputs)
    let alone = try graph.run(inputs, outputs: [output], threads: 1)[0]
    let worst = difference(alone, expected)
    #expect(worst < 1e-5, "seed \(seed): \(sizes), difference \(worst)")
    let shared = try graph.run(inputs, outputs: [output], threads: 2)[0]
    #expect(shared == alone, "seed \(seed): \(sizes), two threads give other numbers than one")
  }

  @Test func fullConvolutionEqualsItsReference() throws {
    for seed in 0..<250 as Range<UInt64> { try check(seed: seed, depthwise: false) }
  }

  @Test func depthwiseConvolutionEqualsItsReference() throws {
    for seed in 1000..<1250 as Range<UInt64> { try check(seed: seed, depthwise: true) }
  }

  /// Which pixels share a tile depends on who was free when; the sums do not. Pictures large enough to be shared.
  @Test(arguments: [8, 12, 16, 17, 33]) func threadsChangeNoBit(outputs: Int) throws {
    for seed in 4000..<4012 as Range<UInt64> {
      try check(seed: seed, depthwise: false) { sizes in
        (sizes.batch, sizes.outputs) = (1, outputs)
        (sizes.height, sizes.width) = (sizes.height + 20, sizes.width + 20)
      }
    }
  }

  @Test func pointwiseToFewChannelsEqualsItsReference() throws {
    for outputs in 1...9 {
      for (channels, width) in [(2, 1), (4, 13), (6, 5), (7, 12), (8, 12), (16, 40), (18, 11), (64, 25)] {
        try check(seed: UInt64(outputs * 100 + width), depthwise: false) {
          ($0.kernel, $0.stride, $0.dilation, $0.padding) = ((1, 1), (1, 1), (1, 1), (0, 0, 0, 0))
          ($0.height, $0.width, $0.channels, $0.outputs) = (2, width, channels, outputs)
        }
      }
    }
  }

  @Test func depthwiseOfHalfARegisterEqualsItsReference() throws {
    for (seed, width) in [10, 12, 14, 24, 26, 40, 128].enumerated() {
      try check(seed: UInt64(seed), depthwise: true) {
        ($0.kernel, $0.stride, $0.dilation, $0.padding) = ((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))
        ($0.height, $0.width, $0.channels, $0.outputs) = (5, width, 8, 8)
      }
    }
  }

  @Test func residualWithFewerChannelsIsReadWithoutItsPadding() throws {
    var graph = SmallGraph(seed: 5)
    let (small, picture) = (graph.numbers(6 * 6 * 5), graph.numbers(6 * 6 * 3))
    let (residual, input) = (graph.input([1, 6, 6, 5]), graph.input([1, 6, 6, 3]))
    let weights = graph.numbers(20 * 3)
    let w = graph.constant([20, 1, 1, 3], weights)
    let sum = graph.node(
      .convolution(Window(kernel: (1, 1), stride: (1, 1)), .none), [input, w], [1, 6, 6, 20])
    let wide = graph.node(.pad([(0, 0), (0, 0), (0, 0), (0, 15)]), [residual], [1, 6, 6, 20])
    let output = graph.node(.binary(.add, .none), [sum, wide], [1, 6, 6, 20])
    let found = try graph.run([small, picture], outputs: [output])[0]
    let expected = (0..<36 * 20).map { index -> Float in
      let (pixel, channel) = (index / 20, index % 20)
      let product = (0..<3).reduce(Float(0)) { $0 + picture[pixel * 3 + $1] * weights[channel * 3 + $1] }
      return product + (channel < 5 ? small[pixel * 5 + channel] : 0)
    }
    #expect(difference(found, expected) < 1e-6)
  }

  @Test func nanStaysVisible() throws {
    var graph = SmallGraph(seed: 9)
    let input = graph.input([1, 1, 1, 4])
    let w = graph.constant([8, 1, 1, 4], graph.numbers(32))
    let output = graph.node(
      .convolution(Window(kernel: (1, 1), stride: (1, 1)), .relu6), [input, w], [1, 1, 1, 8])
    #expect(try graph.run([[1, .nan, 1, 1]], outputs: [output])[0].allSatisfy { $0.isNaN })
  }

  @Test func weightsThatDoNotFitAreRefused() {
    var graph = SmallGraph(seed: 1)
    let input = graph.input([1, 4, 4, 3])
    let w = graph.constant([8, 1, 1, 5], graph.numbers(40))
    let output = graph.node(
      .convolution(Window(kernel: (1, 1), stride: (1, 1)), .none), [input, w], [1, 4, 4, 8])
    #expect(throws: NetworkError.self) { try graph.run([], outputs: [output]) }
  }

  /// Found by fuzzing: weights were packed from fewer numbers than their shape says.
  @Test func widenedWeightsOfAnotherCountAreRefused() {
    var graph = SmallGraph(seed: 1)
    let input = graph.input([1, 4, 4, 3])
    let few = graph.constant([4, 1, 1, 3], graph.numbers(12))
    let w = graph.node(.dequantize, [few], [64, 1, 1, 3])
    let output = graph.node(
      .convolution(Window(kernel: (1, 1), stride: (1, 1)), .none), [input, w], [1, 4, 4, 64])
    #expect(throws: NetworkError.self) { try graph.run([], outputs: [output]) }
  }

  @Test func computedWeightsAreRefused() {
    var graph = SmallGraph(seed: 1)
    let (input, source) = (graph.input([1, 4, 4, 3]), graph.input([8, 1, 1, 3]))
    let w = graph.node(.unary(.relu), [source], [8, 1, 1, 3])
    let output = graph.node(
      .convolution(Window(kernel: (1, 1), stride: (1, 1)), .none), [input, w], [1, 4, 4, 8])
    #expect(throws: NetworkError.self) { try graph.run([], outputs: [output]) }
  }
}
