internal import ModelFormats

extension ReferenceOperators {
  static let convolutions: [String: Implementation] = [
    "Conv": { call in
      let (x, w) = (try call.input(0), try call.input(1))
      guard x.type.isFloat, x.type == w.type else {
        throw OperatorFault.type("Conv of \(x.type) with \(w.type)")
      }
      let sums = try convolution(call, x, w)
      let values = try biased(sums.values, call.optional(2), channels: w.shape[0], shape: sums.shape)
      return [Tensor(shape: sums.shape, elements: x.type.elements(values))]
    },
    "ConvTranspose": transposedConvolution,
  ]

  /// Adds one number for each channel (axis 1).
  private static func biased(
    _ values: [Double], _ bias: Tensor?, channels: Int, shape: [Int]
  ) throws(OperatorFault) -> [Double] {
    guard let bias else { return values }
    guard bias.shape == [channels] else { throw .shape("bias is \(bias.shape), expected [\(channels)]") }
    let (numbers, inner) = (bias.doubles, shape[2...].reduce(1, *))
    return values.enumerated().map { $1 + numbers[$0 / max(inner, 1) % channels] }
  }

  /// x [N, C, spatial…] with w [M, C / group, kernel…]: sums in `Double`, no bias.
  static func convolution(
    _ call: OperatorCall, _ x: Tensor, _ w: Tensor
  ) throws(OperatorFault) -> (shape: [Int], values: [Double]) {
    let group = call.integer("group") ?? 1
    guard x.rank >= 3, w.rank == x.rank, (1...max(w.shape[0], 1)).contains(group),
      x.shape[1] == w.shape[1] * group, w.shape[0] % group == 0
    else {
      throw .shape("input \(x.shape), weights \(w.shape), \(group) groups")
    }
    let kernel = Array(w.shape[2...])
    if let named = call.integers("kernel_shape"), named != kernel {
      throw .attribute("kernel_shape \(named), weights \(w.shape)")
    }
    let geometry = try WindowGeometry(call, input: Array(x.shape[2...]), kernel: kernel)
    let shape = [x.shape[0], w.shape[0]] + geometry.output
    try LoadBudget.spend(try TensorShape.count(shape), w.shape[1], kernel.reduce(1, *))
    let (data, weights, taps) = (x.doubles, w.doubles, try geometry.taps())
    let (area, kernelArea) = (geometry.input.reduce(1, *), kernel.reduce(1, *))
    let (channels, perGroup) = (w.shape[1], w.shape[0] / group)
    var result: [Double] = []
    result.reserveCapacity(shape.reduce(1, *))
    for n in 0..<x.shape[0] {
      for m in 0..<w.shape[0] {
        for places in taps {
          var sum = 0.0
          for c in 0..<channels {
            let plane = (n * x.shape[1] + m / perGroup * channels + c) * area
            let row = (m * channels + c) * kernelArea
            for (tap, source) in places { sum += data[plane + source] * weights[row + tap] }
          }
          result.append(sum)
        }
      }
    }
    return (shape, result)
  }

  /// The transpose of a convolution: x [N, C, spatial…], w [C, M / group, kernel…].
  private static func transposedConvolution(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, w) = (try call.input(0), try call.input(1))
    let group = call.integer("group") ?? 1
    guard x.type.isFloat, x.type == w.type, x.rank >= 3, w.rank == x.rank, x.shape[1] == w.shape[0],
      (1...max(w.shape[0], 1)).contains(group), w.shape[0] % group == 0
    else { throw .shape("input \(x.shape), weights \(w.shape), \(group) groups") }
    let layout = try TransposedLayout(call, input: Array(x.shape[2...]), kernel: Array(w.shape[2...]))
    let channels = w.shape[1] * group
    let shape = [x.shape[0], channels] + layout.output
    var sums = [Double](repeating: 0, count: try TensorShape.count(shape))
    try LoadBudget.spend(x.count, w.shape[1], layout.kernel.reduce(1, *))
    let (data, weights, links) = (x.doubles, w.doubles, try layout.links())
    let (area, outArea, kernelArea) = (
      layout.input.reduce(1, *), layout.output.reduce(1, *), layout.kernel.reduce(1, *)
    )
    let perGroup = w.shape[0] / group
    for n in 0..<x.shape[0] {
      for c in 0..<x.shape[1] {
        for m in 0..<w.shape[1] {
          let plane = (n * channels + c / perGroup * w.shape[1] + m) * outArea
          let (own, row) = ((n * x.shape[1] + c) * area, (c * w.shape[1] + m) * kernelArea)
          for link in links { sums[plane + link.target] += data[own + link.source] * weights[row + link.tap] }
        }
      }
    }
    let values = try biased(sums, call.optional(2), channels: channels, shape: shape)
    return [Tensor(shape: shape, elements: x.type.elements(values))]
  }
}

/// Where each input element of a transposed convolution lands.
struct TransposedLayout {
  let input: [Int]
  let kernel: [Int]
  let output: [Int]
  private let strides: [Int]
  private let dilations: [Int]
  private let before: [Int]

  init(_ call: OperatorCall, input: [Int], kernel: [Int]) throws(OperatorFault) {
    let axes = input.count
    let ones = [Int](repeating: 1, count: axes)
    let (strides, dilations) = (call.integers("strides") ?? ones, call.integers("dilations") ?? ones)
    let extra = call.integers("output_padding") ?? ones.map { _ in 0 }
    let pads = call.integers("pads") ?? [Int](repeating: 0, count: 2 * axes)
    let mode = try call.choice("auto_pad", ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"])
    let wanted = call.integers("output_shape")?.suffix(axes)
    guard kernel.allSatisfy({ $0 > 0 }), strides.count == axes, dilations.count == axes, extra.count == axes,
      pads.count == 2 * axes, (strides + dilations).allSatisfy({ $0 > 0 }),
      (pads + extra).allSatisfy({ $0 >= 0 }),
      wanted == nil || wanted?.count == axes,
      call.integers("kernel_shape").map({ $0 == kernel }) ?? true
    else {
      throw .attribute("strides \(strides), dilations \(dilations), pads \(pads), output_padding \(extra)")
    }
    var (before, output) = ([Int](), [Int]())
    for axis in 0..<axes {
      let full = strides[axis] * (input[axis] - 1) + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
      var (first, size) = (pads[axis], full - pads[axis] - pads[axis + axes])
      if mode == "VALID" { (first, size) = (0, full) }
      if wanted != nil || mode.hasPrefix("SAME") {
        size = wanted.map { $0[$0.startIndex + axis] } ?? input[axis] * strides[axis]
        let total = max(0, full - size)
        first = mode == "SAME_UPPER" ? total / 2 : total - total / 2
      }
      guard size >= 0 else { throw .shape("output of \(size) on axis \(axis)") }
      before.append(first)
      output.append(size)
    }
    self.input = input
    self.kernel = kernel
    self.output = output
    self.strides = strides
    self.dilations = dilations
    self.before = before
  }

  func links() throws(OperatorFault) -> [(source: Int, tap: Int, target: Int)] {
    try LoadBudget.spend(10, input.reduce(1, *), kernel.reduce(1, *))
    let window = WindowGeometry.positions(kernel)
    return WindowGeometry.positions(input).enumerated().flatMap { source, place in
      window.enumerated().compactMap { tap, position in
        var target = 0
        for axis in input.indices {
          let at = place[axis] * strides[axis] + position[axis] * dilations[axis] - before[axis]
          guard at >= 0, at < output[axis] else { return nil }
          target = target * output[axis] + at
        }
        return (source, tap, target)
      }
    }
  }
}
