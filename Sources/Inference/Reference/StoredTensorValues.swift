internal import Foundation
package import ModelFormats

extension Tensor {
  /// A copy of a constant's elements.
  package init(_ stored: StoredTensor) {
    func read<T: TensorElement>(_: T.Type) -> any TensorElements {
      // All these types are plain numbers whose every bit pattern is a value, so that a copy of bytes makes them.
      [T](unsafeUninitializedCapacity: stored.count) { numbers, count in
        stored.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(numbers).copyMemory(from: $0) }
        count = stored.count
      }
    }
    if stored.type == .bool {
      // Any byte but 0 is true; Swift's Bool knows only two patterns.
      self.init(stored.shape, stored.bytes.map { $0 != 0 })
    } else {
      self.init(shape: stored.shape, elements: read(stored.type.swiftType))
    }
  }
}
