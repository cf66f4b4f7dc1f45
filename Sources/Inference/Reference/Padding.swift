internal import ModelFormats

extension ReferenceOperators {
  /// `Pad`: sizes before and after each axis; negative ones crop.
  static func pad(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard let pads = try call.integers(call.attributes["paddings"] == nil ? "pads" : "paddings", orInput: 1)
    else {
      throw .attribute("no pads are given")
    }
    let axes = try call.optional(3)?.sizes() ?? Array(x.shape.indices)
    _ = try TensorShape.axes(axes, rank: x.rank)
    guard pads.count == 2 * axes.count else { throw .shape("\(pads.count) pads for \(axes.count) axes") }
    let mode = try call.choice("mode", ["constant", "reflect", "edge", "wrap"])
    var before = [Int](repeating: 0, count: x.rank)
    var after = before
    for (i, named) in axes.enumerated() {
      let axis = try TensorShape.axis(named, rank: x.rank)
      (before[axis], after[axis]) = (pads[i], pads[i + axes.count])
    }
    var fill = Tensor(shape: [], elements: x.type.elements([call.number("value") ?? 0]))
    if let given = call.optional(2), mode == "constant" {
      guard given.count == 1 else { throw .shape("constant_value has the shape \(given.shape)") }
      fill = given
    }
    var result: [Int] = []
    for axis in x.shape.indices { result.append(x.shape[axis] + before[axis] + after[axis]) }
    _ = try TensorShape.count(result)
    var lists: [[Int]] = []
    for axis in x.shape.indices {
      if mode != "constant", x.shape[axis] == 0, result[axis] > 0 {
        throw .shape("nothing to repeat on axis \(axis)")
      }
      lists.append((0..<result[axis]).map { position($0 - before[axis], size: x.shape[axis], mode: mode) })
    }
    return [try x.picking(lists: lists, fill: fill)]
  }

  /// Where the value at `position`, perhaps outside of 0..<size, comes from; -1 for the constant.
  private static func position(_ position: Int, size: Int, mode: String) -> Int {
    if position >= 0 && position < size { return position }
    switch mode {
    case "edge": return min(max(position, 0), size - 1)
    case "wrap": return ((position % size) + size) % size
    case "reflect":
      guard size > 1 else { return 0 }
      let period = 2 * (size - 1)
      let folded = ((position % period) + period) % period
      return folded < size ? folded : period - folded
    default: return -1
    }
  }

  /// Crops or zero-pads the named axes around their middle.
  static func centerCropPad(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let sizes = try call.input(1).sizes()
    let axes = call.integers("axes") ?? Array(x.shape.indices)
    _ = try TensorShape.axes(axes, rank: x.rank)
    guard axes.count == sizes.count else { throw .shape("\(sizes.count) sizes for \(axes.count) axes") }
    var lists = x.shape.map { Array(0..<$0) }
    var result = x.shape
    for (named, size) in zip(axes, sizes) { result[try TensorShape.axis(named, rank: x.rank)] = size }
    _ = try TensorShape.count(result)
    for axis in result.indices {
      let extra = result[axis] - x.shape[axis]
      let before = extra >= 0 ? extra / 2 : -((-extra) / 2)
      lists[axis] = (0..<result[axis]).map { position($0 - before, size: x.shape[axis], mode: "constant") }
    }
    return [try x.picking(lists: lists)]
  }
}
