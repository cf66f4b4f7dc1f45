internal import Foundation
internal import ModelFormats

/// Operations on two elements of one type.
package enum BinaryOperation: String, Sendable, CaseIterable {
  case add = "Add"
  case subtract = "Sub"
  case multiply = "Mul"
  case divide = "Div"
  case power = "Pow"
  case minimum = "Min"
  case maximum = "Max"
  /// Remainder with the divisor's sign.
  case modulo = "Mod"
  /// Remainder with the dividend's sign.
  case remainder = "fmod"
  case and = "BitwiseAnd"
  case or = "BitwiseOr"
  case xor = "BitwiseXor"
  case shiftLeft = "LEFT"
  case shiftRight = "RIGHT"

  /// On floating-point numbers; computed in `Double`, rounded once to the element type.
  var onNumbers: ((Double, Double) -> Double)? {
    switch self {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .power: { pow($0, $1) }
    case .minimum: { $0.isNaN || $1.isNaN ? .nan : min($0, $1) }
    case .maximum: { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    case .modulo: { Self.modulo($0, $1) }
    case .remainder: { fmod($0, $1) }
    case .and, .or, .xor, .shiftLeft, .shiftRight: nil
    }
  }

  /// On integers; sums wrap as the machine's do, and a division by 0 gives 0.
  func onIntegers<T: FixedWidthInteger>(_: T.Type) -> ((T, T) -> T)? {
    switch self {
    case .add: { $0 &+ $1 }
    case .subtract: { $0 &- $1 }
    case .multiply: { $0 &* $1 }
    case .divide: { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }
    case .power: { Self.power($0, $1) }
    case .minimum: { min($0, $1) }
    case .maximum: { max($0, $1) }
    case .modulo:
      { a, b in
        guard b != 0 else { return 0 }
        let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
        return rest != 0 && (rest < 0) != (b < 0) ? rest &+ b : rest
      }
    case .remainder: { $1 == 0 ? 0 : $0.remainderReportingOverflow(dividingBy: $1).partialValue }
    case .and: { $0 & $1 }
    case .or: { $0 | $1 }
    case .xor: { $0 ^ $1 }
    // A negative distance counts as one beyond the last bit.
    case .shiftLeft: { $1 < 0 ? 0 : $0 << $1 }
    case .shiftRight: { $1 < 0 ? ($0 < 0 ? ~0 : 0) : $0 >> $1 }
    }
  }

  private static func modulo(_ a: Double, _ b: Double) -> Double {
    let rest = fmod(a, b)
    if rest == 0 { return b < 0 ? -0.0 : 0 }
    return (rest < 0) != (b < 0) ? rest + b : rest
  }

  private static func power<T: FixedWidthInteger>(_ base: T, _ exponent: T) -> T {
    if exponent < 0 { return base == 1 ? 1 : 0 }
    var (result, square, rest): (T, T, T) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}

/// Comparisons and logic: two elements in, a Boolean out.
package enum Comparison: String, Sendable, CaseIterable {
  case equal = "Equal"
  case less = "Less"
  case greater = "Greater"
  case lessOrEqual = "LessOrEqual"
  case greaterOrEqual = "GreaterOrEqual"
  case and = "And"
  case or = "Or"
  case xor = "Xor"

  func holds<T: TensorElement>(_ a: T, _ b: T) -> Bool {
    switch self {
    case .equal: a == b
    case .less: T.less(a, b)
    case .greater: T.less(b, a)
    case .lessOrEqual: a == b || T.less(a, b)
    case .greaterOrEqual: a == b || T.less(b, a)
    case .and: a.integer != 0 && b.integer != 0
    case .or: a.integer != 0 || b.integer != 0
    case .xor: (a.integer != 0) != (b.integer != 0)
    }
  }
}

extension Tensor {
  /// `operation` on broadcast elements of the same type.
  package func combined(_ operation: BinaryOperation, _ other: Tensor) throws(OperatorFault) -> Tensor {
    let shape = try TensorShape.broadcast(self.shape, other.shape)
    let (left, right) = (try broadcast(to: shape), try other.broadcast(to: shape))
    func compute<E: TensorElements>(_ a: E) throws(OperatorFault) -> Tensor {
      guard let b = right.elements as? E else { throw .type("operands are \(type) and \(other.type)") }
      guard let function = E.Element.operation(operation) else {
        throw .type("\(operation.rawValue) does not take \(type)")
      }
      return Tensor(shape, zip(a.array, b.array).map(function))
    }
    return try compute(left.elements)
  }

  /// `comparison` on broadcast elements of the same type.
  package func compared(_ comparison: Comparison, _ other: Tensor) throws(OperatorFault) -> Tensor {
    let shape = try TensorShape.broadcast(self.shape, other.shape)
    let (left, right) = (try broadcast(to: shape), try other.broadcast(to: shape))
    func compute<E: TensorElements>(_ a: E) throws(OperatorFault) -> Tensor {
      guard let b = right.elements as? E else { throw .type("operands are \(type) and \(other.type)") }
      return Tensor(shape, zip(a.array, b.array).map { comparison.holds($0, $1) })
    }
    return try compute(left.elements)
  }
}

extension ReferenceOperators {
  static let binary: [String: Implementation] = {
    var table: [String: Implementation] = [
      "Min": { call in [try folded(call, .minimum)] },
      "Max": { call in [try folded(call, .maximum)] },
      "Sum": { call in [try folded(call, .add)] },
      "Mean": mean, "Mod": modulo, "Pow": power, "BitShift": bitShift, "PRelu": parametricRelu,
      "Where": choose,
    ]
    for operation: BinaryOperation in [.add, .subtract, .multiply, .divide, .and, .or, .xor] {
      table[operation.rawValue] = combine(operation)
    }
    for comparison in Comparison.allCases { table[comparison.rawValue] = compare(comparison) }
    return table
  }()

  private static func combine(_ operation: BinaryOperation) -> Implementation {
    { call in
      let first = try call.input(0)
      return [try first.combined(operation, try aligned(call))]
    }
  }

  private static func compare(_ comparison: Comparison) -> Implementation {
    { call in
      let first = try call.input(0)
      return [try first.compared(comparison, try aligned(call))]
    }
  }

  private static func mean(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let sum = try folded(call, .add)
    return [
      try sum.combined(.divide, Tensor(shape: [], elements: sum.type.elements([Double(call.inputs.count)])))
    ]
  }

  private static func folded(_ call: OperatorCall, _ operation: BinaryOperation) throws(OperatorFault)
    -> Tensor
  {
    let inputs = try call.allInputs()
    var result = inputs[0]
    for input in inputs.dropFirst() { result = try result.combined(operation, input) }
    return result
  }

  /// Opset 6 and older: `broadcast` and `axis` say where the second operand's axes lie in the first's.
  private static func aligned(_ call: OperatorCall) throws(OperatorFault) -> Tensor {
    let other = try call.input(1)
    guard call.flag("broadcast"), let axis = call.integer("axis") else { return other }
    let rank = try call.input(0).rank
    let start = try TensorShape.axis(axis, rank: rank)
    guard start + other.rank <= rank else {
      throw .attribute("axis \(axis) leaves no room for \(other.shape)")
    }
    return try other.reshaped(other.shape + [Int](repeating: 1, count: rank - start - other.rank))
  }

  private static func modulo(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let a = try call.input(0)
    if a.type.isFloat && !call.flag("fmod") && call.version < 28 {
      throw .attribute("Mod of floating-point numbers needs fmod = 1")
    }
    return [try a.combined(call.flag("fmod") ? .remainder : .modulo, call.input(1))]
  }

  /// The exponent may have another type than the base; the result has the base's.
  private static func power(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (base, exponent) = (try call.input(0), try aligned(call))
    if base.type == exponent.type { return [try base.combined(.power, exponent)] }
    let wide = Tensor(shape: base.shape, elements: base.elements.converted(to: .float64))
    let result = try wide.combined(
      .power, Tensor(shape: exponent.shape, elements: exponent.elements.converted(to: .float64)))
    return [Tensor(shape: result.shape, elements: result.elements.converted(to: base.type))]
  }

  private static func bitShift(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    guard let direction = call.text("direction"), let operation = BinaryOperation(rawValue: direction),
      operation == .shiftLeft || operation == .shiftRight
    else { throw .attribute("direction must be LEFT or RIGHT") }
    return [try call.input(0).combined(operation, call.input(1))]
  }

  /// x where x ≥ 0, slope * x elsewhere; the slope broadcasts to x.
  private static func parametricRelu(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    var slope = try call.input(1)
    // Opset 6 and older: one slope for each channel.
    if call.version < 7, slope.rank == 1, x.rank > 1, slope.count > 1 {
      slope = try slope.reshaped(slope.shape + [Int](repeating: 1, count: x.rank - 2))
    }
    slope = try slope.broadcast(to: x.shape)
    guard slope.type == x.type else { throw .type("slope is \(slope.type), input is \(x.type)") }
    let values = zip(x.doubles, slope.doubles).map { $0 < 0 ? $0 * $1 : $0 }
    return [Tensor(shape: x.shape, elements: x.type.elements(values))]
  }

  private static func choose(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (condition, a, b) = (try call.input(0), try call.input(1), try call.input(2))
    guard condition.type == .bool else { throw .type("the condition is \(condition.type)") }
    guard a.type == b.type else { throw .type("choices are \(a.type) and \(b.type)") }
    let shape = try TensorShape.broadcast(TensorShape.broadcast(a.shape, b.shape), condition.shape)
    let truth = try condition.broadcast(to: shape).values(Bool.self)
    let both = try concatenated([a.broadcast(to: shape).flat(), b.broadcast(to: shape).flat()], axis: 0)
    let indices = truth.indices.map { truth[$0] ? $0 : $0 + truth.count }
    return [try both.picking(indices, shape: shape)]
  }
}
