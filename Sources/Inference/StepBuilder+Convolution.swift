import CKernels
import ModelFormats

extension StepBuilder {
  func convolution(_ fused: FusedNode, _ window: Window) throws(PlanError) -> any Step {
    let node = fused.node
    let shapes = (
      input: shape(node.inputs[0]), weights: shape(node.inputs[1]), output: shape(node.outputs[0])
    )
    return try matrix(fused, shapes: shapes, window)
  }

  /// A full convolution; also a matrix product, as a convolution of one row.
  func matrix(
    _ fused: FusedNode, shapes: (input: [Int], weights: [Int], output: [Int]), _ window: Window
  ) throws(PlanError) -> any Step {
    let (node, weights) = (fused.node, shapes.weights)
    try check(node, shapes, window)
    try require(weights[3] == shapes.input[3] && weights[0] == shapes.output[3], node, "weights \(weights)")
    let taps = weights[1] * weights[2]
    let packed = constants.allocate(vk_packed_count(weights[0], taps, weights[3]), cleared: false)
    let bias = try bias(node, count: weights[0])
    var description = try describe(fused, shapes, window)
    func job(_ source: PackingJob.Source) -> PackingJob {
      PackingJob(
        weights: source, bias: bias, outputs: weights[0], taps: taps, channels: weights[3], packed: packed)
    }
    if let stored = graph.stored[node.inputs[1]] {
      try require(stored.count == weights.reduce(1, *), node, "\(stored.count) weights for \(weights)")
      description.weights = constants.later(job(.stored(stored)))
    } else {
      let source = try pointer(try self.weights(node, 1), node)
      if window.isPointwise && vk_paired(weights[0], weights[3]) != 0 {
        description.paired = 1
        vk_pack_pairs(source, bias, weights[0], weights[3], packed)
        description.weights = UnsafePointer(packed)
      } else {
        description.weights = constants.later(job(.ordered(UnsafePointer(source))))
      }
    }
    merge(&description, window)
    return ConvolutionStep(
      description, input: try value(node, 0), output: try output(node), batch: shapes.input[0])
  }

  /// Few channels: a row of the kernel is taken as one tap, because its numbers lie side by side.
  private func merge(_ description: inout vk_convolution, _ window: Window) {
    let run = Int(description.channels) * window.kernel.width
    guard description.channels <= 16, window.kernel.width > 1, window.dilation.width == 1,
      run * window.kernel.height <= Int(VK_MAX_MERGED)
    else { return }
    description.merged = Int32(window.kernel.width)
    description.kernel_width = 1
    description.channels = Int32(run)
    description.zero = UnsafePointer(constants.allocate(run))
  }

  func depthwise(_ fused: FusedNode, _ window: Window) throws(PlanError) -> any Step {
    let node = fused.node
    let shapes = (
      input: shape(node.inputs[0]), weights: shape(node.inputs[1]), output: shape(node.outputs[0])
    )
    try check(node, shapes, window)
    let weights = shapes.weights
    try require(
      weights[0] == 1 && weights[3] == shapes.input[3] && weights[3] == shapes.output[3], node,
      "depthwise weights \(weights) for input \(shapes.input)")
    var description = try describe(fused, shapes, window)
    description.weights = UnsafePointer(try pointer(try value(node, 1), node))
    let padded = shapes.input[2] + window.padding.left + window.padding.right
    description.zero = UnsafePointer(constants.allocate(padded * weights[3]))
    description.bias = try bias(node, count: weights[3]) ?? UnsafePointer(constants.allocate(weights[3]))
    return DepthwiseStep(
      description, input: try value(node, 0), output: try output(node), batch: shapes.input[0])
  }

  private func check(
    _ node: GraphNode, _ shapes: (input: [Int], weights: [Int], output: [Int]), _ window: Window
  ) throws(PlanError) {
    try require(
      shapes.input.count == 4 && shapes.output.count == 4 && shapes.weights.count == 4
        && shapes.input[0] == shapes.output[0], node, "shapes \(shapes)")
    try require(
      shapes.weights[1] * shapes.weights[2] <= Int(VK_MAX_TAPS), node,
      "kernels above \(VK_MAX_TAPS) taps are not supported")
    try require(
      Self.fits(shapes.input, shapes.output, window), node,
      "output \(shapes.output) does not follow from input \(shapes.input)")
  }

