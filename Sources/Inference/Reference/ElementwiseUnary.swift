internal import Foundation
internal import ModelFormats

extension ReferenceOperators {
  static let unary: [String: Implementation] = {
    var table: [String: Implementation] = [:]
    for (name, function) in functions { table[name] = floating(name, function) }
    for (name, make) in withAttributes { table[name] = parametric(name, make) }
    for (name, function) in onAnyNumber { table[name] = anyNumber(function) }
    table["Identity"] = { call in [try call.input(0)] }
    table["Dropout"] = dropout
    table["Clip"] = clip
    table["Not"] = { call in
      let x = try call.input(0)
      return [Tensor(x.shape, try x.values(Bool.self).map { !$0 })]
    }
    table["BitwiseNot"] = { call in
      let x = try call.input(0)
      guard x.type.isInteger else { throw OperatorFault.type("BitwiseNot does not take \(x.type)") }
      return [Tensor(shape: x.shape, elements: complement(x.elements))]
    }
    table["IsNaN"] = { call in
      let x = try call.input(0)
      return [Tensor(x.shape, x.doubles.map(\.isNaN))]
    }
    table["IsInf"] = { call in
      let x = try call.input(0)
      let (up, down) = (
        call.flag("detect_positive", default: true), call.flag("detect_negative", default: true)
      )
      return [Tensor(x.shape, x.doubles.map { $0.isInfinite && ($0 > 0 ? up : down) })]
    }
    return table
  }()

  /// Functions of one floating-point number without attributes.
  private static let functions: [String: @Sendable (Double) -> Double] = [
    "Acos": { acos($0) }, "Acosh": { acosh($0) }, "Asin": { asin($0) }, "Asinh": { asinh($0) },
    "Atan": { atan($0) }, "Atanh": { atanh($0) }, "Ceil": { $0.rounded(.up) }, "Cos": { cos($0) },
    "Cosh": { cosh($0) }, "Erf": { erf($0) }, "Exp": { exp($0) }, "Floor": { $0.rounded(.down) },
    "HardSwish": { $0 * min(max($0 / 6 + 0.5, 0), 1) }, "Log": { log($0) },
    "Mish": { $0 * tanh(softplus($0)) }, "Reciprocal": { 1 / $0 },
    "Round": { $0.rounded(.toNearestOrEven) }, "Sigmoid": { sigmoid($0) }, "Sin": { sin($0) },
    "Sinh": { sinh($0) }, "Softplus": { softplus($0) }, "Softsign": { $0 / (1 + abs($0)) },
    "Sqrt": { $0.squareRoot() }, "Tan": { tan($0) }, "Tanh": { tanh($0) },
  ]

  /// Functions that integers have too; floating-point results are exact.
  private static let onAnyNumber: [String: @Sendable (Double) -> Double] = [
    "Abs": { abs($0) }, "Neg": { -$0 }, "Relu": { $0.isNaN ? $0 : max($0, 0) },
    "Sign": { $0.isNaN ? $0 : ($0 > 0 ? 1 : ($0 < 0 ? -1 : 0)) },
  ]

  private typealias Function = @Sendable (Double) -> Double
  private typealias Maker = @Sendable (OperatorCall) throws -> Function

  /// Functions with parameters. Defaults are those of the ONNX definitions.
  private static let withAttributes: [String: Maker] = [
    "Elu": { call in
      let alpha = call.number("alpha") ?? 1
      return { $0 < 0 ? alpha * expm1($0) : $0 }
    },
    "Celu": { call in
      let alpha = call.number("alpha") ?? 1
      return { max(0, $0) + min(0, alpha * expm1($0 / alpha)) }
    },
    "Selu": { call in
      let alpha = call.number("alpha") ?? Double(Float(1.67326319217681884765625))
      let gamma = call.number("gamma") ?? Double(Float(1.05070102214813232421875))
      return { gamma * ($0 > 0 ? $0 : alpha * expm1($0)) }
    },
    "LeakyRelu": { call in
      let alpha = call.number("alpha") ?? Double(Float(0.01))
      return { $0 < 0 ? alpha * $0 : $0 }
    },
    "ThresholdedRelu": { call in
      let alpha = call.number("alpha") ?? 1
      return { $0 > alpha ? $0 : 0 }
    },
    "HardSigmoid": { call in
      let (alpha, beta) = (call.number("alpha") ?? Double(Float(0.2)), call.number("beta") ?? 0.5)
      return { max(0, min(1, alpha * $0 + beta)) }
    },
    "Shrink": { call in
      let (lambda, bias) = (call.number("lambd") ?? 0.5, call.number("bias") ?? 0)
      return { $0 < -lambda ? $0 + bias : ($0 > lambda ? $0 - bias : 0) }
    },
    "Swish": { call in
      let alpha = call.number("alpha") ?? 1
      return { $0 * sigmoid(alpha * $0) }
    },
    "Gelu": { call in
      if try call.choice("approximate", ["none", "tanh"]) == "none" {
        return { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
      }
      return { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    },
  ]

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// log(1 + exp(x)) without overflow.
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  private static func floating(_ name: String, _ function: @escaping Function) -> Implementation {
    parametric(name) { _ in function }
  }

  private static func parametric(_ name: String, _ make: @escaping Maker) -> Implementation {
    { call in
      let x = try call.input(0)
      guard x.type.isFloat || name == "Shrink" else {
        throw OperatorFault.type("\(name) does not take \(x.type)")
      }
      let function = try make(call)
      return [Tensor(shape: x.shape, elements: x.type.elements(x.doubles.map(function)))]
    }
  }

  private static func anyNumber(_ function: @escaping Function) -> Implementation {
    { call in
      let x = try call.input(0)
      guard x.type != .bool else { throw OperatorFault.type("expected numbers, found \(x.type)") }
      return [Tensor(shape: x.shape, elements: x.type.elements(x.doubles.map(function)))]
    }
  }

  private static func complement(_ elements: any TensorElements) -> any TensorElements {
    func compute<E: TensorElements>(_ e: E) -> any TensorElements {
      e.array.map { E.Element(bits: ~$0.bits) }
    }
    return compute(elements)
  }

  /// The identity, and a mask of ones: networks are run, not trained.
  private static func dropout(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    if let training = call.optional(2), try training.scalar() != 0 {
      throw .unsupported("Dropout with training_mode")
    }
    if call.version < 7, call.integer("is_test") != 1, call.version > 0 {
      throw .unsupported("Dropout of opset 6 and older without is_test = 1")
    }
    let mask = Tensor(x.shape, [Bool](repeating: true, count: x.count))
    // Until opset 9 the mask had the type of the data.
    return [
      x, call.version < 10 ? Tensor(shape: x.shape, elements: mask.elements.converted(to: x.type)) : mask,
    ]
  }

  /// min(max(x, lower), upper); limits are attributes until opset 10, inputs from 11 on.
  private static func clip(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    var x = try call.input(0)
    let limits: [(String, BinaryOperation)] = [("min", .maximum), ("max", .minimum)]
    for (index, (name, operation)) in limits.enumerated() {
      if let limit = call.optional(index + 1) {
        guard limit.count == 1 else { throw .shape("\(name) has the shape \(limit.shape)") }
        x = try x.combined(operation, limit.reshaped([]))
      } else if let limit = call.number(name) {
        x = try x.combined(operation, Tensor(shape: [], elements: x.type.elements([limit])))
      }
    }
    return [x]
  }
}
