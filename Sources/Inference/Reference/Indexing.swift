internal import ModelFormats

/// Operators that take or write elements at places given as numbers, and those that make tensors.
extension ReferenceOperators {
  static let indexing: [String: Implementation] = [
    "Pad": pad, "CenterCropPad": centerCropPad,
    "Gather": gather, "GatherElements": gatherElements, "GatherND": gatherND,
    "ScatterElements": scatterElements, "Scatter": scatterElements, "ScatterND": scatterND,
    "ReverseSequence": reverseSequence, "Compress": compress, "NonZero": nonZero, "OneHot": oneHot,
    "Trilu": triangle, "EyeLike": eyeLike, "Range": range, "ConstantOfShape": constantOfShape,
  ]

  /// A place on an axis of `size`; negative ones count from the end.
  static func place(_ index: Int, size: Int) throws(OperatorFault) -> Int {
    guard index >= -size, index < size else { throw .shape("index \(index) on an axis of \(size)") }
    return index < 0 ? index + size : index
  }

  private static func gather(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, indices) = (try call.input(0), try call.input(1))
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    var places: [Int] = []
    for index in try indices.integers() { places.append(try place(index, size: x.shape[axis])) }
    var lists = x.shape.map { Array(0..<$0) }
    lists[axis] = places
    let shape = Array(x.shape[..<axis]) + indices.shape + Array(x.shape[(axis + 1)...])
    return [try x.picking(lists: lists).reshaped(shape)]
  }

  /// Where each element of `indices` points in a tensor of `shape`, along `axis`.
  private static func targets(
    _ indices: Tensor, axis: Int, shape: [Int]
  ) throws(OperatorFault) -> [Int] {
    guard indices.rank == shape.count else { throw .shape("indices \(indices.shape) for shape \(shape)") }
    for other in shape.indices where other != axis && indices.shape[other] > shape[other] {
      throw .shape("indices \(indices.shape) leave the shape \(shape)")
    }
    var steps = TensorShape.strides(shape)
    let step = steps[axis]
    steps[axis] = 0
    var result = TensorShape.indices(indices.shape, steps: steps)
    for (i, index) in try indices.integers().enumerated() {
      result[i] += try place(index, size: shape[axis]) * step
    }
    return result
  }

  private static func gatherElements(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, indices) = (try call.input(0), try call.input(1))
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    return [try x.picking(targets(indices, axis: axis, shape: x.shape), shape: indices.shape)]
  }

  private static func scatterElements(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    guard updates.shape == indices.shape else {
      throw .shape("updates \(updates.shape), indices \(indices.shape)")
    }
    let places = try targets(indices, axis: axis, shape: x.shape)
    return [try x.updated(places, updates, reduction: call.reduction())]
  }

  /// The start of each slice that the last axis of `indices` names, with the number of elements in a slice.
  private static func slices(
    _ indices: Tensor, batch: Int, shape: [Int]
  ) throws(OperatorFault) -> (starts: [Int], run: Int, outer: [Int], inner: [Int]) {
    guard indices.rank > batch, batch >= 0, let depth = indices.shape.last, depth >= 1,
      batch + depth <= shape.count,
      Array(indices.shape[..<batch]) == Array(shape[..<batch])
    else { throw .shape("indices \(indices.shape) with \(batch) batch axes for shape \(shape)") }
    let strides = TensorShape.strides(shape)
    let values = try indices.integers()
    let inner = Array(shape[(batch + depth)...])
    let perBatch = indices.shape[batch...].dropLast().reduce(1, *)
    let batchRun = shape[batch...].reduce(1, *)
    var starts: [Int] = []
    for i in 0..<values.count / depth {
      var start = i / max(perBatch, 1) * batchRun
      for d in 0..<depth {
        start += try place(values[i * depth + d], size: shape[batch + d]) * strides[batch + d]
      }
      starts.append(start)
    }
    return (starts, inner.reduce(1, *), Array(indices.shape.dropLast()), inner)
  }

  private static func gatherND(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, indices) = (try call.input(0), try call.input(1))
    let found = try slices(indices, batch: call.integer("batch_dims") ?? 0, shape: x.shape)
    let shape = found.outer + found.inner
    guard try TensorShape.count(shape) == found.starts.count * found.run else {
      throw .shape("indices \(indices.shape)")
    }
    return [try x.picking(found.starts.flatMap { start in (0..<found.run).map { start + $0 } }, shape: shape)]
  }

  private static func scatterND(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
    let found = try slices(indices, batch: 0, shape: x.shape)
    guard updates.shape == found.outer + found.inner else {
      throw .shape("updates \(updates.shape), expected \(found.outer + found.inner)")
    }
    let places = found.starts.flatMap { start in (0..<found.run).map { start + $0 } }
    return [try x.updated(places, updates, reduction: call.reduction())]
  }

  private static func reverseSequence(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, lengths) = (try call.input(0), try call.input(1).sizes())
    let (batch, time) = (call.integer("batch_axis") ?? 1, call.integer("time_axis") ?? 0)
    guard x.rank >= 2, Set([batch, time]) == [0, 1], lengths.count == x.shape[batch],
      lengths.allSatisfy({ $0 >= 0 && $0 <= x.shape[time] })
    else { throw .shape("lengths \(lengths) for shape \(x.shape)") }
    let run = x.shape[2...].reduce(1, *)
    var indices: [Int] = []
    for i in 0..<x.shape[0] {
      for j in 0..<x.shape[1] {
        let (t, b) = time == 0 ? (i, j) : (j, i)
        let from = t < lengths[b] ? lengths[b] - 1 - t : t
        let base = (time == 0 ? from * x.shape[1] + b : b * x.shape[1] + from) * run
        indices += base..<base + run
      }
    }
    return [try x.picking(indices, shape: x.shape)]
  }

  private static func compress(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    var x = try call.input(0)
    let keep = try call.input(1).values(Bool.self)
    if call.integer("axis") == nil { x = x.flat() }
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    guard keep.count <= x.shape[axis] else { throw .shape("\(keep.count) conditions for \(x.shape)") }
    var lists = x.shape.map { Array(0..<$0) }
    lists[axis] = keep.indices.filter { keep[$0] }
    return [try x.picking(lists: lists)]
  }

  private static func nonZero(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let places = x.doubles.indices.filter { x.doubles[$0] != 0 }
    let strides = TensorShape.strides(x.shape)
    let rows = x.shape.indices.flatMap { axis in
      places.map { Int64($0 / strides[axis] % max(x.shape[axis], 1)) }
    }
    return [Tensor([x.rank, places.count], rows)]
  }

  /// On and off values at the named class; an index outside of the depth gives only off values.
  private static func oneHot(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (indices, values) = (try call.input(0), try call.input(2))
    let depth = Int(number: try call.input(1).scalar())
    guard values.count == 2, depth > 0, depth < 1 << 31 else {
      throw .shape("depth \(depth), values \(values.shape)")
    }
    let axis = try TensorShape.axis(call.integer("axis") ?? -1, rank: indices.rank + 1)
    var shape = indices.shape
    shape.insert(depth, at: axis)
    let total = try TensorShape.count(shape)
    let inner = indices.shape[axis...].reduce(1, *)
    let places = indices.doubles.map { Int(number: $0) }.map { $0 >= -depth && $0 < 0 ? $0 + depth : $0 }
    var picks: [Int] = []
    for i in 0..<total {
      let (outer, rest) = i.quotientAndRemainder(dividingBy: depth * inner)
      let (level, column) = rest.quotientAndRemainder(dividingBy: inner)
      picks.append(places[outer * inner + column] == level ? 1 : 0)
    }
    return [try values.flat().picking(picks, shape: shape)]
  }

  /// The upper or lower triangle of the last two axes; zeros elsewhere.
  private static func triangle(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.rank >= 2 else { throw .shape("Trilu of shape \(x.shape)") }
    let offset = try call.optional(1)?.sizes().first ?? 0
    let upper = call.flag("upper", default: true)
    let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let indices = (0..<x.count).map { i -> Int in
      let (row, column) = (i / columns % rows, i % columns)
      return (upper ? column - row >= offset : column - row <= offset) ? i : -1
    }
    return [try x.picking(indices, shape: x.shape)]
  }

  private static func eyeLike(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.rank == 2 else { throw .shape("EyeLike of shape \(x.shape)") }
    guard let type = call.text("dtype").map(TensorType.init(rawValue:)) ?? x.type else {
      throw .unsupported("EyeLike of type \(call.text("dtype") ?? "")")
    }
    let k = call.integer("k") ?? 0
    let values = (0..<x.count).map { $0 % x.shape[1] - $0 / x.shape[1] == k ? 1.0 : 0 }
    return [Tensor(shape: x.shape, elements: type.elements(values))]
  }

  private static func range(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (start, limit, delta) = (try call.input(0), try call.input(1), try call.input(2))
    guard start.type == limit.type, start.type == delta.type else { throw .type("Range of different types") }
    let (from, step) = (try start.scalar(), try delta.scalar())
    let count = max(0, ((try limit.scalar() - from) / step).rounded(.up))
    guard count.isFinite, count <= Double(TensorShape.limit) else {
      throw .tooLarge("Range of \(count) elements")
    }
    let values = (0..<Int(count)).map { from + Double($0) * step }
    return [Tensor(shape: [values.count], elements: start.type.elements(values))]
  }

  /// Input 1 carries the attribute `value` (the reader puts it there).
  private static func constantOfShape(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let shape = try call.input(0).sizes()
    let value = call.optional(1) ?? Tensor([1], [Float(0)])
    guard value.count == 1 else { throw .shape("value has the shape \(value.shape)") }
    return [try value.flat().picking([Int](repeating: 0, count: TensorShape.count(shape)), shape: shape)]
  }
}

/// What `Scatter…` does where two updates meet.
enum ScatterReduction {
  case replace
  case combine(BinaryOperation)
}

extension OperatorCall {
  func reduction() throws(OperatorFault) -> ScatterReduction {
    switch try choice("reduction", ["none", "add", "mul", "min", "max"]) {
    case "add": .combine(.add)
    case "mul": .combine(.multiply)
    case "min": .combine(.minimum)
    case "max": .combine(.maximum)
    default: .replace
    }
  }
}

extension Tensor {
  /// This tensor with `updates` written, in order, at `places`.
  func updated(_ places: [Int], _ updates: Tensor, reduction: ScatterReduction) throws(OperatorFault)
    -> Tensor
  {
    func write<E: TensorElements>(_ own: E) throws(OperatorFault) -> Tensor {
      let new: [E.Element] = try updates.values()
      var result = own.array
      switch reduction {
      case .replace:
        for (place, value) in zip(places, new) { result[place] = value }
      case .combine(let operation):
        guard let function = E.Element.operation(operation) else { throw .type("cannot combine \(type)") }
        for (place, value) in zip(places, new) { result[place] = function(result[place], value) }
      }
      return Tensor(shape, result)
    }
    return try write(elements)
  }
}