  private func describe(
    _ fused: FusedNode, _ shapes: (input: [Int], weights: [Int], output: [Int]), _ window: Window
  ) throws(PlanError) -> vk_convolution {
    var description = vk_convolution()
    (description.in_height, description.in_width) = (Int32(shapes.input[1]), Int32(shapes.input[2]))
    (description.channels, description.pixel_stride) = (Int32(shapes.input[3]), Int32(shapes.input[3]))
    (description.out_height, description.out_width) = (Int32(shapes.output[1]), Int32(shapes.output[2]))
    description.out_channels = Int32(shapes.output[3])
    description.out_stride = Int32(joined.parts[fused.node.outputs[0]]?.stride ?? shapes.output[3])
    (description.kernel_height, description.kernel_width) = (
      Int32(window.kernel.height), Int32(window.kernel.width)
    )
    (description.stride_height, description.stride_width) = (
      Int32(window.stride.height), Int32(window.stride.width)
    )
    description.dilation_height = Int32(window.dilation.height)
    description.dilation_width = Int32(window.dilation.width)
    (description.pad_top, description.pad_left) = (Int32(window.padding.top), Int32(window.padding.left))
    description.merged = 1
    description.zero = UnsafePointer(constants.allocate(shapes.input[3]))
    try describeTail(fused, &description)
    return description
  }

  private func describeTail(_ fused: FusedNode, _ description: inout vk_convolution) throws(PlanError) {
    if let residual = fused.tail.residual {
      guard let place = addresses[residual] else {
        throw fault(fused.node, "the value to add is not computed")
      }
      description.residual = UnsafePointer(try pointer(place, fused.node))
      description.residual_channels = Int32(shape(residual).last ?? 0)
      description.residual_stride = description.residual_channels
    }
    for (tensor, part) in [
      (fused.tail.scale, \vk_convolution.scale), (fused.tail.shift, \vk_convolution.shift),
    ] {
      guard let tensor else { continue }
      guard let place = addresses[tensor] else { throw fault(fused.node, "factors are not float") }
      description[keyPath: part] = UnsafePointer(try pointer(place, fused.node))
    }
    if let slope = fused.tail.slope {
      guard let place = addresses[slope] else { throw fault(fused.node, "slopes are not float") }
      description.slope = UnsafePointer(try pointer(place, fused.node))
      description.activation = Int32(VK_THEN_SLOPE)
      return
    }
    switch fused.tail.activation {
    case .none: description.activation = Int32(VK_THEN_NOTHING)
    case .relu:
      (description.activation, description.low, description.high) = (Int32(VK_THEN_CLAMP), 0, .infinity)
    case .relu6: (description.activation, description.low, description.high) = (Int32(VK_THEN_CLAMP), 0, 6)
    case .hardSwish: description.activation = Int32(VK_THEN_HARD_SWISH)
    case .swish: description.activation = Int32(VK_THEN_SWISH)
    case .logistic: description.activation = Int32(VK_THEN_SIGMOID)
    case .gelu: description.activation = Int32(VK_THEN_GELU)
    }
  }

  private func bias(_ node: GraphNode, count: Int) throws(PlanError) -> UnsafePointer<Float>? {
    guard node.inputs.count > 2, node.inputs[2] >= 0 else { return nil }
    let bias = try weights(node, 2)
    try require(bias.count == count, node, "\(bias.count) biases for \(count) channels")
    return UnsafePointer(bias.baseAddress)
  }

  func pointer(_ place: UnsafeMutableBufferPointer<Float>, _ node: GraphNode) throws(PlanError)
    -> UnsafeMutablePointer<Float>
  {
    guard let base = place.baseAddress else { throw fault(node, "an empty value") }
    return base
  }
}
