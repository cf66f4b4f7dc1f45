import ModelFormats
import Testing

/// Each operator of the public schema (tensorflow/lite/schema/schema.fbs): its number, its options, what is refused.
@Suite struct TFLiteOperatorTests {
  /// A tensor of the network: of numbers that are computed, or of whole numbers that the file holds.
  enum Value {
    case computed([Int32])
    case whole([Int32], shape: [Int32]? = nil)
    case left
  }

  /// A network of one operator.
  private func file(
    _ code: Int8, _ inputs: [Value], _ output: [Int32], _ options: [FlatField]? = nil
  ) -> TFLiteFile {
    var file = TFLiteFile()
    (file.tensors, file.inputs, file.buffers) = ([], [], [])
    var places: [Int32] = []
    for input in inputs {
      places.append(Int32(file.tensors.count))
      switch input {
      case .computed(let shape):
        file.inputs.append(Int32(file.tensors.count))
        file.tensors.append((shape, 0, 0, "x\(file.tensors.count)"))
      case .whole(let numbers, let shape):
        let bytes = numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        file.buffers.append(bytes)
        file.tensors.append(
          (shape ?? [Int32(numbers.count)], 2, Int32(file.buffers.count + 1), "c\(file.tensors.count)"))
      case .left: places[places.count - 1] = -1
      }
    }
    file.outputs = [Int32(file.tensors.count)]
    file.tensors.append((output, 0, 0, "y"))
    (file.codes, file.nodes) = ([code], [(0, places, file.outputs)])
    if let options { file.options[0] = options }
    return file
  }

  private func operation(_ file: TFLiteFile) throws -> Operation {
    let graph = try file.graph()
    try #require(graph.nodes.count == 1)
    return graph.nodes[0].operation
  }

  private let picture: [Int32] = [1, 7, 9, 3]

  // MARK: Windows

  /// stride_w comes before stride_h, dilation_w before dilation_h.
  @Test func aConvolutionsOptionsAreReadInTheirOrder() throws {
    let inputs: [Value] = [.computed(picture), .computed([4, 3, 2, 3]), .left]
    let file = file(
      3, inputs, [1, 1, 1, 4], [.byte(1), .number(2), .number(3), .byte(3), .number(4), .number(5)])
    guard case .convolution(let window, let activation) = try operation(file) else {
      return #expect(Bool(false))
    }
    #expect(window.kernel == (3, 2) && window.stride == (3, 2) && window.dilation == (5, 4))
    #expect(window.padding == (0, 0, 0, 0) && activation == .relu6 && !window.isPointwise)
    #expect(try file.graph().nodes[0].inputs == [0, 1, -1])
  }

