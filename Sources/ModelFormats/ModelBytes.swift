import Foundation

/// A network's file mapped read-only into memory; unmapped when the last user lets go.
///
/// `@unchecked Sendable` because the mapping is private and never written.
public final class ModelBytes: @unchecked Sendable {
  /// The bytes. Valid as long as this object lives.
  public let buffer: UnsafeRawBufferPointer
  private let mapped: Bool

  /// Maps the file at `path`.
  ///
  /// Throws when it cannot be opened, is empty or is larger than `limit` bytes.
  public init(path: String, limit: Int = 1 << 30) throws(ModelFormatError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ModelFormatError(
        file: path, place: "file", problem: "\(String(cString: strerror(errno))); fetch it with: make models")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ModelFormatError(file: path, place: "file", problem: "not an ordinary file")
    }
    let size = Int(status.st_size)
    guard size > 0, size <= limit else {
      throw ModelFormatError(file: path, place: "file", problem: "\(size) bytes; expected 1 to \(limit)")
    }
    // Every byte will be read: the pages are mapped together, which is cheaper than one after the other.
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw ModelFormatError(
        file: path, place: "file", problem: "cannot be mapped: \(String(cString: strerror(errno)))")
    }
    buffer = UnsafeRawBufferPointer(start: address, count: size)
    mapped = true
  }

  /// A copy of bytes in memory, for tests and fuzzing.
  public init(copying bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    copy.copyBytes(from: bytes)
    buffer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[0..<bytes.count])
    mapped = false
  }

  /// Takes over memory made with `UnsafeMutableRawBufferPointer.allocate`; `count` bytes of it are used.
  package init(adopting memory: UnsafeMutableRawBufferPointer, count: Int) {
    buffer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<count])
    mapped = false
  }

  deinit {
    if mapped {
      munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
    } else {
      UnsafeMutableRawBufferPointer(mutating: buffer).deallocate()
    }
  }
}
