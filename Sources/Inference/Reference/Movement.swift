internal import ModelFormats

/// Operators that move elements and compute nothing.
extension ReferenceOperators {
  static let movement: [String: Implementation] = [
    "Shape": shape, "Size": size, "Reshape": view, "Transpose": transpose, "Squeeze": view,
    "Unsqueeze": view, "Flatten": view, "Concat": concat, "Split": split, "Slice": slice,
    "Expand": expand, "Tile": tile, "Pad": pad, "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth,
    "Cast": cast, "CastLike": castLike, "CenterCropPad": centerCropPad,
  ]

  private static func shape(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let sizes = try call.input(0).shape
    func clamped(_ name: String, _ missing: Int) -> Int {
      let value = call.integer(name) ?? missing
      return min(max(value < 0 ? value + sizes.count : value, 0), sizes.count)
    }
    let (start, end) = (clamped("start", 0), clamped("end", sizes.count))
    let part = start < end ? sizes[start..<end].map { Int64($0) } : []
    return [Tensor([part.count], part)]
  }

  private static func size(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    [Tensor(scalar: Int64(try call.input(0).count))]
  }

  private static func view(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    return [try x.reshaped(viewShape(call, of: x.shape))]
  }

  /// The shape that Reshape, Squeeze, Unsqueeze or Flatten gives to a tensor of `shape`. Of the call only constant
  /// inputs and attributes are read.
  static func viewShape(_ call: OperatorCall, of shape: [Int]) throws(OperatorFault) -> [Int] {
    switch call.name {
    case "Reshape": try reshape(call, shape)
    case "Squeeze": try squeeze(call, shape)
    case "Unsqueeze": try unsqueeze(call, shape)
    default: try flatten(call, shape)
    }
  }

  /// 0 copies the size at its place (unless `allowzero`), one -1 stands for the rest.
  private static func reshape(_ call: OperatorCall, _ shape: [Int]) throws(OperatorFault) -> [Int] {
    guard var sizes = try call.integers("shape", orInput: 1) else { throw .attribute("no shape is given") }
    let count = try TensorShape.count(shape)
    for index in sizes.indices where sizes[index] == 0 && !call.flag("allowzero") {
      guard index < shape.count else {
        throw .shape("0 at place \(index) of \(sizes) copies from shape \(shape)")
      }
      sizes[index] = shape[index]
    }
    if let free = sizes.firstIndex(of: -1) {
      let known = try TensorShape.count(sizes.enumerated().map { $0.offset == free ? 1 : $0.element })
      guard known > 0, count % known == 0 else { throw .shape("\(shape) does not reshape to \(sizes)") }
      sizes[free] = count / known
    }
    guard try TensorShape.count(sizes) == count else { throw .shape("\(shape) does not reshape to \(sizes)") }
    return sizes
  }

  private static func squeeze(_ call: OperatorCall, _ shape: [Int]) throws(OperatorFault) -> [Int] {
    var axes = shape.indices.filter { shape[$0] == 1 }
    if let named = try call.integers("axes", orInput: 1) {
      axes = try TensorShape.axes(named, rank: shape.count)
    }
    guard axes.allSatisfy({ shape[$0] == 1 }) else { throw .shape("axes \(axes) of \(shape) are not all 1") }
    return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
  }

  private static func unsqueeze(_ call: OperatorCall, _ shape: [Int]) throws(OperatorFault) -> [Int] {
    guard let named = try call.integers("axes", orInput: 1) else { throw .attribute("no axes are given") }
    let axes = try TensorShape.axes(named, rank: shape.count + named.count)
    var sizes = shape
    for axis in axes { sizes.insert(1, at: axis) }
    return sizes
  }

