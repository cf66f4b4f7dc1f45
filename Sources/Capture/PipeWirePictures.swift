import CPipeWire
import Foundation
import Imaging

/// Copies pictures out of the memory of other programs into two buffers in turn: one picture may be held while the next
/// one is read.
struct PipeWirePictures: ~Copyable {
  private var spaces: [UnsafeMutableRawBufferPointer] = []
  private var turn = 0
  /// Compressed pictures above this are none.
  private static let mostCompressed = 32 << 20

  deinit { for space in spaces { space.deallocate() } }

  /// The picture without padding, valid until the call after the next; nil when the buffer is not of the agreed shape
  /// or cannot be read.
  mutating func copy(
    _ buffer: UnsafeMutablePointer<spa_buffer>, _ format: PipeWireFormat
  ) -> UnsafeRawBufferPointer? {
    let datas = UnsafeBufferPointer(start: buffer.pointee.datas, count: Int(buffer.pointee.n_datas))
    guard format.layout != nil else { return copyWhole(datas[0]) }
    let space = space(format.byteCount)
    guard datas.count == 1 || datas.count >= format.blocks.count else { return nil }
    if datas.count == 1 {
      return copyRows(datas[0], format.blocks, into: space) ? UnsafeRawBufferPointer(space) : nil
    }
    var start = 0
    for (data, block) in zip(datas, format.blocks) {
      let count = block.rowBytes * block.rows
      let part = UnsafeMutableRawBufferPointer(rebasing: space[start..<start + count])
      guard copyRows(data, [block], into: part) else { return nil }
      start += count
    }
    return UnsafeRawBufferPointer(space)
  }

  private mutating func space(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if spaces.first.map({ $0.count < byteCount }) ?? true {
      for space in spaces { space.deallocate() }
      spaces = (0..<2).map { _ in .allocate(byteCount: byteCount, alignment: 64) }
    }
    turn = 1 - turn
    return UnsafeMutableRawBufferPointer(rebasing: spaces[turn][0..<byteCount])
  }

  private mutating func copyWhole(_ data: spa_data) -> UnsafeRawBufferPointer? {
    guard let chunk = data.chunk?.pointee else { return nil }
    let count = Int(chunk.size)
    guard count <= Self.mostCompressed else { return nil }
    let space = space(count)
    let isRead = Self.withBytes(data) { bytes in
      guard bytes.count >= count else { return false }
      space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
      return true
    }
    return isRead ? UnsafeRawBufferPointer(space) : nil
  }

  /// Copies one block of memory that holds these blocks of rows one after the other. Rows of later blocks are padded in
  /// the proportion of the first one's.
  private func copyRows(
    _ data: spa_data, _ blocks: [PipeWireFormat.Block], into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let chunk = data.chunk?.pointee else { return false }
    let tight = blocks[0].rowBytes
    // No stride is said to mean none beyond the pixels.
    let stride = chunk.stride == 0 ? tight : Int(chunk.stride)
    guard stride >= tight, stride <= 1 << 20 else { return false }
    return Self.withBytes(data) { bytes in
      var (from, to) = (0, 0)
      for block in blocks {
        // Half as wide a row has half the stride; rows of two chromas have the luma's.
        let step = block.rowBytes * 2 <= tight + 1 ? (stride + 1) / 2 : max(stride, block.rowBytes)
        guard from + (block.rows - 1) * step + block.rowBytes <= bytes.count else { return false }
        for _ in 0..<block.rows {
          UnsafeMutableRawBufferPointer(rebasing: target[to..<to + block.rowBytes]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + block.rowBytes]))
          (from, to) = (from + step, to + block.rowBytes)
        }
      }
      return true
    }
  }
}

extension PipeWirePictures {
  /// Hands the chunk's bytes to `body`; false when they cannot be had.
  private static func withBytes(_ data: spa_data, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    guard let chunk = data.chunk?.pointee else { return false }
    let most = Int(data.maxsize)
    // The chunk lies in shared memory and is not believed: it must be inside the block.
    let (offset, count) = (Int(chunk.offset), Int(chunk.size))
    guard most > 0, most <= 1 << 30, offset <= most, count <= most - offset else { return false }
    switch data.type {
    case SPA_DATA_MemPtr.rawValue:
      guard let start = data.data else { return false }
      return body(UnsafeRawBufferPointer(start: start + offset, count: count))
    case SPA_DATA_MemFd.rawValue, SPA_DATA_DmaBuf.rawValue:
      return withDescriptor(data, offset, count, body)
    default: return false
    }
  }

  private static func withDescriptor(
    _ data: spa_data, _ offset: Int, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    let descriptor = Int32(truncatingIfNeeded: data.fd)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    let start = Int(data.mapoffset) + offset
    if vp_may_shrink(descriptor, isRegular ? 1 : 0) != 0 {
      let space = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
      defer { space.deallocate() }
      guard pread(descriptor, space.baseAddress, count, off_t(start)) == count else { return false }
      return body(UnsafeRawBufferPointer(rebasing: space[0..<count]))
    }
    // A file that keeps its length must have it; a device's memory has none to ask for.
    if isRegular, Int(status.st_size) < start + count { return false }
    let page = 4096
    let first = Int(data.mapoffset) / page * page
    let length = start + count - first
    let mapped = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(first))
    guard let mapped, mapped != MAP_FAILED else { return false }
    defer { munmap(mapped, length) }
    let isDevice = data.type == SPA_DATA_DmaBuf.rawValue
    if isDevice { vp_device_memory(descriptor, 1) }
    defer { if isDevice { vp_device_memory(descriptor, 0) } }
    return body(UnsafeRawBufferPointer(start: mapped + (start - first), count: count))
  }
}
