internal import Foundation
package import ModelFormats

extension Tensor {
  /// A copy of a constant's elements.
  package init(_ stored: StoredTensor) {
    func read<T: TensorElement>(_: T.Type) -> any TensorElements {
      stored.bytes.withUnsafeBytes { bytes in
        (0..<stored.count).map { bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) }
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
