internal import ModelFormats

extension OnnxLowering {
  /// Operators that move elements, and reductions.
  mutating func lowerMovement(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard let input = node.inputs.first, let output = node.outputs.first, isFloat(input), isFloat(output)
    else {
      return false
    }
    switch node.kind {
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
      define(output, plain: emit(.reshape, [try plain(input)], output, shape(output)))
      return true
    case "Transpose": return try transposition(node, input, output)
    case "Concat": return try concatenation(node, output)
    case "Slice": return try slice(node, input, output)
    case "Split": return try split(node, input)
    case "Pad": return try pad(node, input, output)
    case "Resize", "Upsample": return try resize(node, input, output)
    case "ReduceMean", "ReduceSum": return try reduction(node, input, output)
    case "DepthToSpace", "SpaceToDepth": return try blocks(node, input, output)
    case "Gather": return try gather(node, input, output)
    default: return false
    }
  }

  private mutating func transposition(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError)
    -> Bool
  {
    let sizes = shape(input)
    let order = call(node).integers("perm") ?? Array(sizes.indices.reversed())
    // With channels last, axis a of the file's order is axis position[a] of the stored one.
    let stored = hasChannelsLast(input)
    let position = stored ? [0, 3, 1, 2] : Array(sizes.indices)
    let tensor = stored ? try channelsLast(input) : try plain(input)
    let permutation = order.map { position[$0] }
    define(output, plain: permuted(tensor, permutation, output, shape(output)))
    return true
  }

  /// A transposition, as a mere change of shape or a turned matrix where it is one.
  private mutating func permuted(_ tensor: Int, _ permutation: [Int], _ name: String, _ result: [Int]) -> Int
  {
    let sizes = tensors[tensor].shape
    let moving = permutation.filter { sizes[$0] > 1 }
    if moving == moving.sorted() { return emit(.reshape, [tensor], name, result) }
    // Groups of axes that stay together: [batch] rows columns -> [batch] columns rows.
    let sorted = moving.sorted()
    for kept in 0..<sorted.count where Array(moving[..<kept]) == Array(sorted[..<kept]) {
      for cut in kept + 1..<max(sorted.count, kept + 1)
      where Array(moving[kept...]) == Array(sorted[cut...]) + Array(sorted[kept..<cut]) {
        let count = sorted[..<kept].reduce(1) { $0 * sizes[$1] }
        let rows = sorted[kept..<cut].reduce(1) { $0 * sizes[$1] }
        let columns = sorted[cut...].reduce(1) { $0 * sizes[$1] }
        return turn(tensor, name, result, count: count, rows: rows, columns: columns)
      }
    }
    return emit(.transpose(permutation), [tensor], name, result)
  }

  /// Where axis `axis` of a picture lies with channels last.
  private static func lastAxis(_ axis: Int) -> Int { [0, 3, 1, 2][axis] }

  private mutating func concatenation(_ node: OnnxNode, _ output: String) throws(OnnxError) -> Bool {
    let sizes = shape(output)
    guard node.inputs.allSatisfy({ isFloat($0) && !shape($0).contains(0) }),
      let axis = try? TensorShape.axis(call(node).integer("axis") ?? 1, rank: sizes.count)
    else { return false }
    if let normalization = distributed[output] { return try normalizedParts(node, normalization) }
    let last = sizes.count == 4 && node.inputs.contains(where: hasChannelsLast)
    var parts: [Int] = []
    for name in node.inputs { parts.append(last ? try channelsLast(name) : try plain(name)) }
    if last {
      let joined = emit(.concatenation(axis: Self.lastAxis(axis)), parts, output, Self.lastShape(sizes))
      define(output, channelsLast: joined)
    } else {
      define(output, plain: emit(.concatenation(axis: axis), parts, output, sizes))
    }
    return true
  }

