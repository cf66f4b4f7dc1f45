import Foundation
import Inference
import ModelFormats
import Testing

/// Pools, rows and movements against their reference twins.
@Suite struct OtherKernelTests {
  @Test(arguments: [1, 3, 8, 16, 19, 40]) func poolsEqualTheirReferences(channels: Int) throws {
    for (kernel, stride, pads) in [(2, 2, [0, 0, 0, 0]), (3, 2, [1, 1, 0, 0]), (3, 1, [1, 1, 1, 1])] {
      var graph = SmallGraph(seed: UInt64(channels))
      let (height, width) = (9, 12)
      let values = graph.numbers(height * width * channels)
      let input = graph.input([1, height, width, channels])
      let window = Window(
        kernel: (kernel, kernel), stride: (stride, stride),
        padding: (top: pads[0], bottom: pads[2], left: pads[1], right: pads[3]))
      let shape = [
        1, (height + pads[0] + pads[2] - kernel) / stride + 1,
        (width + pads[1] + pads[3] - kernel) / stride + 1,
        channels,
      ]
      let largest = graph.node(.maximumPool(window, .none), [input], shape)
      let mean = graph.node(.averagePool(window, .none), [input], shape)
      let attributes: [String: AttributeValue] = [
        "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
        "pads": .integers(pads),
      ]
      let found = try graph.run([values], outputs: [largest, mean], threads: 2)
      for (index, name) in ["MaxPool", "AveragePool"].enumerated() {
        let expected = try reference(name, [(graph.shape(input), values)], attributes)
        #expect(difference(found[index], expected) < 1e-6, "\(name) \(kernel) \(stride) \(pads)")
      }
    }
  }

  @Test(arguments: [1, 5, 16, 47, 64]) func rowsEqualTheirReferences(width: Int) throws {
    var graph = SmallGraph(seed: 3)
    let values = graph.numbers(7 * width, in: -3...3)
    let (gamma, beta) = (graph.numbers(width), graph.numbers(width))
    let input = graph.input([7, width])
    let (g, b, e) = (
      graph.constant([width], gamma), graph.constant([width], beta), graph.constant([1], [1e-3])
    )
    let normal = graph.node(.layerNormalization, [input, g, b, e], [7, width])
    let soft = graph.node(.softmax, [input], [7, width])
    let mean = graph.node(.reduction(axes: [1], mean: true), [input], [7, 1])
    let columns = graph.node(.reduction(axes: [0], mean: false), [input], [1, width])
    let found = try graph.run([values], outputs: [normal, soft, mean, columns])
    let x = Tensor([7, width], values)
    let calls = [
      OperatorCall(
        "LayerNormalization", attributes: ["epsilon": .number(1e-3)],
        inputs: [x, Tensor([width], gamma), Tensor([width], beta)]),
      OperatorCall("Softmax", attributes: ["axis": .integer(-1)], inputs: [x]),
      OperatorCall("ReduceMean", version: 13, attributes: ["axes": .integers([1])], inputs: [x]),
      OperatorCall("ReduceSum", version: 11, attributes: ["axes": .integers([0])], inputs: [x]),
    ]
    for (index, call) in calls.enumerated() {
      let expected: [Float] = try ReferenceOperators.run(call)[0].values()
      #expect(difference(found[index], expected) < 1e-5, "\(call.name) of rows of \(width)")
    }
  }

  @Test func spelledOutNormalizationIsTheSame() throws {
    var graph = SmallGraph(seed: 4)
    let (rows, width) = (6, 20)
    let values = graph.numbers(rows * width)
    let gamma = graph.numbers(width)
    let (wide, thin) = ([1, rows, width], [1, rows, 1])
    let x = graph.input(wide)
    let (g, e) = (graph.constant([width], gamma), graph.constant([1], [1e-5]))
    let mean = graph.node(.reduction(axes: [2], mean: true), [x], thin)
    let negative = graph.node(.unary(.negative), [mean], thin)
    let squares = graph.node(.binary(.squaredDifference, .none), [x, mean], wide)
    let variance = graph.node(.reduction(axes: [2], mean: true), [squares], thin)
    let sum = graph.node(.binary(.add, .none), [variance, e], thin)
    let root = graph.node(.unary(.reciprocalSqrt), [sum], thin)
    let scale = graph.node(.binary(.multiply, .none), [root, g], wide)
    let scaled = graph.node(.binary(.multiply, .none), [x, scale], wide)
    let shift = graph.node(.binary(.multiply, .none), [negative, scale], wide)
    let output = graph.node(.binary(.add, .none), [scaled, shift], wide)
    let expected: [Float] = try ReferenceOperators.run(
      OperatorCall("LayerNormalization", inputs: [Tensor(wide, values), Tensor([width], gamma)]))[0].values()
    #expect(difference(try graph.run([values], outputs: [output])[0], expected) < 1e-5)
    // Read from outside, the scale must still be computed.
    #expect(try graph.run([values], outputs: [output, scale])[1].count == rows * width)
  }

  @Test(arguments: [[0, 2, 1, 3], [0, 3, 1, 2], [3, 2, 1, 0], [0, 1, 3, 2], [2, 0, 3, 1]])
  func transposesEqualTheirReference(order: [Int]) throws {
    for shape in [[2, 3, 4, 5], [1, 3, 17, 9], [1, 8, 8, 3], [3, 1, 5, 21]] {
      var graph = SmallGraph(seed: 6)
      let values = graph.numbers(shape.reduce(1, *))
      let input = graph.input(shape)
      let output = graph.node(.transpose(order), [input], order.map { shape[$0] })
      let expected: [Float] = try Tensor(shape, values).transposed(order).values()
      #expect(try graph.run([values], outputs: [output])[0] == expected, "\(shape) by \(order)")
    }
  }

  @Test func padSliceAndConcatenationMoveTheRightNumbers() throws {
    var graph = SmallGraph(seed: 7)
    let (a, b) = (graph.input([2, 3]), graph.input([2, 2]))
    let joined = graph.node(.concatenation(axis: 1), [a, b], [2, 5])
    let padded = graph.node(.pad([(1, 0), (0, 1)]), [joined], [3, 6])
    let part = graph.node(.slice(begin: [1, 1], stride: [1, 2]), [padded], [2, 2])
    let found = try graph.run([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10]], outputs: [padded, part])
    #expect(found[0] == [0, 0, 0, 0, 0, 0, 1, 2, 3, 7, 8, 0, 4, 5, 6, 9, 10, 0])
    #expect(found[1] == [2, 7, 5, 9])
  }
}
