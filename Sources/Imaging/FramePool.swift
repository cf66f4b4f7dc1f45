import Synchronization

/// A fixed number of equal buffers that frames live in, so that nothing is allocated per frame.
///
/// Empty means every buffer is still in use somewhere: the caller drops the new frame and counts it.
/// Thread-safe. Memory: capacity x bytesPerFrame, allocated when first used.
public final class FramePool: Sendable {
  /// Bytes in each buffer.
  public let bytesPerFrame: Int
  /// Number of buffers.
  public let capacity: Int
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var free: [PixelStorage] = []
    var made = 0
  }

  /// A pool of `capacity` buffers of `bytesPerFrame` bytes.
  public init(bytesPerFrame: Int, capacity: Int) {
    precondition(bytesPerFrame > 0 && capacity > 0, "a pool holds at least one buffer of at least one byte")
    self.bytesPerFrame = bytesPerFrame
    self.capacity = capacity
    state = Mutex(State())
  }

  /// A buffer to fill; nil when all are in use.
  public func take() -> MutableFrame? {
    let storage: PixelStorage? = state.withLock { state in
      if let storage = state.free.popLast() { return storage }
      guard state.made < capacity else { return nil }
      state.made += 1
      return PixelStorage(byteCount: bytesPerFrame)
    }
    return storage.map { MutableFrame(storage: $0, pool: self) }
  }

  /// How many buffers are free or not yet made.
  public var available: Int { state.withLock { $0.free.count + capacity - $0.made } }

  func giveBack(_ storage: PixelStorage) { state.withLock { $0.free.append(storage) } }
}

/// Bytes of one picture; freed in `deinit`.
///
/// `@unchecked Sendable` because only one ``MutableFrame`` ever writes, before any ``Frame`` can read.
final class PixelStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    // 64 bytes: a cache line and an AVX-512 register. The extra line lets kernels read whole registers at the end.
    bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount + 64, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }
}

/// A pooled buffer while it is being filled: becomes a ``Frame``, or goes back to its pool.
public struct MutableFrame: ~Copyable {
  private let storage: PixelStorage
  /// Nil once the bytes belong to a frame, which then returns them.
  private var pool: FramePool?
  private let byteCount: Int

  init(storage: PixelStorage, pool: FramePool) {
    byteCount = pool.bytesPerFrame
    self.storage = storage
    self.pool = pool
  }

  /// The bytes to fill, `pool.bytesPerFrame` of them.
  public borrowing func withMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[0..<byteCount]))
  }

  /// Ends the filling: the bytes are now a frame of `layout` and never change again.
  public consuming func finish(layout: PixelLayout, stamp: FrameStamp) -> Frame {
    precondition(layout.byteCount <= byteCount, "the layout needs more bytes than the buffer has")
    let frame = Frame(layout: layout, stamp: stamp, storage: storage, pool: pool)
    pool = nil
    return frame
  }

  deinit { pool?.giveBack(storage) }
}