  /// A concatenation whose normalization is done in its parts, where convolutions take it.
  private mutating func normalizedParts(_ node: OnnxNode, _ normalization: OnnxNode) throws(OnnxError) -> Bool
  {
    guard let (factors, offsets) = scaling(normalization) else { return false }
    var (parts, first) = ([Int](), 0)
    for name in node.inputs {
      let part = try channelsLast(name)
      let channels = first..<first + shape(name)[1]
      func numbers(_ values: [Double]) -> [Float] { values[channels].map { Float($0) } }
      let factor = constant("\(normalization.name) factor", [channels.count], numbers(factors))
      let offset = constant("\(normalization.name) offset", [channels.count], numbers(offsets))
      let scaled = emit(.binary(.multiply, .none), [part, factor], "\(name) scaled", tensors[part].shape)
      parts.append(emit(.binary(.add, .none), [scaled, offset], "\(name) normal", tensors[part].shape))
      first = channels.upperBound
    }
    let output = normalization.outputs[0]
    define(
      output, channelsLast: emit(.concatenation(axis: 3), parts, output, Self.lastShape(shape(output))))
    return true
  }

  /// Elements `begin`, `begin` + `stride` … of each axis, in whatever order the value has.
  private mutating func cut(
    _ input: String, _ output: String, begin: [Int], stride: [Int]
  ) throws(OnnxError) {
    if hasChannelsLast(input) {
      let tensor = try channelsLast(input)
      let cut = emit(
        .slice(begin: Self.lastShape(begin), stride: Self.lastShape(stride)), [tensor], output,
        Self.lastShape(shape(output)))
      define(output, channelsLast: cut)
    } else {
      define(
        output, plain: emit(.slice(begin: begin, stride: stride), [try plain(input)], output, shape(output)))
    }
  }

  private mutating func slice(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    let (call, sizes) = (call(node), shape(input))
    guard let starts = try? call.positions("starts", orInput: 1),
      let ends = try? call.positions("ends", orInput: 2)
    else { return false }
    let axes = (try? call.positions("axes", orInput: 3)) ?? Array(starts.indices)
    let steps = (try? call.optional(4)?.integers()) ?? starts.map { _ in 1 }
    var (begin, stride) = (sizes.map { _ in 0 }, sizes.map { _ in 1 })
    for (index, named) in axes.enumerated() {
      guard let axis = try? TensorShape.axis(named, rank: sizes.count), steps[index] > 0,
        let range = try? SliceRange(
          start: starts[index], end: ends[index], step: steps[index], size: sizes[axis]),
        range.count > 0
      else { return false }
      (begin[axis], stride[axis]) = (range.start, range.count > 1 ? range.step : 1)
    }
    try cut(input, output, begin: begin, stride: stride)
    return true
  }

  private mutating func split(_ node: OnnxNode, _ input: String) throws(OnnxError) -> Bool {
    let sizes = shape(input)
    guard let axis = try? TensorShape.axis(call(node).integer("axis") ?? 0, rank: sizes.count) else {
      return false
    }
    var begin = sizes.map { _ in 0 }
    for output in node.outputs {
      guard let size = value(output)?.shape[axis] else { return false }
      try cut(input, output, begin: begin, stride: sizes.map { _ in 1 })
      begin[axis] += size
    }
    return true
  }

  /// Zeros around a value; other fillings are left to the reference.
  private mutating func pad(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    let (call, sizes) = (call(node), shape(input))
    guard let mode = try? call.choice("mode", ["constant", "reflect", "edge", "wrap"]), mode == "constant",
      call.number("value") ?? 0 == 0,
      node.inputs.count < 3 || node.inputs[2].isEmpty || floats(node.inputs[2]) == [0],
      let pads = try? call.integers("pads", orInput: 1), pads.allSatisfy({ $0 >= 0 })
    else { return false }
    let axes = (try? call.optional(3)?.sizes()) ?? Array(sizes.indices)
    var amounts = sizes.map { _ in (before: 0, after: 0) }
    for (index, named) in axes.enumerated() {
      guard let axis = try? TensorShape.axis(named, rank: sizes.count) else { return false }
      amounts[axis] = (pads[index], pads[index + axes.count])
    }
    if hasChannelsLast(input) {
      let order = [0, 2, 3, 1].map { amounts[$0] }
      let padded = emit(.pad(order), [try channelsLast(input)], output, Self.lastShape(shape(output)))
      define(output, channelsLast: padded)
    } else {
      define(output, plain: emit(.pad(amounts), [try plain(input)], output, shape(output)))
    }
    return true
  }

