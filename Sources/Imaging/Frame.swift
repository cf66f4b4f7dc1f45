public import Quantities

/// Which frame it is and when it was taken.
public struct FrameStamp: Sendable, Hashable {
  /// Counts frames of the source from 0, lost ones too: a gap means lost frames.
  public let index: UInt64
  /// The driver's timestamp, or the file's presentation time.
  public let captured: MonotonicInstant
  /// Name of the camera or file.
  public let camera: String

  /// A frame's identity.
  public init(index: UInt64, captured: MonotonicInstant, camera: String) {
    (self.index, self.captured, self.camera) = (index, captured, camera)
  }
}

/// One picture of a source: immutable, shared by reference, its bytes back in the pool when the last owner lets go.
///
/// Frame of reference: pixels, origin top left, x right, y down, pixel centres at +0.5.
public final class Frame: Sendable {
  /// How the bytes are to be read.
  public let layout: PixelLayout
  /// Which frame and when.
  public let stamp: FrameStamp
  private let storage: PixelStorage
  private let pool: FramePool?

  init(layout: PixelLayout, stamp: FrameStamp, storage: PixelStorage, pool: FramePool?) {
    (self.layout, self.stamp, self.storage, self.pool) = (layout, stamp, storage, pool)
  }

  /// A frame of its own outside any pool, filled by `fill`; for still pictures and tests.
  public convenience init(
    layout: PixelLayout, stamp: FrameStamp, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    let storage = PixelStorage(byteCount: layout.byteCount)
    fill(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[0..<layout.byteCount]))
    self.init(layout: layout, stamp: stamp, storage: storage, pool: nil)
  }

  deinit { pool?.giveBack(storage) }

  /// The frame's index; a gap means lost frames.
  public var index: UInt64 { stamp.index }
  /// When it was captured.
  public var captured: MonotonicInstant { stamp.captured }
  /// Its size.
  public var size: PixelSize { layout.size }

  /// Reads the bytes; see ``layout``. The pointer must not leave the closure.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(rebasing: storage.bytes[0..<layout.byteCount]))
  }
}
