internal import SwiftProtobuf

/// What a caller fixes of an ONNX file before it is checked: which way its branches go, and sizes that it leaves open.
///
/// A file may hold several networks behind one `If`, as exporters write them for several sampling rates. With the
/// condition named here the branch takes the node's place, and what only the other branch or the condition needed is gone:
/// nodes, constants and inputs. What is left is an ordinary network, checked like any other.
public struct OnnxChoices: Sendable, Hashable {
  /// Outcomes of conditions, by the name of the value that an `If` reads.
  public var conditions: [String: Bool]
  /// Sizes by the name that the file gives an open axis of an input.
  public var sizes: [String: Int]

  /// Nothing is fixed by default.
  public init(conditions: [String: Bool] = [:], sizes: [String: Int] = [:]) {
    (self.conditions, self.sizes) = (conditions, sizes)
  }

  /// Whether nothing is fixed.
  var isEmpty: Bool { conditions.isEmpty && sizes.isEmpty }

  /// `graph` with everything fixed. Branches within branches are followed; a branch that is no plain one stays, and is
  /// refused by name when the file is checked.
  func applied(to graph: Onnx_GraphProto) -> Onnx_GraphProto {
    guard !isEmpty else { return graph }
    var graph = graph
    while let place = graph.node.firstIndex(where: { branch(of: $0) != nil }),
      let branch = branch(of: graph.node[place])
    {
      graph.node.replaceSubrange(place...place, with: Self.nodes(of: branch, for: graph.node[place].output))
      graph.initializer += branch.initializer
    }
    Self.removeUnused(&graph)
    for input in graph.input.indices { fixSizes(&graph.input[input]) }
    return graph
  }

  /// The branch that an `If` takes; nil for other nodes, open conditions and odd branches.
  private func branch(of node: Onnx_NodeProto) -> Onnx_GraphProto? {
    guard node.opType == "If", node.domain.isEmpty, let condition = node.input.first,
      let isTaken = conditions[condition]
    else { return nil }
    let name = isTaken ? "then_branch" : "else_branch"
    guard let branch = node.attribute.first(where: { $0.name == name && $0.hasG })?.g, branch.input.isEmpty,
      branch.sparseInitializer.isEmpty, branch.output.count == node.output.count
    else { return nil }
    // Every result has to be made inside, once: then it can take the name that the outside knows.
    let made = branch.node.flatMap(\.output)
    let results = branch.output.map(\.name)
    return Set(results).count == results.count && results.allSatisfy({ made.contains($0) }) ? branch : nil
  }

  private static func nodes(of branch: Onnx_GraphProto, for names: [String]) -> [Onnx_NodeProto] {
    let outside = Dictionary(zip(branch.output.map(\.name), names), uniquingKeysWith: { first, _ in first })
    return branch.node.map { node in
      var node = node
      node.input = node.input.map { outside[$0] ?? $0 }
      node.output = node.output.map { outside[$0] ?? $0 }
      return node
    }
  }

  /// Keeps what the outputs need.
  private static func removeUnused(_ graph: inout Onnx_GraphProto) {
    var needed = Set(graph.output.map(\.name))
    var kept: [Onnx_NodeProto] = []
    for node in graph.node.reversed() where node.output.contains(where: { needed.contains($0) }) {
      kept.append(node)
      needed.formUnion(node.input)
      // What an inner graph reads from outside is not looked for: a node with one keeps everything.
      if node.attribute.contains(where: { $0.hasG || !$0.graphs.isEmpty }) { return }
    }
    graph.node = kept.reversed()
    graph.initializer.removeAll { !needed.contains($0.name) }
    graph.input.removeAll { !needed.contains($0.name) }
    graph.valueInfo.removeAll { !needed.contains($0.name) }
  }

  private func fixSizes(_ input: inout Onnx_ValueInfoProto) {
    for axis in input.type.tensorType.shape.dim.indices {
      guard let size = sizes[input.type.tensorType.shape.dim[axis].dimParam] else { continue }
      input.type.tensorType.shape.dim[axis].dimValue = Int64(size)
    }
  }
}
