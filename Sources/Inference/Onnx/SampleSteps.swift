internal import ModelFormats

extension ResizeTap {
  /// Each place from itself.
  static func identity(_ size: Int) -> [[ResizeTap]] { (0..<size).map { [ResizeTap($0, 1)] } }
}

/// Scaling of one picture (channels last) by weighted rows and columns: nearest, linear and cubic alike.
struct SampleOperation: PlannedOperation {
  let channels: Int
  /// Columns of the input.
  let width: Int
  /// Sources of each row and column of the result.
  let rows: [[ResizeTap]]
  let columns: [[ResizeTap]]

  var name: String { "Resize" }

  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    guard let input = inputs[0], outputs[0].count == rows.count * columns.count * channels,
      rows.allSatisfy({ $0.allSatisfy { ($0.source + 1) * width * channels <= input.count } }),
      columns.allSatisfy({ $0.allSatisfy { $0.source < width } })
    else { throw PlanError(place: "Resize", problem: "shapes do not fit") }
    return SampleStep(operation: self, input: input, output: outputs[0])
  }
}

private struct SampleStep: Step {
  let operation: SampleOperation
  let input: Floats
  let output: Floats

  func run() {
    guard let from = input.baseAddress, let to = output.baseAddress else { return }
    let (channels, line) = (operation.channels, operation.width * operation.channels)
    var place = to
    for row in operation.rows {
      for column in operation.columns {
        for c in 0..<channels { place[c] = 0 }
        for y in row {
          for x in column {
            let weight = Float(y.weight * x.weight)
            let source = from + y.source * line + x.source * channels
            for c in 0..<channels { place[c] += weight * source[c] }
          }
        }
        place += channels
      }
    }
  }
}
