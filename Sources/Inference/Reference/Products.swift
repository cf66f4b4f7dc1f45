internal import ModelFormats

/// Matrix products. Sums of floating-point numbers are taken in `Double`, those of integers wrap.
extension ReferenceOperators {
  static let products: [String: Implementation] = [
    "MatMul": { call in [try product(call.input(0), call.input(1))] },
    "Gemm": gemm, "Einsum": einsum, "Det": determinant,
  ]

  /// Numpy's `matmul`: the last two axes multiply, the others broadcast; a vector gains an axis that is dropped after.
  static func product(_ a: Tensor, _ b: Tensor) throws(OperatorFault) -> Tensor {
    guard a.type == b.type, a.type != .bool else { throw .type("MatMul of \(a.type) and \(b.type)") }
    guard a.rank > 0, b.rank > 0 else { throw .shape("MatMul of \(a.shape) and \(b.shape)") }
    let left = a.rank == 1 ? [1] + a.shape : a.shape
    let right = b.rank == 1 ? b.shape + [1] : b.shape
    let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    guard right[right.count - 2] == k else { throw .shape("MatMul of \(a.shape) and \(b.shape)") }
    let batch = try TensorShape.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
    let total = try TensorShape.count(batch + [m, n])
    try LoadBudget.spend(total, k)
    let starts = zip(
      TensorShape.broadcastIndices(Array(left.dropLast(2)), to: batch),
      TensorShape.broadcastIndices(Array(right.dropLast(2)), to: batch))
    let (x, y) = (a.doubles, b.doubles)
    var result: [Double] = []
    result.reserveCapacity(total)
    for (first, second) in starts {
      for row in 0..<m {
        let from = (first * m + row) * k
        for column in 0..<n {
          var sum = 0.0
          var at = second * k * n + column
          for i in from..<from + k {
            sum += x[i] * y[at]
            at += n
          }
          result.append(sum)
        }
      }
    }
    var shape = batch
    if a.rank > 1 { shape.append(m) }
    if b.rank > 1 { shape.append(n) }
    return Tensor(shape: shape, elements: a.type.elements(result))
  }

  /// alpha * A' * B' + beta * C, where ' transposes if asked to.
  private static func gemm(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    var (a, b) = (try call.input(0), try call.input(1))
    guard a.rank == 2, b.rank == 2 else { throw .shape("Gemm of \(a.shape) and \(b.shape)") }
    if call.flag("transA") { a = try a.transposed([1, 0]) }
    if call.flag("transB") { b = try b.transposed([1, 0]) }
    func scaled(_ x: Tensor, _ factor: Double) throws(OperatorFault) -> Tensor {
      factor == 1 ? x : try x.combined(.multiply, Tensor(shape: [], elements: x.type.elements([factor])))
    }
    let result = try scaled(product(a, b), call.number("alpha") ?? 1)
    guard let c = call.optional(2) else { return [result] }
    let added = try scaled(c, call.number("beta") ?? 1)
    guard try TensorShape.broadcast(result.shape, c.shape) == result.shape else {
      throw .shape("C of shape \(c.shape) does not broadcast to \(result.shape)")
    }
    return [try result.combined(.add, added)]
  }

  /// Determinants of the square matrices in the last two axes, by elimination with pivots.
  private static func determinant(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.rank >= 2, let n = x.shape.last, x.shape[x.rank - 2] == n else {
      throw .shape("Det of \(x.shape)")
    }
    let values = x.doubles
    let batch = Array(x.shape.dropLast(2))
    try LoadBudget.spend(x.count, n)
    let results = (0..<batch.reduce(1, *)).map { matrix -> Double in
      var m = Array(values[matrix * n * n..<(matrix + 1) * n * n])
      var result = 1.0
      for column in 0..<n {
        let pivot = (column..<n).max { abs(m[$0 * n + column]) < abs(m[$1 * n + column]) } ?? column
        if m[pivot * n + column] == 0 { return 0 }
        if pivot != column {
          for j in 0..<n { m.swapAt(pivot * n + j, column * n + j) }
          result = -result
        }
        result *= m[column * n + column]
        for row in column + 1..<max(n, column + 1) {
          let factor = m[row * n + column] / m[column * n + column]
          for j in column..<n { m[row * n + j] -= factor * m[column * n + j] }
        }
      }
      return result
    }
    return [Tensor(shape: batch, elements: x.type.elements(results))]
  }

