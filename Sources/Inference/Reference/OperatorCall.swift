package import ModelFormats

/// One use of an operator: what a reference implementation gets.
package struct OperatorCall {
  /// The operator's ONNX name.
  package let name: String
  /// The newest version of the operator that the file's opset includes: its meaning is that version's.
  package let version: Int
  /// Attributes that the file sets; the reader has checked their names and kinds.
  package let attributes: [String: AttributeValue]
  /// Inputs in order; nil for one left out.
  package let inputs: [Tensor?]
  /// How many results are asked for; the later ones of an operator may be left out.
  package let outputCount: Int

  package init(
    _ name: String, version: Int = 21, attributes: [String: AttributeValue] = [:], inputs: [Tensor?],
    outputCount: Int = 1
  ) {
    self.name = name
    self.version = version
    self.attributes = attributes
    self.inputs = inputs
    self.outputCount = outputCount
  }

  /// Input `index`, which the operator cannot do without.
  func input(_ index: Int) throws(OperatorFault) -> Tensor {
    guard let tensor = optional(index) else { throw .attribute("input \(index) is missing") }
    return tensor
  }

  /// Input `index` if it is there.
  func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  /// All inputs, none of which may be left out.
  func allInputs() throws(OperatorFault) -> [Tensor] {
    var result: [Tensor] = []
    for index in inputs.indices { result.append(try input(index)) }
    guard !result.isEmpty else { throw .attribute("no inputs") }
    return result
  }

  func integer(_ name: String) -> Int? {
    if case .integer(let value) = attributes[name] { value } else { nil }
  }

  func number(_ name: String) -> Double? {
    if case .number(let value) = attributes[name] { Double(value) } else { nil }
  }

  func text(_ name: String) -> String? {
    if case .text(let value) = attributes[name] { value } else { nil }
  }

  func integers(_ name: String) -> [Int]? {
    if case .integers(let values) = attributes[name] { values } else { nil }
  }

  func numbers(_ name: String) -> [Double]? {
    if case .numbers(let values) = attributes[name] { values.map { Double($0) } } else { nil }
  }

  /// A 0/1 attribute.
  func flag(_ name: String, default value: Bool = false) -> Bool {
    integer(name).map { $0 != 0 } ?? value
  }

  /// A text attribute that must be one of `choices`; the first is the default.
  func choice(_ name: String, _ choices: [String]) throws(OperatorFault) -> String {
    guard let value = text(name) else { return choices[0] }
    guard choices.contains(value) else { throw .unsupported("\(name) = \"\(value)\"") }
    return value
  }

  /// Integers that newer versions take as input `index` and older ones as attribute `name`.
  func integers(_ name: String, orInput index: Int) throws(OperatorFault) -> [Int]? {
    if let values = integers(name) { return values }
    return try optional(index)?.sizes()
  }

  /// The same for positions, which may be as large as they like (a slice's end is often the largest integer).
  func positions(_ name: String, orInput index: Int) throws(OperatorFault) -> [Int]? {
    if let values = integers(name) { return values }
    return try optional(index)?.integers()
  }
}

extension Tensor {
  /// Integers that stand for sizes or axes: small enough for sums and products of two of them.
  func sizes() throws(OperatorFault) -> [Int] {
    let values = try integers()
    guard values.allSatisfy({ $0.magnitude < 1 << 31 }) else { throw .tooLarge("sizes \(values.prefix(8))") }
    return values
  }

  /// The only element of a tensor with one element.
  func scalar() throws(OperatorFault) -> Double {
    guard count == 1 else { throw .shape("expected one element, found shape \(shape)") }
    return doubles[0]
  }
}
