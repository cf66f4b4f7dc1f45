internal import CKernels
internal import ModelFormats

/// Matrices rows x columns turned to columns x rows, one after another: between NCHW and NHWC.
struct TurnOperation: PlannedOperation {
  let count: Int
  let rows: Int
  let columns: Int

  var name: String { "Transpose" }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let input = inputs[0], input.count == count * rows * columns, outputs[0].count == input.count else {
      throw PlanError(place: "transpose", problem: "\(count) x \(rows) x \(columns) elements do not fit")
    }
    return TurnStep(operation: self, input: input, output: outputs[0])
  }
}

/// Parts are blocks of columns: rows of the result.
private struct TurnStep: PartitionedStep {
  let operation: TurnOperation
  let input: Floats
  let output: Floats

  private static let block = 16
  private var blocks: Int { (operation.columns + Self.block - 1) / Self.block }
  var parts: Int { operation.count * blocks }
  var nanoseconds: Int { output.count / 10 }

  func run(_ range: Range<Int>) {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let (rows, columns) = (operation.rows, operation.columns)
    for index in range.lowerBound / blocks...(range.upperBound - 1) / blocks {
      let first = max(range.lowerBound - index * blocks, 0) * Self.block
      let last = min((range.upperBound - index * blocks) * Self.block, columns)
      let start = index * rows * columns
      vk_turn(from + start + first, rows, columns, last - first, to + start + first * rows)
    }
  }
}
