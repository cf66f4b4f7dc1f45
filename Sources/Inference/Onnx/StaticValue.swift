package import ModelFormats

/// What is known about a value before the network runs: type and shape always, elements when it is constant.
package struct StaticValue: Sendable {
  package let type: TensorType
  package let shape: [Int]
  /// The elements as the file stores them.
  package let stored: StoredTensor?
  /// The elements as computed when the network was loaded.
  private let folded: Tensor?

  package init(type: TensorType, shape: [Int]) {
    (self.type, self.shape, stored, folded) = (type, shape, nil, nil)
  }

  package init(_ stored: StoredTensor) {
    (type, shape, self.stored, folded) = (stored.type, stored.shape, stored, nil)
  }

  package init(_ tensor: Tensor) {
    (type, shape, stored, folded) = (tensor.type, tensor.shape, nil, tensor)
  }

  package var isConstant: Bool { stored != nil || folded != nil }
  package var count: Int { shape.reduce(1, *) }

  /// The elements of a constant; a copy when they still lie in the file.
  package var tensor: Tensor? { folded ?? stored.map(Tensor.init) }
}