  private static func einsum(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    guard let text = call.text("equation") else { throw .attribute("no equation") }
    let inputs = try call.allInputs()
    let plan = try EinsumEquation(text, shapes: inputs.map(\.shape))
    let values = inputs.map(\.doubles)
    let inner = TensorShape.indices(plan.summed.map(\.size), steps: plan.summed.map { _ in 0 }).count
    let terms = try TensorShape.count([try TensorShape.count(plan.result.map(\.size)), inner])
    try LoadBudget.spend(terms, values.count)
    let steps = plan.steps
    let outerAt = steps.map { TensorShape.indices(plan.result.map(\.size), steps: $0.result) }
    let innerAt = steps.map { TensorShape.indices(plan.summed.map(\.size), steps: $0.summed) }
    let results = (0..<plan.result.reduce(1) { $0 * $1.size }).map { place -> Double in
      var sum = 0.0
      for i in 0..<inner {
        var term = 1.0
        for (input, numbers) in values.enumerated() {
          term *= numbers[outerAt[input][place] + innerAt[input][i]]
        }
        sum += term
      }
      return sum
    }
    return [Tensor(shape: plan.result.map(\.size), elements: inputs[0].type.elements(results))]
  }
}

/// An Einstein summation "ij,jk->ik": which axes multiply and which are summed.
struct EinsumEquation {
  struct Axis: Equatable {
    let name: Character
    let size: Int
  }

  /// Axes of the result, and those that are summed away.
  let result: [Axis]
  let summed: [Axis]
  /// For each input its element step along each axis of the result and of the sum.
  let steps: [(result: [Int], summed: [Int])]

  init(_ text: String, shapes: [[Int]]) throws(OperatorFault) {
    let spaceless = text.filter { $0 != " " }
    let sides = spaceless.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
    let left = sides.count == 2 ? String(sides[0].dropLast()) : spaceless
    let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard terms.count == shapes.count, !text.isEmpty else { throw .attribute("equation \"\(text)\"") }
    var (named, sizes, ellipsis) = ([[Character]](), [Character: Int](), 0)
    for (term, shape) in zip(terms, shapes) {
      let letters = try Self.letters(term, rank: shape.count)
      for (letter, size) in zip(letters, shape) {
        let known = sizes[letter] ?? 1
        guard known == size || known == 1 || size == 1 else {
          throw .shape("axis \(letter) is \(known) and \(size)")
        }
        sizes[letter] = max(known, size)
      }
      ellipsis = max(ellipsis, letters.filter(\.isNumber).count)
      named.append(letters)
    }
    let all = named.flatMap { $0 }
    let output: [Character]
    if sides.count == 2 {
      output = try Self.letters(String(sides[1]), rank: sides[1].filter(\.isLetter).count + ellipsis)
    } else {
      let once = Set(all).filter { letter in letter.isLetter && all.filter { $0 == letter }.count == 1 }
      output = Set(all).filter(\.isNumber).sorted(by: >) + once.sorted()
    }
    guard Set(output).count == output.count, output.allSatisfy({ sizes[$0] != nil || $0.isNumber }) else {
      throw .attribute("equation \"\(text)\"")
    }
    result = output.map { Axis(name: $0, size: sizes[$0] ?? 1) }
    summed = Set(all).subtracting(output).sorted().map { Axis(name: $0, size: sizes[$0] ?? 1) }
    let (out, sum) = (result, summed)
    steps = zip(named, shapes).map { letters, shape in
      let strides = TensorShape.strides(shape)
      func step(_ axis: Axis) -> Int {
        letters.indices.reduce(0) { letters[$1] == axis.name && shape[$1] != 1 ? $0 + strides[$1] : $0 }
      }
      return (out.map(step), sum.map(step))
    }
  }

  /// One letter for each axis; the axes of "..." get digits, counted from the last so that they align.
  private static func letters(_ term: String, rank: Int) throws(OperatorFault) -> [Character] {
    let named = term.filter(\.isLetter).count
    let free = rank - named
    let parts = term.components(around: "...")
    guard free >= 0, free <= 10, parts.allSatisfy({ $0.allSatisfy { $0.isLetter && $0.isASCII } }),
      parts.count == 2 || (parts.count == 1 && free == 0)
    else { throw .attribute("\"\(term)\" for a tensor with \(rank) axes") }
    let digits = (0..<free).reversed().map { Character(String($0)) }
    return parts.count == 1 ? Array(term) : Array(parts[0]) + digits + Array(parts[1])
  }
}

extension String {
  /// This text cut at the first occurrence of `mark`: one or two parts.
  func components(around mark: String) -> [String] {
    guard let range = firstRange(of: mark) else { return [self] }
    return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
  }
}