  @Test func aDepthwiseConvolutionsOptionsAreReadInTheirOrder() throws {
    let options: [FlatField] = [
      .byte(1), .number(2), .number(3), .number(1), .byte(1), .number(4), .number(5),
    ]
    let file = file(4, [.computed(picture), .computed([1, 3, 2, 3])], [1, 1, 1, 3], options)
    guard case .depthwise(let window, let activation) = try operation(file) else {
      return #expect(Bool(false))
    }
    #expect(
      window.kernel == (3, 2) && window.stride == (3, 2) && window.dilation == (5, 4) && activation == .relu)
  }

  @Test(arguments: [1, 17] as [Int8]) func aPoolsOptionsAreReadInTheirOrder(code: Int8) throws {
    let file = file(
      code, [.computed(picture)], [1, 1, 1, 3],
      [.byte(1), .number(2), .number(3), .number(4), .number(5), .byte(0)])
    let window: Window
    switch try operation(file) {
    case .averagePool(let found, .none) where code == 1: window = found
    case .maximumPool(let found, .none) where code == 17: window = found
    default: return #expect(Bool(false))
    }
    #expect(window.kernel == (5, 4) && window.stride == (3, 2) && window.dilation == (1, 1))
  }

  /// SAME: output = ceil(input / stride), the odd row or column after the picture (TensorFlow's convolution notes).
  @Test(
    arguments: [
      (7, 3, 1, 1, 1, 1), (7, 3, 2, 1, 1, 1), (8, 3, 2, 1, 0, 1), (7, 2, 1, 1, 0, 1), (7, 2, 2, 1, 0, 1),
      (9, 3, 1, 2, 2, 2), (5, 1, 2, 1, 0, 0), (6, 1, 3, 1, 0, 0), (4, 7, 4, 1, 1, 2),
    ] as [(Int32, Int32, Int32, Int32, Int, Int)])
  func samePadding(size: Int32, kernel: Int32, stride: Int32, dilation: Int32, before: Int, after: Int) throws
  {
    let options: [FlatField] = [
      .byte(0), .number(stride), .number(stride), .byte(0), .number(dilation), .number(dilation),
    ]
    let file = file(
      3, [.computed([1, size, size, 1]), .computed([1, kernel, kernel, 1])], [1, 1, 1, 1], options)
    guard case .convolution(let window, _) = try operation(file) else { return #expect(Bool(false)) }
    #expect(window.padding == (before, after, before, after))
  }

  @Test func windowsThatAreNoneAreRefused() {
    func refused(_ options: [FlatField], weights: [Int32] = [4, 3, 2, 3], input: [Int32]? = nil) -> Bool {
      file(3, [.computed(input ?? picture), .computed(weights)], [1, 1, 1, 4], options).error() != nil
    }
    let good: [FlatField] = [.byte(1), .number(1), .number(1), .byte(0), .number(1), .number(1)]
    #expect(!refused(good))
    for field in [1, 2, 4, 5] {
      for bad in [0, -1, 4097] as [Int32] {
        var options = good
        options[field] = .number(bad)
        #expect(refused(options), "\(field) \(bad)")
      }
    }
    for padding in [2, -1] as [Int8] { #expect(refused([.byte(padding)] + good.dropFirst()), "\(padding)") }
    for activation in [2, 4, 5, -1] as [Int8] {
      var options = good
      options[3] = .byte(activation)
      #expect(refused(options), "\(activation)")
    }
    #expect(refused(good, weights: [4, 3, 2]) && refused(good, weights: [4, 5000, 2, 3]))
    #expect(refused(good, input: [7, 9, 3]))
  }

  @Test(arguments: [(0, true), (1, true), (2, false), (-1, false)] as [(Int32, Bool)])
  func aDepthMultiplierOfOneAlone(multiplier: Int32, isRead: Bool) {
    let options: [FlatField] = [.byte(1), .number(1), .number(1), .number(multiplier)]
    #expect(
      (file(4, [.computed(picture), .computed([1, 3, 2, 3])], [1, 1, 1, 3], options).error() == nil) == isRead
    )
  }

  // MARK: Operators without a window

  @Test(
    arguments: [
      (0, BinaryFunction.add), (18, .multiply), (41, .subtract), (42, .divide), (99, .squaredDifference),
      (55, .maximum),
      (57, .minimum),
    ] as [(Int8, BinaryFunction)])
  func functionsOfTwo(code: Int8, function: BinaryFunction) throws {
    guard case .binary(function, .none) = try operation(file(code, [.computed([2]), .computed([2])], [2]))
    else {
      return #expect(Bool(false), "\(code)")
    }
    // With one input, or one left out, the engine had nothing to look at.
    for inputs in [[.computed([2])], [.computed([2]), .left], [.left, .computed([2])], []] as [[Value]] {
      #expect(file(code, inputs, [2]).error()?.place == "node 0, TFLite operator \(code)", "\(code)")
    }
    #expect(file(code, [.computed([2]), .computed([2]), .computed([2])], [2]).error()?.problem == "3 inputs")
  }

  @Test(
    arguments: [
      (14, UnaryFunction.logistic), (19, .relu), (21, .relu6), (28, .tanh), (47, .exponential),
      (59, .negative),
      (75, .sqrt), (76, .reciprocalSqrt), (92, .square), (101, .absolute), (117, .hardSwish),
    ] as [(Int8, UnaryFunction)])
  func functionsOfOne(code: Int8, function: UnaryFunction) throws {
    guard case .unary(function) = try operation(file(code, [.computed([2])], [2])) else {
      return #expect(Bool(false), "\(code)")
    }
    #expect(file(code, [.left], [2]).error()?.problem == "input 0 is left out")
  }

  @Test(arguments: [3, 4, 9, 54] as [Int8]) func weightsMayNotBeLeftOut(code: Int8) {
    let error = file(code, [.computed([1, 4, 4, 3]), .left], [1, 4, 4, 3]).error()
    #expect(error?.problem == "input 1 is left out")
  }

  @Test func aJoinHasAnAxisAndNoActivation() throws {
    func joined(_ axis: Int32, _ activation: Int8 = 0) -> TFLiteFile {
      file(2, [.computed([1, 2]), .computed([1, 3])], [1, 5], [.number(axis), .byte(activation)])
    }
    for (given, meant) in [(1, 1), (-1, 1), (0, 0), (-2, 0)] as [(Int32, Int)] {
      guard case .concatenation(meant) = try operation(joined(given)) else {
        return #expect(Bool(false), "\(given)")
      }
    }
    for axis in [2, -3, .max, .min] as [Int32] {
      #expect(joined(axis).error()?.problem == "axis \(axis) of rank 2")
    }
    // It was passed over, and the result was another network's.
    #expect(joined(1, 1).error()?.problem == "an activation after a concatenation")
    #expect(
      file(2, [.computed([1, 2]), .left], [1, 2], [.number(1)]).error()?.problem == "input 1 is left out")
  }

  /// beta is a float, the first field of SoftmaxOptions.
  @Test func aSoftmaxHasABetaOfOne() throws {
    func softmax(_ beta: Float?) -> TFLiteFile {
      file(25, [.computed([1, 3])], [1, 3], beta.map { [.number(Int32(bitPattern: $0.bitPattern))] })
    }
    for beta in [1, nil] as [Float?] {
      guard case .softmax = try operation(softmax(beta)) else { return #expect(Bool(false)) }
    }
    for beta in [0.5, 2, -1, .nan, .infinity] as [Float] {
      #expect(softmax(beta).error()?.problem.contains("beta of \(beta)") == true)
    }
  }

  // MARK: Constants that say what is to be done

  @Test func paddingIsReadInPairs() throws {
    let file = file(34, [.computed([2, 3]), .whole([0, 1, 2, 3], shape: [2, 2])], [3, 8])
    guard case .pad(let amounts) = try operation(file) else { return #expect(Bool(false)) }
    #expect(amounts.map(\.before) == [0, 2] && amounts.map(\.after) == [1, 3])
    #expect(try file.graph().nodes[0].inputs == [0])
    for bad in [[0, 1], [0, 1, 2, -1], [0, 1, 2, 4096], [0, 1, 2, 3, 4, 5]] as [[Int32]] {
      #expect(
        self.file(34, [.computed([2, 3]), .whole(bad)], [3, 8]).error()?.problem.contains("paddings") == true)
    }
  }

  @Test(arguments: [(40, true), (74, false)] as [(Int8, Bool)])
  func axesOfASumOrMean(code: Int8, isMean: Bool) throws {
    let file = file(code, [.computed([1, 2, 3, 4]), .whole([-1, 1])], [1, 3])
    guard case .reduction([1, 3], isMean) = try operation(file) else { return #expect(Bool(false)) }
    for bad in [4, -5, .max] as [Int32] {
      #expect(
        self.file(code, [.computed([1, 2, 3, 4]), .whole([bad])], [1]).error()?.problem.contains("axes")
          == true)
    }
  }

  @Test func aSliceBeginsWhereItsMaskAndSignSay() throws {
    func sliced(
      _ begin: [Int32], _ step: [Int32] = [1, 2], _ masks: [Int32] = [0, 0, 0, 0]
    ) -> TFLiteFile {
      file(
        45, [.computed([5, 6]), .whole(begin), .whole([5, 6]), .whole(step)], [1, 1],
        masks.map { .number($0) })
    }
    func begins(_ file: TFLiteFile) throws -> [Int]? {
      guard case .slice(let begin, [1, 2]) = try operation(file) else { return nil }
      return begin
    }
    #expect(try begins(sliced([1, 2])) == [1, 2])
    #expect(try begins(sliced([-2, -6])) == [3, 0])
    // Bit 1 of begin_mask: the second axis begins at its beginning, whatever stands there.
    #expect(try begins(sliced([1, 99], [1, 2], [2, 0, 0, 0])) == [1, 0])
    for bad in [[5, 0], [-6, 0], [0, 6]] as [[Int32]] {
      #expect(sliced(bad).error()?.problem.contains("outside shape") == true)
    }
    for (step, masks) in [
      ([1, 0], [0, 0, 0, 0]), ([1, -1], [0, 0, 0, 0]), ([1, 1], [0, 0, 1, 0]), ([1, 1], [0, 0, 0, 1]),
    ]
      as [([Int32], [Int32])]
    { #expect(sliced([0, 0], step, masks).error()?.problem.contains("not supported") == true) }
    #expect(
      file(45, [.computed([5, 6]), .whole([0]), .whole([5, 6]), .whole([1, 1])], [1, 1]).error() != nil)
  }

  @Test func whatSaysWhatIsToBeDoneMustBeInTheFile() {
    for code in [34, 39, 40, 45, 74] as [Int8] {
      for second in [Value.computed([4]), .left] {
        let error = file(code, [.computed([2, 3]), second, second, second], [2, 3]).error()
        #expect(error?.problem == "input 1 must be constant int32", "\(code)")
      }
      #expect(file(code, [.computed([2, 3])], [2, 3]).error()?.problem == "input 1 must be constant int32")
    }
  }

  @Test func aResizeSaysHowItsCornersLie() throws {
    for (align, half) in [(0, 0), (1, 0), (0, 1)] as [(Int8, Int8)] {
      let file = file(
        23, [.computed([1, 2, 2, 1]), .whole([4, 4])], [1, 4, 4, 1],
        [.number(0), .number(0), .byte(align), .byte(half)])
      guard case .resizeBilinear(let corners, let centers) = try operation(file) else {
        return #expect(Bool(false))
      }
      #expect(corners == (align != 0) && centers == (half != 0))
    }
  }

  /// Files of after 2020 have the number in a field of its own.
  @Test func numbersBeyondAByteAreReadFromTheNewField() {
    #expect(file(103, [.computed([2])], [2]).error()?.problem.contains("not supported") == true)
    #expect(file(22, [.computed([2])], [2]).error() == nil)
  }
}