  /// Bilinear scaling of height and width; whole-number nearest scaling as repetition.
  private mutating func resize(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool
  {
    let (from, to) = (shape(input), shape(output))
    guard from.count == 4, from[0] == 1, to[0] == 1, from[1] == to[1],
      let plan = try? ResizePlan(call(node), shape: from),
      plan.extrapolated == nil
    else { return false }
    let operation = SampleOperation(
      channels: from[1], width: from[3], rows: plan.taps[2] ?? ResizeTap.identity(from[2]),
      columns: plan.taps[3] ?? ResizeTap.identity(from[3]))
    let scaled = emit(.custom(operation), [try channelsLast(input)], output, Self.lastShape(to))
    define(output, channelsLast: scaled)
    return true
  }

  private mutating func reduction(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError)
    -> Bool
  {
    let (call, sizes) = (call(node), shape(input))
    let given = (try? call.integers("axes", orInput: 1)) ?? []
    if given.isEmpty && call.flag("noop_with_empty_axes") { return false }
    guard let axes = given.isEmpty ? Array(sizes.indices) : try? TensorShape.axes(given, rank: sizes.count),
      !axes.isEmpty
    else { return false }
    let mean = node.kind == "ReduceMean"
    if hasChannelsLast(input), axes == [2, 3] {
      let kept = [sizes[0], 1, 1, sizes[1]]
      let result = emit(.reduction(axes: [1, 2], mean: mean), [try channelsLast(input)], output, kept)
      if shape(output).count == 4 {
        define(output, channelsLast: result)
      } else {
        define(output, plain: emit(.reshape, [result], output, shape(output)))
      }
      return true
    }
    guard axes[axes.count - 1] - axes[0] == axes.count - 1 else { return false }
    define(output, plain: emit(.reduction(axes: axes, mean: mean), [try plain(input)], output, shape(output)))
    return true
  }

  /// Blocks of channels become blocks of pixels, or the other way, as one transposition with channels last.
  private mutating func blocks(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool
  {
    let (from, to) = (shape(input), shape(output))
    guard let b = call(node).integer("blocksize"), let mode = try? call(node).choice("mode", ["DCR", "CRD"])
    else {
      return false
    }
    let tensor = try channelsLast(input)
    let (split, order): ([Int], [Int])
    if node.kind == "DepthToSpace" {
      let c = to[1]
      split = mode == "DCR" ? [from[0], from[2], from[3], b, b, c] : [from[0], from[2], from[3], c, b, b]
      order = mode == "DCR" ? [0, 1, 3, 2, 4, 5] : [0, 1, 4, 2, 5, 3]
    } else {
      split = [from[0], to[2], b, to[3], b, from[1]]
      order = mode == "DCR" ? [0, 1, 3, 2, 4, 5] : [0, 1, 3, 5, 2, 4]
    }
    let parts = emit(.reshape, [tensor], "\(node.name) blocks", split)
    let moved = permuted(parts, order, "\(node.name) moved", order.map { split[$0] })
    define(output, channelsLast: emit(.reshape, [moved], output, Self.lastShape(to)))
    return true
  }

  /// One place, or neighbouring places, of an axis.
  private mutating func gather(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool
  {
    let sizes = shape(input)
    guard let axis = try? TensorShape.axis(call(node).integer("axis") ?? 0, rank: sizes.count),
      let indices = try? value(node.inputs[1])?.tensor?.integers(), indices.count == 1,
      let place = try? ReferenceOperators.place(indices[0], size: sizes[axis])
    else { return false }
    var (begin, kept) = (sizes.map { _ in 0 }, sizes)
    (begin[axis], kept[axis]) = (place, 1)
    let cut = emit(
      .slice(begin: begin, stride: sizes.map { _ in 1 }), [try plain(input)], "\(node.name) cut", kept)
    define(output, plain: emit(.reshape, [cut], output, shape(output)))
    return true
  }
}
