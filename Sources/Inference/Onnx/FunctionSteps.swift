internal import CKernels
internal import ModelFormats

/// A function of every element with up to two parameters.
struct FunctionOperation: PlannedOperation {
  let name: String
  let function: Int
  var a: Float = 1
  var b: Float = 0

  /// x/2 (1 + erf(x / sqrt 2)).
  static let gelu = FunctionOperation(name: "Gelu", function: VK_FN_GELU)
  var isGelu: Bool { function == VK_FN_GELU }

  private init(name: String, function: Int) { (self.name, self.function) = (name, function) }

  /// The fast function for a node, or nil when its attributes or exponent have none.
  init?(_ node: OnnxNode, _ call: OperatorCall, exponent: Float?) {
    name = node.kind
    func parameter(_ name: String, _ missing: Float) -> Float { Float(call.number(name) ?? Double(missing)) }
    switch node.kind {
    case "Softplus": function = VK_FN_SOFTPLUS
    case "Mish": function = VK_FN_MISH
    case "Elu": (function, a) = (VK_FN_ELU, parameter("alpha", 1))
    case "Celu":
      (function, a) = (VK_FN_CELU, parameter("alpha", 1))
      // For a negative alpha both terms of the definition may count at once.
      guard a > 0 else { return nil }
    case "Selu":
      (function, a, b) = (VK_FN_SELU, parameter("alpha", 1.673_263_2), parameter("gamma", 1.050_701))
    case "Gelu":
      guard let kind = try? call.choice("approximate", ["none", "tanh"]) else { return nil }
      function = kind == "none" ? VK_FN_GELU : VK_FN_GELU_TANH
    case "Erf": function = VK_FN_ERF
    case "Log": function = VK_FN_LOG
    case "Pow":
      guard let exponent else { return nil }
      (function, a) = (VK_FN_POWER, exponent)
    case "Softsign": function = VK_FN_SOFTSIGN
    case "Swish": (function, a) = (VK_FN_SWISH, parameter("alpha", 1))
    case "ThresholdedRelu": (function, a) = (VK_FN_THRESHOLDED, parameter("alpha", 1))
    case "HardSigmoid":
      (function, a, b) = (VK_FN_HARD_SIGMOID, parameter("alpha", 0.2), parameter("beta", 0.5))
    case "Ceil": function = VK_FN_CEIL
    case "Floor": function = VK_FN_FLOOR
    case "Round": function = VK_FN_ROUND
    case "Sin": function = VK_FN_SIN
    case "Cos": function = VK_FN_COS
    default: return nil
    }
  }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let input = inputs[0], input.count == outputs[0].count else {
      throw PlanError(place: name, problem: "element counts differ")
    }
    return FunctionStep(operation: self, input: input, output: outputs[0])
  }
}

private struct FunctionStep: PartitionedStep {
  let operation: FunctionOperation
  let input: Floats
  let output: Floats

  var parts: Int { Blocks(output.count).parts }
  var nanoseconds: Int { output.count }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let elements = Blocks(output.count).elements(range)
    vk_function(
      Int32(operation.function), operation.a, operation.b, from + elements.lowerBound,
      to + elements.lowerBound, elements.count)
  }
}
