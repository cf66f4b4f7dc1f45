import CKernels
import ModelFormats

extension StepBuilder {
  func binary(_ node: GraphNode, _ function: BinaryFunction, _ activation: Activation) throws(PlanError)
    -> any Step
  {
    let target = shape(node.outputs[0])
    func strides(_ shape: [Int]) throws(PlanError) -> [Int] {
      let padded = Array(repeating: 1, count: max(0, target.count - shape.count)) + shape
      try require(
        padded.count == target.count && zip(padded, target).allSatisfy { $0 == $1 || $0 == 1 }, node,
        "shape \(shape) does not broadcast to \(target)")
      var strides = [Int](repeating: 0, count: target.count)
      var step = 1
      for axis in target.indices.reversed() {
        strides[axis] = padded[axis] == 1 ? 0 : step
        step *= padded[axis]
      }
      return strides
    }
    let (a, b) = (try strides(shape(node.inputs[0])), try strides(shape(node.inputs[1])))
    // The inner run grows outwards while both operands go on evenly: step 1 throughout, or 0 throughout.
    var (count, axis, steps) = (1, target.count, (a: 0, b: 0))
    while axis > 0 {
      let next = axis - 1
      if target[next] > 1 {
        func goesOn(_ stride: Int, _ step: Int) -> Bool { count == 1 ? stride <= 1 : stride == step * count }
        guard goesOn(a[next], steps.a), goesOn(b[next], steps.b) else { break }
        if count == 1 { steps = (a[next], b[next]) }
        count *= target[next]
      }
      axis = next
    }
    var places = [(a: 0, b: 0)]
    for outer in 0..<axis {
      places = places.flatMap { place in
        (0..<target[outer]).map { (a: place.a + $0 * a[outer], b: place.b + $0 * b[outer]) }
      }
    }
    let clamp: (Float, Float)? = activation == .none ? nil : (0, activation == .relu6 ? 6 : .infinity)
    return BinaryStep(
      function: function.kernel, a: try value(node, 0), b: try value(node, 1), output: try output(node),
      steps: steps, places: places, count: count, clamp: clamp)
  }

  func pad(_ node: GraphNode, _ amounts: [(before: Int, after: Int)]) throws(PlanError) -> any Step {
    let (from, to) = (shape(node.inputs[0]), shape(node.outputs[0]))
    try require(
      from.count == to.count && from.count == amounts.count
        && zip(zip(from, to), amounts).allSatisfy { $0.0 + $1.before + $1.after == $0.1 }, node,
      "padding \(amounts) does not turn \(from) into \(to)")
    let source = Self.strides(from)
    let target = Self.strides(to)
    let origin = zip(amounts, target).map { $0.before * $1 }.reduce(0, +)
    let move = MoveStep.Move(shape: from, source: source, target: target, targetOrigin: origin)
    return try moveStep(node, [0: move], clears: true)
  }

  func concatenation(_ node: GraphNode, _ axis: Int) throws(PlanError) -> any Step {
    let to = shape(node.outputs[0])
    let target = Self.strides(to)
    var (moves, place): ([Int: MoveStep.Move], Int) = ([:], 0)
    for number in node.inputs.indices {
      let from = shape(node.inputs[number])
      try require(
        from.count == to.count && from.indices.allSatisfy { $0 == axis || from[$0] == to[$0] }, node,
        "input \(number) of shape \(from) does not fit \(to)")
      // What was written in its place needs no copy.
      if joined.parts[node.inputs[number]] == nil {
        moves[number] = .init(
          shape: from, source: Self.strides(from), target: target, targetOrigin: place * target[axis])
      }
      place += from[axis]
    }
    try require(place == to[axis], node, "inputs fill \(place) of \(to[axis]) along axis \(axis)")
    return try moveStep(node, moves)
  }

  func transpose(_ node: GraphNode, _ permutation: [Int]) throws(PlanError) -> any Step {
    let (from, to) = (shape(node.inputs[0]), shape(node.outputs[0]))
    try require(
      permutation.sorted() == Array(from.indices) && to == permutation.map { from[$0] }, node,
      "permutation \(permutation) does not turn \(from) into \(to)")
    let source = Self.strides(from)
    return try moveStep(
      node, [0: .init(shape: to, source: permutation.map { source[$0] }, target: Self.strides(to))])
  }

  func slice(_ node: GraphNode, _ begin: [Int], _ stride: [Int]) throws(PlanError) -> any Step {
    let (from, to) = (shape(node.inputs[0]), shape(node.outputs[0]))
    // Axes of one element may have been removed from the output; the elements' order stays the same.
    var kept = to
    if kept.count != from.count {
      var rest = to[...]
      kept = from.indices.map { axis in
        if rest.count == from.count - axis { return rest.removeFirst() }
        return 1
      }
    }
    try require(
      kept.indices.allSatisfy { begin[$0] + (kept[$0] - 1) * stride[$0] < from[$0] }
        && kept.reduce(1, *) == to.reduce(1, *),
      node, "slice from \(begin) by \(stride) of \(from) does not give \(to)")
    let source = Self.strides(from)
    let origin = zip(begin, source).map { $0 * $1 }.reduce(0, +)
    let steps = zip(source, stride).map { $0 * $1 }
    return try moveStep(
      node, [0: .init(shape: kept, source: steps, target: Self.strides(kept), sourceOrigin: origin)])
  }

  /// Row-major strides of a shape.
  static func strides(_ shape: [Int]) -> [Int] {
    var result = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { result[axis] = result[axis + 1] * shape[axis + 1] }
    return result
  }

  /// Moves from the node's inputs, by their numbers.
  private func moveStep(_ node: GraphNode, _ moves: [Int: MoveStep.Move], clears: Bool = false)
    throws(PlanError)
    -> any Step
  {
    var sources: [Floats] = []
    let moves = moves.sorted { $0.key < $1.key }
    for (number, move) in moves {
      try require(move.shape.count <= Int(VK_MAX_AXES), node, "more than \(VK_MAX_AXES) axes to move")
      sources.append(try value(node, number))
    }
    return MoveStep(sources: sources, moves: moves.map(\.value), output: try output(node), clears: clears)
  }
}
