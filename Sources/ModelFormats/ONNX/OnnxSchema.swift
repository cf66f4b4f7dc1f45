/// What the ONNX definitions say about one version of an operator.
struct OnnxSchema {
  enum AttributeKind: String {
    case number = "f"
    case integer = "i"
    case text = "s"
    case tensor = "t"
    case graph = "g"
    case sparse = "x"
    case numbers = "fs"
    case integers = "is"
    case texts = "ss"
  }

  struct Attribute {
    let kind: AttributeKind
    let required: Bool
  }

  let version: Int
  let inputs: ClosedRange<Int>
  let outputs: ClosedRange<Int>
  let attributes: [String: Attribute]
  let deprecated: Bool

  /// The opsets whose operators are known.
  static let opsets = 6...OnnxSchemaTable.newestOpset

  /// The definition of `name` that holds in `opset`, or nil when the operator is unknown or newer.
  static func find(_ name: String, opset: Int) -> OnnxSchema? {
    table[name]?.last { $0.version <= opset }
  }

  /// True when some opset has the operator.
  static func knows(_ name: String) -> Bool { table[name] != nil }

  /// Versions of each operator, oldest first.
  private static let table: [String: [OnnxSchema]] = {
    var table: [String: [OnnxSchema]] = [:]
    for line in OnnxSchemaTable.lines.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 3, let schema = OnnxSchema(words) else {
        preconditionFailure("schema line \(line)")
      }
      table[String(words[0]), default: []].append(schema)
    }
    return table
  }()

  private init?(_ words: [Substring]) {
    guard let version = Int(words[1]) else { return nil }
    self.version = version
    deprecated = words[2] == "deprecated"
    guard words.count >= 4 else {
      (inputs, outputs, attributes) = (0...0, 0...0, [:])
      return
    }
    guard let inputs = Self.range(words[2]), let outputs = Self.range(words[3]) else { return nil }
    (self.inputs, self.outputs) = (inputs, outputs)
    var attributes: [String: Attribute] = [:]
    for word in words.dropFirst(4) {
      let parts = word.split(separator: ":")
      let required = parts[1].hasSuffix("!")
      guard let kind = AttributeKind(rawValue: String(required ? parts[1].dropLast() : parts[1])) else {
        return nil
      }
      attributes[String(parts[0])] = Attribute(kind: kind, required: required)
    }
    self.attributes = attributes
  }

  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-")
    guard ends.count == 2, let low = Int(ends[0]) else { return nil }
    return low...(Int(ends[1]) ?? Int.max)
  }
}
