package import ModelFormats

/// An n-dimensional array that owns its elements: the value that reference operators take and give.
///
/// Row-major, last axis fastest. A scalar has the empty shape. Reference operators are plain and slow on purpose:
/// they fold constants when a network is loaded, they are the twins that fast kernels are compared with, and they
/// run the few steps (shape arithmetic, integers) that no fast kernel exists for.
package struct Tensor: Sendable {
  /// Sizes of the axes; their product is the number of elements.
  package let shape: [Int]
  /// The elements in row-major order.
  package let elements: any TensorElements

  /// - Precondition: `elements.count` is the product of `shape`.
  package init(shape: [Int], elements: any TensorElements) {
    precondition(shape.reduce(1, *) == elements.count, "a tensor needs as many elements as its shape says")
    self.shape = shape
    self.elements = elements
  }

  package init<T: TensorElement>(_ shape: [Int], _ elements: [T]) {
    self.init(shape: shape, elements: elements)
  }

  package init<T: TensorElement>(scalar: T) { self.init(shape: [], elements: [scalar]) }

  package var rank: Int { shape.count }
  package var count: Int { elements.count }
  package var type: TensorType { elements.type }

  /// The same elements under another shape of equal count.
  package func reshaped(_ shape: [Int]) throws(OperatorFault) -> Tensor {
    let wanted = try TensorShape.count(shape)
    guard wanted == count else {
      throw .shape("\(count) elements of shape \(self.shape) cannot take the shape \(shape)")
    }
    return Tensor(shape: shape, elements: elements)
  }

  /// The elements as `T`, or a fault that names the types.
  package func values<T: TensorElement>(_: T.Type = T.self) throws(OperatorFault) -> [T] {
    guard let values = elements as? [T] else {
      throw .type("expected elements of type \(T.tensorType), found \(type)")
    }
    return values
  }

  /// The elements of any numeric type as `Double`. 64-bit integers above 2^53 are rounded.
  package var doubles: [Double] { elements.doubles }

  /// The elements of an integer or Boolean tensor as `Int`; used for shapes, axes, indices.
  package func integers() throws(OperatorFault) -> [Int] {
    guard let values = elements.integers else {
      throw .type("expected integers, found \(type)")
    }
    return values
  }

  /// Element `i` of the result is element `indices[i]` of this tensor, or `fill` where the index is negative.
  package func picking(_ indices: [Int], shape: [Int], fill: Tensor? = nil) throws(OperatorFault) -> Tensor {
    if let fill, fill.type != type { throw .type("fill value is \(fill.type), elements are \(type)") }
    return Tensor(shape: shape, elements: elements.picking(indices, fill: fill?.elements))
  }
}

package typealias TensorType = OnnxElementType

extension OnnxElementType {
  /// The Swift type of the elements.
  package var swiftType: any TensorElement.Type {
    switch self {
    case .float16: Float16.self
    case .float32: Float.self
    case .float64: Double.self
    case .int8: Int8.self
    case .int16: Int16.self
    case .int32: Int32.self
    case .int64: Int64.self
    case .uint8: UInt8.self
    case .uint16: UInt16.self
    case .uint32: UInt32.self
    case .uint64: UInt64.self
    case .bool: Bool.self
    }
  }

  /// Elements of this type from numbers, as a cast does it.
  package func elements(_ values: [Double]) -> any TensorElements {
    if self == .float32 { return values.map { Float($0) } }
    func make<T: TensorElement>(_: T.Type) -> any TensorElements { values.map { T(number: $0) } }
    return make(swiftType)
  }
}

/// What a reference operator refuses, without the node's name: whoever runs the node adds it.
package enum OperatorFault: Error, Equatable {
  /// Shapes, axes or counts that do not fit each other.
  case shape(String)
  /// An element type that the operator does not take.
  case type(String)
  /// A missing, unknown or out-of-range attribute or input.
  case attribute(String)
  /// A correct use of something that is not implemented.
  case unsupported(String)
  /// A result larger than `TensorShape.limit`.
  case tooLarge(String)
}
