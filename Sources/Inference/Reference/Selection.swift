internal import ModelFormats

extension ReferenceOperators {
  static let selection: [String: Implementation] = ["TopK": topK, "NonMaxSuppression": nonMaxSuppression]

  /// The k largest (or smallest) along an axis, best first, and their places; ties by the lower place.
  private static func topK(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let axis = try TensorShape.axis(call.integer("axis") ?? -1, rank: x.rank)
    let k = if let fixed = call.integer("k") { fixed } else { Int(number: try call.input(1).scalar()) }
    guard k >= 0, k <= x.shape[axis] else { throw .shape("k = \(k) on an axis of \(x.shape[axis])") }
    let largest = call.flag("largest", default: true)
    let places = try rows(x, axes: [axis]).flatMap { row in
      row.indices.sorted { a, b in
        row[a] == row[b] ? a < b : (largest ? row[a] > row[b] : row[a] < row[b])
      }.prefix(k)
    }
    let others = x.shape.indices.filter { $0 != axis }
    let order = others + [axis]
    let shape = others.map { x.shape[$0] } + [k]
    let back = x.shape.indices.map { order.firstIndex(of: $0) ?? $0 }
    let indices = try Tensor(shape, places.map { Int64($0) }).transposed(back)
    let gathered = try run(
      OperatorCall("GatherElements", attributes: ["axis": .integer(axis)], inputs: [x, indices]))
    return [gathered[0], indices]
  }

  private struct Box {
    let top: Double, left: Double, bottom: Double, right: Double

    init(_ values: ArraySlice<Double>, centered: Bool) {
      let v = Array(values)
      if centered {
        (left, top, right, bottom) = (v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2)
      } else {
        (top, left, bottom, right) = (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
      }
    }

    var area: Double { (bottom - top) * (right - left) }

    func overlap(_ other: Box) -> Double {
      let height = max(0, min(bottom, other.bottom) - max(top, other.top))
      let width = max(0, min(right, other.right) - max(left, other.left))
      let common = height * width
      return common > 0 ? common / (area + other.area - common) : 0
    }
  }

  /// Rows (batch, class, box), best score first within each class.
  private static func nonMaxSuppression(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (boxes, scores) = (try call.input(0), try call.input(1))
    guard boxes.rank == 3, boxes.shape[2] == 4, scores.rank == 3, scores.shape[0] == boxes.shape[0],
      scores.shape[2] == boxes.shape[1]
    else { throw .shape("boxes \(boxes.shape), scores \(scores.shape)") }
    let most = Int(number: try call.optional(2)?.scalar() ?? 0)
    let allowed = try call.optional(3)?.scalar() ?? 0
    let least = try call.optional(4)?.scalar()
    let count = boxes.shape[1]
    try LoadBudget.spend(scores.count, min(max(most, 1), count))
    let (corners, values) = (boxes.doubles, scores.doubles)
    var found: [Int64] = []
    for batch in 0..<boxes.shape[0] {
      let all = (0..<count).map { i -> Box in
        let start = (batch * count + i) * 4
        return Box(corners[start..<start + 4], centered: call.integer("center_point_box") == 1)
      }
      for level in 0..<scores.shape[1] {
        let base = (batch * scores.shape[1] + level) * count
        let order = (0..<count).filter { least == nil || values[base + $0] > (least ?? 0) }
          .sorted { values[base + $0] == values[base + $1] ? $0 < $1 : values[base + $0] > values[base + $1] }
        var kept: [Int] = []
        for i in order where kept.count < most && !kept.contains(where: { all[$0].overlap(all[i]) > allowed })
        {
          kept.append(i)
          found += [Int64(batch), Int64(level), Int64(i)]
        }
      }
    }
    return [Tensor([found.count / 3, 3], found)]
  }
}
