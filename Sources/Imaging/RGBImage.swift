public import Quantities

/// A packed 8-bit RGB picture: height x width x 3 bytes, no gap between rows.
public struct RGBImage: Sendable, Equatable {
  /// The picture's size.
  public let size: PixelSize
  /// height x width x 3 values.
  public var bytes: [UInt8]

  /// A picture of `size` made by `fill`, which gets zeroed bytes.
  public init(size: PixelSize, fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    self.size = size
    bytes = [UInt8](unsafeUninitializedCapacity: size.area * 3) { buffer, count in
      buffer.initialize(repeating: 0)
      fill(buffer)
      count = size.area * 3
    }
  }

  /// The value of one channel (0 red, 1 green, 2 blue) at a column and row inside the picture.
  public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
    get { bytes[(y * size.width + x) * 3 + channel] }
    set { bytes[(y * size.width + x) * 3 + channel] = newValue }
  }

  /// The picture as a frame.
  public func frame(stamp: FrameStamp) -> Frame {
    Frame(layout: .rgb24(size), stamp: stamp) { $0.copyBytes(from: bytes) }
  }
}
