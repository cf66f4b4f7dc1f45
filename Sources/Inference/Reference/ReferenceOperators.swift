internal import ModelFormats

/// All reference operators by ONNX name.
///
/// Each takes an `OperatorCall` and gives its results as new tensors. What an operator computes stands in
/// `docs/operators.md`; the definitions are those of the ONNX operator documentation.
package enum ReferenceOperators {
  /// Throws `OperatorFault` only. (Swift 6.3.1 crashes on closures with typed throws in a table.)
  package typealias Implementation = @Sendable (OperatorCall) throws -> [Tensor]

  /// Names of all operators that have a reference implementation.
  package static var names: Set<String> { Set(table.keys) }

  private static let table: [String: Implementation] = {
    var all: [String: Implementation] = [:]
    for part in [
      unary, binary, movement, indexing, reductions, normalizations, convolutions, pooling, products,
      resizing,
      recurrent, selection, quantization,
    ] {
      all.merge(part) { first, _ in first }
    }
    return all
  }()

  /// The results of one operator.
  /// - Throws: `OperatorFault` that says what does not fit; `unsupported` for an unknown name.
  package static func run(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    guard let implementation = table[call.name] else { throw .unsupported("operator \(call.name)") }
    do {
      return try implementation(call)
    } catch let fault as OperatorFault {
      throw fault
    } catch {
      throw .unsupported("\(error)")
    }
  }
}
