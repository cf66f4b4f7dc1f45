public import Foundation

/// A network as both front doors give it: tensors, and nodes in an order in which they can run.
///
/// Spatial operators work on batch x height x width x channels (NHWC), the order of TFLite.
public struct Graph: Sendable {
  /// All tensors; nodes refer to them by position.
  public var tensors: [GraphTensor]
  /// Operators in running order.
  public var nodes: [GraphNode]
  /// Tensors the caller fills.
  public var inputs: [Int]
  /// Tensors the caller reads.
  public var outputs: [Int]
  /// The file's bytes, which constant tensors may point into.
  public let bytes: ModelBytes
  /// Weights of convolutions and products that are read from where they are, in another order than their tensor's.
  public let stored: [Int: StoredWeights]

  /// A graph from its parts.
  public init(
    tensors: [GraphTensor], nodes: [GraphNode], inputs: [Int], outputs: [Int], bytes: ModelBytes,
    stored: [Int: StoredWeights] = [:]
  ) {
    (self.tensors, self.nodes, self.inputs, self.outputs) = (tensors, nodes, inputs, outputs)
    (self.bytes, self.stored) = (bytes, stored)
  }
}

/// Weights in a file's own order: they are reordered once, when they are packed for the kernels, and not before.
public struct StoredWeights: Sendable {
  /// How the numbers lie.
  public enum Order: Sendable {
    /// outputs x inputs x taps, as ONNX's Conv and transposed Gemm have them.
    case outputsFirst
    /// inputs x outputs, one tap, as MatMul has them.
    case inputsFirst
  }

  /// Where the numbers are.
  public enum Numbers: Sendable {
    /// Little-endian 32-bit floats, at any address.
    case bytes(Data)
    /// Floats in memory.
    case floats([Float])
  }

  /// The numbers.
  public let numbers: Numbers
  /// Their order.
  public let order: Order
  /// For each output the number that all its weights are multiplied with; nil for 1 throughout.
  public let factors: [Float]?

  /// Weights from their parts.
  public init(_ numbers: Numbers, order: Order, factors: [Float]? = nil) {
    (self.numbers, self.order, self.factors) = (numbers, order, factors)
  }
}

/// Type of a tensor's elements.
public enum ElementType: String, Sendable {
  /// 32-bit IEEE floating point.
  case float32
  /// 16-bit IEEE floating point; weights only.
  case float16
  /// 32-bit signed integer; shapes and axes only.
  case int32
}

/// One tensor of a graph.
public struct GraphTensor: Sendable {
  /// Its name in the file.
  public let name: String
  /// Its sizes; every size is at least 1.
  public var shape: [Int]
  /// Type of its elements.
  public let type: ElementType
  /// Where its constant value lies in the file's bytes; nil for a value computed at run time.
  public let constant: Range<Int>?

  /// A tensor from its parts.
  public init(name: String, shape: [Int], type: ElementType, constant: Range<Int>?) {
    (self.name, self.shape, self.type, self.constant) = (name, shape, type, constant)
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
}

/// One operator of a graph with the tensors it reads and writes. An input of -1 is absent.
public struct GraphNode: Sendable {
  /// What is computed.
  public var operation: Operation
  /// Positions of the tensors read.
  public var inputs: [Int]
  /// Positions of the tensors written.
  public var outputs: [Int]

  /// An operator with its tensors.
  public init(_ operation: Operation, inputs: [Int], outputs: [Int]) {
    (self.operation, self.inputs, self.outputs) = (operation, inputs, outputs)
  }
}

/// What follows a value before it is stored.
public enum Activation: Sendable, Hashable {
  /// Nothing.
  case none
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x min(max(x / 6 + 1/2, 0), 1).
  case hardSwish
  /// x / (1 + exp(-x)).
  case swish
  /// 1 / (1 + exp(-x)).
  case logistic
  /// x/2 (1 + erf(x / sqrt 2)).
  case gelu
}

/// A sliding window over height and width, with the zero rows and columns around the picture.
public struct Window: Sendable, Hashable {
  /// Kernel height and width.
  public var kernel: (height: Int, width: Int) { (sizes[0], sizes[1]) }
  /// Steps down and right.
  public var stride: (height: Int, width: Int) { (sizes[2], sizes[3]) }
  /// Distance between taps.
  public var dilation: (height: Int, width: Int) { (sizes[4], sizes[5]) }
  /// Rows above and below, columns left and right that are taken as padding.
  public var padding: (top: Int, bottom: Int, left: Int, right: Int) {
    (sizes[6], sizes[7], sizes[8], sizes[9])
  }
  private var sizes: [Int]

