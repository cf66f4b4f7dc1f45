internal import ModelFormats

/// Where a sliding window (convolution, pooling) lies on the spatial axes.
struct WindowGeometry {
  /// Sizes of the window, before dilation.
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  /// Padding before and after each axis.
  let before: [Int]
  let after: [Int]
  let input: [Int]
  let output: [Int]

  /// From the attributes that Conv and the pools share.
  init(_ call: OperatorCall, input: [Int], kernel: [Int], roundUp: Bool = false) throws(OperatorFault) {
    let axes = input.count
    guard kernel.count == axes, kernel.allSatisfy({ $0 > 0 }) else {
      throw .shape("kernel \(kernel) for \(axes) spatial axes")
    }
    let ones = [Int](repeating: 1, count: axes)
    let strides = call.integers("strides") ?? ones
    let dilations = call.integers("dilations") ?? ones
    let pads = call.integers("pads") ?? [Int](repeating: 0, count: 2 * axes)
    guard strides.count == axes, dilations.count == axes, pads.count == 2 * axes,
      strides.allSatisfy({ $0 > 0 }), dilations.allSatisfy({ $0 > 0 }), pads.allSatisfy({ $0 >= 0 })
    else { throw .attribute("strides \(strides), dilations \(dilations), pads \(pads)") }
    let mode = try call.choice("auto_pad", ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"])
    var (before, after, output) = ([Int](), [Int](), [Int]())
    for axis in 0..<axes {
      let span = (kernel[axis] - 1) * dilations[axis] + 1
      var (first, last) = (pads[axis], pads[axis + axes])
      if mode != "NOTSET" { (first, last) = (0, 0) }
      if mode.hasPrefix("SAME") {
        let places = (input[axis] + strides[axis] - 1) / strides[axis]
        let total = max(0, (places - 1) * strides[axis] + span - input[axis])
        first = mode == "SAME_UPPER" ? total / 2 : (total + 1) / 2
        last = total - first
      }
      let room = input[axis] + first + last - span
      guard room >= 0 else {
        throw .shape("a window of \(span) does not fit on \(input[axis]) with its padding")
      }
      var places = room / strides[axis] + 1
      if roundUp, mode == "NOTSET", room % strides[axis] != 0, places * strides[axis] < input[axis] + first {
        // A window that would start in the padding at the end is left out.
        places += 1
      }
      before.append(first)
      after.append(last)
      output.append(places)
    }
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.before = before
    self.after = after
    self.input = input
    self.output = output
  }

  /// The input index on each axis for a place of the output and of the window; nil in the padding.
  func source(_ place: [Int], _ tap: [Int]) -> Int? {
    var index = 0
    for axis in input.indices {
      let at = place[axis] * strides[axis] + tap[axis] * dilations[axis] - before[axis]
      guard at >= 0, at < input[axis] else { return nil }
      index = index * input[axis] + at
    }
    return index
  }

  /// All positions of a shape in row-major order.
  static func positions(_ shape: [Int]) -> [[Int]] {
    var result: [[Int]] = [[]]
    for size in shape { result = result.flatMap { head in (0..<size).map { head + [$0] } } }
    return result
  }

  /// For each output place the (tap, input index) pairs that lie inside the input.
  func taps() throws(OperatorFault) -> [[(tap: Int, source: Int)]] {
    // Each pair is found by arithmetic on lists: some ten times as slow as a multiply-add.
    try LoadBudget.spend(10, output.reduce(1, *), kernel.reduce(1, *))
    let window = Self.positions(kernel)
    return Self.positions(output).map { place in
      window.enumerated().compactMap { tap, position in source(place, position).map { (tap, $0) } }
    }
  }
}
