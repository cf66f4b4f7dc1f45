import Foundation

/// Reads pieces that end with a separator from a descriptor; a signal ends the waiting.
public final class LineInput {
  private let descriptor: Int32
  private let separator: UInt8
  private var bytes: [UInt8] = []
  private var hasEnded = false

  /// Pieces of `descriptor`; line feeds end them unless another byte does.
  public init(descriptor: Int32, separator: UInt8 = 0x0A) {
    (self.descriptor, self.separator) = (descriptor, separator)
  }

  /// The next piece without its separator; nil at the end, and when a signal came (see ``Interrupts``).
  public func next() -> [UInt8]? {
    while true {
      if let end = bytes.firstIndex(of: separator) {
        defer { bytes.removeFirst(end + 1) }
        return Array(bytes[..<end])
      }
      guard !hasEnded, Interrupts.canRead(descriptor) else { return rest() }
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer.prefix(count)
      } else if count == 0 || errno != EINTR {
        hasEnded = true
      }
    }
  }

  private func rest() -> [UInt8]? {
    guard hasEnded, !bytes.isEmpty else { return nil }
    defer { bytes = [] }
    return bytes
  }
}