  private static func flatten(_ call: OperatorCall, _ shape: [Int]) throws(OperatorFault) -> [Int] {
    let named = call.integer("axis") ?? 1
    let axis = named == shape.count ? named : try TensorShape.axis(named, rank: shape.count)
    return [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
  }

  private static func transpose(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    return [try x.transposed(call.integers("perm") ?? Array(x.shape.indices.reversed()))]
  }

  private static func concat(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    [try concatenated(call.allInputs(), axis: call.integer("axis") ?? 1)]
  }

  /// Tensors of one type joined along one axis; the other sizes agree.
  static func concatenated(_ inputs: [Tensor], axis named: Int) throws(OperatorFault) -> Tensor {
    guard let first = inputs.first else { throw .attribute("nothing to concatenate") }
    let axis = try TensorShape.axis(named, rank: first.rank)
    var sizes = first.shape
    sizes[axis] = 0
    for input in inputs {
      var other = input.shape
      guard other.count == sizes.count else { throw .shape("\(first.shape) and \(other) do not concatenate") }
      sizes[axis] += other[axis]
      other[axis] = sizes[axis]
      guard other == sizes else {
        throw .shape("\(first.shape) and \(input.shape) differ beside axis \(axis)")
      }
    }
    _ = try TensorShape.count(sizes)
    func join<E: TensorElements>(_: E) throws(OperatorFault) -> Tensor {
      var result: [E.Element] = []
      var arrays: [[E.Element]] = []
      for input in inputs { arrays.append(try input.values()) }
      for outer in 0..<sizes[..<axis].reduce(1, *) {
        for (input, array) in zip(inputs, arrays) {
          let run = input.shape[axis...].reduce(1, *)
          result += array[outer * run..<(outer + 1) * run]
        }
      }
      return Tensor(sizes, result)
    }
    return try join(first.elements)
  }

  private static func split(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    let total = x.shape[axis]
    var sizes: [Int]
    if let given = try call.integers("split", orInput: 1) {
      sizes = given
    } else {
      let parts = call.integer("num_outputs") ?? call.outputCount
      guard parts > 0, parts <= max(total, call.outputCount), parts < 1 << 20 else {
        throw .attribute("cannot split \(total) into \(parts)")
      }
      let chunk = (total + parts - 1) / parts
      sizes = (0..<parts).map { min(chunk, max(0, total - $0 * chunk)) }
      guard call.version >= 18 || total % parts == 0 else {
        throw .shape("\(total) does not split into \(parts)")
      }
    }
    guard sizes.allSatisfy({ $0 >= 0 && $0 <= total }), sizes.reduce(0, +) == total else {
      throw .shape("parts \(sizes) do not sum to \(total)")
    }
    var results: [Tensor] = []
    var start = 0
    for size in sizes {
      results.append(try x.sliced(axis: axis, start: start, step: 1, count: size))
      start += size
    }
    return results
  }

  private static func slice(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    var x = try call.input(0)
    guard let starts = try call.positions("starts", orInput: 1),
      let ends = try call.positions("ends", orInput: 2), starts.count == ends.count
    else { throw .attribute("starts and ends do not fit each other") }
    let axes = try call.positions("axes", orInput: 3) ?? Array(starts.indices)
    let steps = try call.optional(4)?.integers() ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count else {
      throw .attribute("\(starts.count) starts, \(axes.count) axes, \(steps.count) steps")
    }
    _ = try TensorShape.axes(axes, rank: x.rank)
    for i in starts.indices {
      let axis = try TensorShape.axis(axes[i], rank: x.rank)
      let range = try SliceRange(start: starts[i], end: ends[i], step: steps[i], size: x.shape[axis])
      x = try x.sliced(axis: axis, start: range.start, step: range.step, count: range.count)
    }
    return [x]
  }

  private static func expand(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    return [try x.broadcast(to: TensorShape.broadcast(x.shape, call.input(1).sizes()))]
  }

  private static func tile(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let repeats: [Int]
    if call.version < 6 {
      // Opset 5 and older: how often, and along which axis.
      var times = [Int](repeating: 1, count: x.rank)
      times[try TensorShape.axis(Int(number: call.input(2).scalar()), rank: x.rank)] =
        Int(number: try call.input(1).scalar())
      repeats = times
    } else {
      repeats = try call.input(1).sizes()
    }
    guard repeats.count == x.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw .shape("repeats \(repeats) for shape \(x.shape)")
    }
    let sizes = zip(x.shape, repeats).map { $0 * $1 }
    _ = try TensorShape.count(sizes)
    let lists = sizes.indices.map { axis in (0..<sizes[axis]).map { $0 % x.shape[axis] } }
    return [try x.picking(lists: lists)]
  }

