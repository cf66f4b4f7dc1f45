/// Reads a TensorFlow Lite file (schema version 3) into a ``Graph``.
///
/// Field numbers are those of the public schema. What is not supported is refused by name.
public enum TFLiteReader {
  /// Whether the bytes carry TFLite's file identifier.
  public static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 8 && bytes[4..<8].elementsEqual("TFL3".utf8)
  }

  /// The network in `bytes`; `file` is named in errors. Cost: linear in nodes; weights are not copied.
  public static func read(_ bytes: ModelBytes, file: String) throws(ModelFormatError) -> Graph {
    do {
      return try readGraph(bytes)
    } catch {
      throw ModelFormatError(file: file, place: error.place, problem: error.problem)
    }
  }

  private static func readGraph(_ bytes: ModelBytes) throws(ModelFormatError) -> Graph {
    guard recognizes(bytes.buffer) else {
      throw ModelFormatError(place: "byte 4", problem: "no TFL3 identifier; not a TensorFlow Lite file")
    }
    let model = try FlatBuffer(bytes: bytes.buffer).root()
    let codes = try model.tables(1)
    let subgraphs = try model.tables(2)
    guard let subgraph = subgraphs.first, subgraphs.count == 1 else {
      throw ModelFormatError(
        place: "subgraphs", problem: "\(subgraphs.count) subgraphs; exactly 1 is supported")
    }
    let buffers = try model.tables(4)
    var tensors: [GraphTensor] = []
    for table in try subgraph.tables(0) {
      tensors.append(try tensor(table, position: tensors.count, buffers: buffers))
    }
    let reader = TFLiteNodeReader(bytes: bytes, tensors: tensors)
    var nodes: [GraphNode] = []
    for (position, table) in try subgraph.tables(3).enumerated() {
      nodes.append(try reader.node(table, position: position, codes: codes))
    }
    let inputs = try reader.checked(try subgraph.integers(1), place: "inputs", optional: false)
    let outputs = try reader.checked(try subgraph.integers(2), place: "outputs", optional: false)
    guard !inputs.isEmpty, !outputs.isEmpty else {
      throw ModelFormatError(place: "subgraph", problem: "no inputs or no outputs")
    }
    let graph = Graph(tensors: tensors, nodes: nodes, inputs: inputs, outputs: outputs, bytes: bytes)
    try checkOrder(graph)
    return graph
  }

  /// Every node reads what the file, the caller or an earlier node gives, and every value is given once.
  private static func checkOrder(_ graph: Graph) throws(ModelFormatError) {
    var known = Set(graph.tensors.indices.filter { graph.tensors[$0].constant != nil })
    for input in graph.inputs where !known.insert(input).inserted {
      throw ModelFormatError(
        place: "inputs", problem: "\(graph.tensors[input].name) is an input twice, or has a constant value")
    }
    for (position, node) in graph.nodes.enumerated() {
      for input in node.inputs where input >= 0 && !known.contains(input) {
        throw ModelFormatError(
          place: "node \(position)",
          problem:
            "input \(graph.tensors[input].name) is given nowhere before this node (missing, or a cycle)")
      }
      for output in node.outputs where !known.insert(output).inserted {
        throw ModelFormatError(
          place: "node \(position)", problem: "\(graph.tensors[output].name) is given a value twice")
      }
    }
    for output in graph.outputs where !known.contains(output) {
      throw ModelFormatError(place: "outputs", problem: "\(graph.tensors[output].name) is computed nowhere")
    }
  }

  private static func tensor(
    _ table: FlatTable, position: Int, buffers: [FlatTable]
  ) throws(ModelFormatError) -> GraphTensor {
    let name = try table.string(3)
    let place = "tensor \(position) \"\(name)\""
    let shape = try table.integers(0)
    var count = 1
    for size in shape {
      guard size >= 1, size <= 1 << 24 else {
        throw ModelFormatError(place: place, problem: "a size of \(size); expected 1 to \(1 << 24)")
      }
      count *= size
      guard count <= 1 << 28 else {
        throw ModelFormatError(place: place, problem: "shape \(shape) has more than \(1 << 28) elements")
      }
    }
    let code: Int8 = try table.integer(1, 0)
    let types: [Int8: (ElementType, Int)] = [0: (.float32, 4), 1: (.float16, 2), 2: (.int32, 4)]
    guard let (type, width) = types[code] else {
      throw ModelFormatError(
        place: place, problem: "element type number \(code); supported are float32, float16 and int32")
    }
    let buffer = Int(try table.integer(2, UInt32(0)))
    guard buffer < buffers.count else {
      throw ModelFormatError(place: place, problem: "buffer \(buffer) of \(buffers.count)")
    }
    let data = buffer == 0 ? nil : try buffers[buffer].byteRange(0)
    guard buffer == 0 ? true : try buffers[buffer].integer(1, UInt64(0)) <= 1 else {
      throw ModelFormatError(place: place, problem: "its weights lie outside of the file's tables")
    }
    if let data, !data.isEmpty, data.count != count * width {
      throw ModelFormatError(
        place: place,
        problem: "\(data.count) bytes of weights; shape \(shape) of \(type.rawValue) needs \(count * width)")
    }
    if let data, type != .int32, table.buffer.bytes[data].containsNaN(halves: type == .float16) {
      throw ModelFormatError(place: place, problem: "a weight is not a number (NaN)")
    }
    return GraphTensor(
      name: name, shape: shape, type: type, constant: data.flatMap { $0.isEmpty ? nil : $0 })
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Whether one of the floats, of 16 or 32 bits, is no number.
  fileprivate func containsNaN(halves: Bool) -> Bool {
    let bytes = UnsafeRawBufferPointer(rebasing: self)
    return halves
      ? bytes.largest(UInt16.self, mask: 0x7fff) > 0x7c00
      : bytes.largest(UInt32.self, mask: 0x7fff_ffff) > 0x7f80_0000
  }
}

extension UnsafeRawBufferPointer {
  /// The largest of the numbers that lie side by side, with `mask` applied.
  func largest<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, mask: T) -> T {
    var largest: T = 0
    let size = MemoryLayout<T>.size
    for offset in stride(from: 0, to: count - count % size, by: size) {
      largest = Swift.max(largest, loadUnaligned(fromByteOffset: offset, as: T.self) & mask)
    }
    return largest
  }
}