  /// A window; see the properties.
  public init(
    kernel: (Int, Int), stride: (Int, Int), dilation: (Int, Int) = (1, 1),
    padding: (top: Int, bottom: Int, left: Int, right: Int) = (0, 0, 0, 0)
  ) {
    sizes = [
      kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1, padding.top, padding.bottom,
      padding.left,
      padding.right,
    ]
  }

  /// Whether each output pixel comes from the input pixel at its own place and no other.
  public var isPointwise: Bool {
    kernel == (1, 1) && stride == (1, 1) && padding == (0, 0, 0, 0)
  }

  /// The same window with more padding.
  public func padded(top: Int, bottom: Int, left: Int, right: Int) -> Window {
    Window(
      kernel: kernel, stride: stride, dilation: dilation,
      padding: (padding.top + top, padding.bottom + bottom, padding.left + left, padding.right + right))
  }
}

/// Functions of one number.
public enum UnaryFunction: String, Sendable {
  // Each is the function of its name.
  case relu, relu6, logistic, tanh, sqrt, reciprocalSqrt = "rsqrt", negative = "neg"
  case exponential = "exp", absolute = "abs", square, hardSwish
}

/// Functions of two numbers, with broadcasting.
public enum BinaryFunction: String, Sendable {
  // Each is the function of its name; squaredDifference is (a - b)^2.
  case add, subtract, multiply, divide, squaredDifference, minimum, maximum
}

/// What a node computes.
public enum Operation: Sendable {
  /// Inputs: picture NHWC, weights out x height x width x in, optional bias.
  case convolution(Window, Activation)
  /// Inputs: picture NHWC, weights 1 x height x width x channels, optional bias.
  case depthwise(Window, Activation)
  /// Largest value in the window; padding never wins.
  case maximumPool(Window, Activation)
  /// Mean over the part of the window inside the picture.
  case averagePool(Window, Activation)
  /// Inputs: rows x in, weights out x in, optional bias.
  case fullyConnected(Activation)
  /// x where x > 0, else slope * x. Inputs: value, slope (broadcast).
  case parametricRelu
  /// One function of every element.
  case unary(UnaryFunction)
  /// Two inputs, broadcast to each other.
  case binary(BinaryFunction, Activation)
  /// Zeros around the input: before and after each axis.
  case pad([(before: Int, after: Int)])
  /// Inputs one behind the other along an axis.
  case concatenation(axis: Int)
  /// Same elements, other shape (the output tensor's).
  case reshape
  /// Axis i of the output is axis permutation[i] of the input.
  case transpose([Int])
  /// Elements begin, begin + stride, … along each axis; the output tensor has the shape.
  case slice(begin: [Int], stride: [Int])
  /// Sum or mean over axes.
  case reduction(axes: [Int], mean: Bool)
  /// Bilinear scaling of height and width to the output's size.
  case resizeBilinear(alignCorners: Bool, halfPixelCenters: Bool)
  /// exp(x - max) / sum over the last axis.
  case softmax
  /// (x - mean) / sqrt(variance + epsilon) * factor + offset over the last axis. Inputs: value, constant factor and
  /// offset (one number for each place of the axis; -1 for none), constant epsilon (one number).
  case layerNormalization
  /// 16-bit to 32-bit floats; done once at load.
  case dequantize
  /// Something that only the engine knows: inputs and outputs as the operation says.
  case custom(any CustomOperation)
}
