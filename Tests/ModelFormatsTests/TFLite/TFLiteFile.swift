import ModelFormats

/// A field of a FlatBuffer's table, for files put together in a test.
indirect enum FlatField {
  case missing
  case byte(Int8)
  case number(Int32)
  case numbers([Int32])
  case bytes([UInt8])
  case table([FlatField])
  case tables([[FlatField]])
}

/// Writes tables before what they point to, as FlatBuffers demand.
struct FlatWriter {
  private(set) var bytes: [UInt8] = [0, 0, 0, 0] + [UInt8]("TFL3".utf8)

  init(root: [FlatField]) {
    let place = table(root)
    patch(0, Int32(place))
  }

  private mutating func patch(_ place: Int, _ value: Int32) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> Int32(8 * index)) }
  }

  private mutating func append(_ value: Int32) {
    bytes += [0, 0, 0, 0]
    patch(bytes.count - 4, value)
  }

  private mutating func align() { while bytes.count % 4 != 0 { bytes.append(0) } }

  /// Where the table begins. Its list of fields lies before it, each field takes four bytes.
  private mutating func table(_ fields: [FlatField]) -> Int {
    align()
    let list = bytes.count
    for size in [4 + 2 * fields.count, 4 + 4 * fields.count] { bytes += [UInt8(size), 0] }
    for (index, field) in fields.enumerated() {
      if case .missing = field { bytes += [0, 0] } else { bytes += [UInt8(4 + 4 * index), 0] }
    }
    align()
    let place = bytes.count
    append(Int32(place - list))
    for field in fields {
      switch field {
      case .byte(let value): append(Int32(UInt8(bitPattern: value)))
      case .number(let value): append(value)
      default: append(0)
      }
    }
    for (index, field) in fields.enumerated() {
      let slot = place + 4 + 4 * index
      switch field {
      case .missing, .byte, .number: continue
      case .numbers(let values):
        align()
        patch(slot, Int32(bytes.count - slot))
        append(Int32(values.count))
        for value in values { append(value) }
      case .bytes(let values):
        align()
        patch(slot, Int32(bytes.count - slot))
        append(Int32(values.count))
        bytes += values
      case .table(let fields): patch(slot, Int32(table(fields) - slot))
      case .tables(let all):
        align()
        let start = bytes.count
        patch(slot, Int32(start - slot))
        append(Int32(all.count))
        for _ in all { append(0) }
        for (number, fields) in all.enumerated() {
          let from = start + 4 + 4 * number
          patch(from, Int32(table(fields) - from))
        }
      }
    }
    return place
  }
}

/// A TFLite network y = relu(x + w) of three numbers; tests change what they want to be wrong.
struct TFLiteFile {
  /// Shape, type (0 float32), buffer, name.
  var tensors: [(shape: [Int32], type: Int8, buffer: Int32, name: String)] = [
    ([1, 3], 0, 0, "x"), ([3], 0, 1, "w"), ([1, 3], 0, 0, "sum"), ([1, 3], 0, 0, "y"),
  ]
  /// Number of the operator's code, inputs, outputs.
  var nodes: [(code: Int32, inputs: [Int32], outputs: [Int32])] = [(0, [0, 1], [2]), (1, [2], [3])]
  /// TFLite's numbers of operators: ADD, RELU.
  var codes: [Int8] = [0, 19]
  var inputs: [Int32] = [0]
  var outputs: [Int32] = [3]
  var weights = [Float](arrayLiteral: 1, -2, 3).flatMap { number in
    (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> UInt32(8 * $0)) }
  }
  /// Fields of the buffer of weights behind its data.
  var outside: [FlatField] = []
  var subgraphs = 1
  /// Options of nodes, by the node's position: fields of the operator's own table.
  var options: [Int: [FlatField]] = [:]
  /// Further buffers, from number 2 on.
  var buffers: [[UInt8]] = []

  func bytes() -> [UInt8] {
    let subgraph: [FlatField] = [
      .tables(
        tensors.map {
          [.numbers($0.shape), .byte($0.type), .number($0.buffer), .bytes([UInt8]($0.name.utf8))]
        }),
      .numbers(inputs), .numbers(outputs),
      .tables(
        nodes.enumerated().map { place, node in
          let fields: [FlatField] = [.number(node.code), .numbers(node.inputs), .numbers(node.outputs)]
          return options[place].map { fields + [.byte(1), .table($0)] } ?? fields
        }),
    ]
    let all: [FlatField] = [
      .number(3), .tables(codes.map { [.byte($0)] }),
      .tables(Array(repeating: subgraph, count: subgraphs)), .missing,
      .tables([[], [.bytes(weights)] + outside] + buffers.map { [.bytes($0)] }),
    ]
    return FlatWriter(root: all).bytes
  }

  func graph() throws(ModelFormatError) -> Graph {
    try TFLiteReader.read(ModelBytes(copying: bytes()), file: "test.tflite")
  }

  /// Why the reader refuses the file; nil when it does not.
  func error() -> ModelFormatError? {
    do {
      _ = try graph()
      return nil
    } catch {
      return error
    }
  }
}
