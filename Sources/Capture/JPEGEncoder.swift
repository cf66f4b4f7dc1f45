import CTurboJPEG
public import Imaging
import Quantities

/// Encodes pictures as JPEG (libjpeg-turbo), for previews. Not thread-safe: one for each queue.
public final class JPEGEncoder {
  private let handle: tjhandle?

  /// An encoder.
  public init() { handle = tjInitCompress() }

  deinit { tjDestroy(handle) }

  /// The picture as JPEG with 4:2:0 chroma; `quality` from 1 to 100. Nil when the library refuses.
  ///
  public func encode(_ image: RGBImage, quality: Int) -> [UInt8]? {
    guard let handle, image.size.area > 0 else { return nil }
    var (buffer, count): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
    defer { tjFree(buffer) }
    let result = image.bytes.withUnsafeBufferPointer { bytes in
      tjCompress2(
        handle, bytes.baseAddress, Int32(image.size.width), 0, Int32(image.size.height),
        Int32(TJPF_RGB.rawValue), &buffer, &count, Int32(TJSAMP_420.rawValue),
        Int32(min(max(quality, 1), 100)), 0)
    }
    guard result == 0, let buffer else { return nil }
    return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
  }
}