  private static func cast(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard let name = call.text("to"), let type = TensorType(rawValue: name) else {
      throw .unsupported("Cast to \(call.text("to") ?? "no type")")
    }
    return [Tensor(shape: x.shape, elements: x.elements.converted(to: type))]
  }

  private static func castLike(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    return [Tensor(shape: x.shape, elements: x.elements.converted(to: try call.input(1).type))]
  }

  private static func depthToSpace(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let b = call.integer("blocksize") ?? 0
    guard x.rank == 4, b > 0, b < 1 << 15, x.shape[1] % (b * b) == 0 else {
      throw .shape("blocksize \(b) for shape \(x.shape)")
    }
    let (n, c, h, w) = (x.shape[0], x.shape[1] / (b * b), x.shape[2], x.shape[3])
    let columnsFirst = try call.choice("mode", ["DCR", "CRD"]) == "CRD"
    let split = try x.reshaped(columnsFirst ? [n, c, b, b, h, w] : [n, b, b, c, h, w])
    return [
      try split.transposed(columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]).reshaped([
        n, c, h * b, w * b,
      ])
    ]
  }

  private static func spaceToDepth(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let b = call.integer("blocksize") ?? 0
    guard x.rank == 4, b > 0, b < 1 << 15, x.shape[2] % b == 0, x.shape[3] % b == 0 else {
      throw .shape("blocksize \(b) for shape \(x.shape)")
    }
    let columnsFirst = try call.choice("mode", ["DCR", "CRD"]) == "CRD"
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2] / b, x.shape[3] / b)
    let split = try x.reshaped([n, c, h, b, w, b])
    return [
      try split.transposed(columnsFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]).reshaped([
        n, c * b * b, h, w,
      ])
    ]
  }
}

/// The positions that a slice takes from one axis.
struct SliceRange {
  let start: Int
  let step: Int
  let count: Int

  /// Numpy's rules: negative positions count from the end, and all are clamped to the axis.
  init(start: Int, end: Int, step: Int, size: Int) throws(OperatorFault) {
    guard step != 0, step != Int.min else { throw .attribute("slice step \(step)") }
    func clamped(_ position: Int) -> Int {
      let counted = position < 0 ? position + size : position
      return step > 0 ? min(max(counted, 0), size) : min(max(counted, -1), size - 1)
    }
    let (from, to) = (clamped(start), clamped(end))
    let span = step > 0 ? to - from : from - to
    self.start = from
    self.step = step
    self.count = span > 0 ? (span - 1) / abs(step) + 1 : 0
  }
}

extension Tensor {
  /// All elements in one axis.
  func flat() -> Tensor { Tensor(shape: [count], elements: elements) }

  /// `count` positions of one axis from `start` on, `step` apart.
  func sliced(axis: Int, start: Int, step: Int, count: Int) throws(OperatorFault) -> Tensor {
    var result = shape
    result[axis] = count
    var steps = TensorShape.strides(shape)
    let origin = count > 0 ? start * steps[axis] : 0
    steps[axis] = count > 1 ? steps[axis] * step : 0
    return try picking(TensorShape.indices(result, steps: steps, start: origin), shape: result)
  }

  /// For each axis the list of positions to take; a negative position gives `fill`.
  func picking(lists: [[Int]], fill: Tensor? = nil) throws(OperatorFault) -> Tensor {
    let result = lists.map(\.count)
    let total = try TensorShape.count(result)
    let strides = TensorShape.strides(shape)
    var indices = [0]
    for (axis, list) in lists.enumerated() where total > 0 {
      indices = indices.flatMap { base in list.map { base < 0 || $0 < 0 ? -1 : base + $0 * strides[axis] } }
    }
    return try picking(total > 0 ? indices : [], shape: result, fill: fill)
  }
}
