internal import ModelFormats

/// Arithmetic on shapes, checked: sizes come from files.
package enum TensorShape {
  /// The most elements one tensor may have.
  package static let limit = 1 << 27

  /// The number of elements of `shape`.
  /// - Throws: `tooLarge` beyond `limit`, `shape` for a negative size.
  package static func count(_ shape: [Int]) throws(OperatorFault) -> Int {
    var count = 1
    // While a network is loaded, no tensor may be larger than the work that is left.
    let limit = min(limit, LoadBudget.current?.left ?? limit)
    for size in shape {
      guard size >= 0 else { throw .shape("negative size in shape \(shape)") }
      // An empty axis counts as 1 here, so that no stride of an empty tensor overflows either.
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow, product <= limit else { throw .tooLarge("shape \(shape) is beyond \(limit) elements") }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The distance in elements between neighbours along each axis.
  package static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
  }

  /// The shape of an element-wise result: sizes aligned at the last axis, 1 stretches.
  package static func broadcast(_ a: [Int], _ b: [Int]) throws(OperatorFault) -> [Int] {
    let rank = max(a.count, b.count)
    var result = [Int](repeating: 1, count: rank)
    for i in 0..<rank {
      let left = i < rank - a.count ? 1 : a[i - (rank - a.count)]
      let right = i < rank - b.count ? 1 : b[i - (rank - b.count)]
      guard left == right || left == 1 || right == 1 else {
        throw .shape("shapes \(a) and \(b) do not broadcast")
      }
      result[i] = left == 1 ? right : left
    }
    _ = try count(result)
    return result
  }

  /// For each element of `result` the index of the element of `source` that broadcasting puts there.
  package static func broadcastIndices(_ source: [Int], to result: [Int]) -> [Int] {
    let missing = result.count - source.count
    let own = strides(source)
    let steps = result.indices.map { $0 < missing || source[$0 - missing] == 1 ? 0 : own[$0 - missing] }
    return indices(result, steps: steps)
  }

  /// For each position of `shape` in row-major order: `start` + the sum over axes of position times step.
  package static func indices(_ shape: [Int], steps: [Int], start: Int = 0) -> [Int] {
    let total = shape.reduce(1, *)
    var result = [Int]()
    result.reserveCapacity(total)
    guard total > 0 else { return result }
    var position = [Int](repeating: 0, count: shape.count)
    var offset = start
    for _ in 0..<total {
      result.append(offset)
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        offset += steps[axis]
        if position[axis] < shape[axis] { break }
        offset -= steps[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  /// `axis` counted from the front.
  /// - Throws: `attribute` when it lies outside -rank..<rank.
  package static func axis(_ axis: Int, rank: Int) throws(OperatorFault) -> Int {
    guard axis >= -rank, axis < rank else { throw .attribute("axis \(axis) of a tensor with \(rank) axes") }
    return axis < 0 ? axis + rank : axis
  }

  /// Several axes counted from the front, sorted.
  /// - Throws: `attribute` when one is out of range or named twice.
  package static func axes(_ axes: [Int], rank: Int) throws(OperatorFault) -> [Int] {
    var result: [Int] = []
    for value in axes { result.append(try axis(value, rank: rank)) }
    guard Set(result).count == result.count else { throw .attribute("an axis is named twice in \(axes)") }
    return result.sorted()
  }
}

extension Tensor {
  /// The elements repeated as broadcasting to `shape` does.
  package func broadcast(to shape: [Int]) throws(OperatorFault) -> Tensor {
    if shape == self.shape { return self }
    guard try TensorShape.broadcast(self.shape, shape) == shape else {
      throw .shape("shape \(self.shape) does not broadcast to \(shape)")
    }
    return try picking(TensorShape.broadcastIndices(self.shape, to: shape), shape: shape)
  }

  /// Axes in another order: axis `i` of the result is axis `order[i]` of this tensor.
  package func transposed(_ order: [Int]) throws(OperatorFault) -> Tensor {
    guard order.sorted() == Array(shape.indices) else {
      throw .attribute("\(order) is no order of \(rank) axes")
    }
    let strides = TensorShape.strides(shape)
    let result = order.map { shape[$0] }
    return try picking(TensorShape.indices(result, steps: order.map { strides[$0] }), shape: result)
  }
}
