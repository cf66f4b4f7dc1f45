import Foundation

/// Bytes of a file at any place, read through a descriptor that is open already; short at the file's end.
///
/// Cost: one system call a reading. At most 16 MiB at once.
package struct FileBytes {
  private let read: (Int, Int) -> [UInt8]
  /// The file's length in bytes.
  package let count: Int

  /// The bytes behind `descriptor`; its own place is restored after each reading. Only `lseek` and `read` are used,
  /// which the fence allows.
  package init(descriptor: Int32) {
    let place = lseek(descriptor, 0, SEEK_CUR)
    count = max(Int(lseek(descriptor, 0, SEEK_END)), 0)
    lseek(descriptor, place, SEEK_SET)
    read = { offset, wanted in
      let place = lseek(descriptor, 0, SEEK_CUR)
      defer { lseek(descriptor, place, SEEK_SET) }
      guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { return [] }
      var bytes = [UInt8](repeating: 0, count: wanted)
      var got = 0
      while got < wanted {
        let more = bytes.withUnsafeMutableBytes {
          Glibc.read(descriptor, $0.baseAddress.map { $0 + got }, wanted - got)
        }
        if more < 0, errno == EINTR { continue }
        guard more > 0 else { break }
        got += more
      }
      return Array(bytes.prefix(got))
    }
  }

  /// Bytes in memory, for tests.
  package init(_ bytes: [UInt8]) {
    count = bytes.count
    read = { offset, wanted in Array(bytes.dropFirst(offset).prefix(wanted)) }
  }

  /// Up to `wanted` bytes from `offset` on.
  package subscript(offset: Int, wanted: Int) -> [UInt8] {
    guard offset >= 0, wanted > 0, offset < count else { return [] }
    return read(offset, min(wanted, 1 << 24, count - offset))
  }
}

extension Collection where Element == UInt8, Index == Int {
  /// A number of `size` bytes at `place` counted from the start; nil when the bytes end before.
  func number(at place: Int, size: Int, littleEndian: Bool = false) -> Int? {
    guard place >= 0, size <= 7, place + size <= count else { return nil }
    let bytes = self[startIndex + place..<startIndex + place + size]
    return littleEndian
      ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// Whether the ASCII letters of `word` stand at `place`.
  func has(_ word: String, at place: Int) -> Bool {
    let wanted = Array(word.utf8)
    return place >= 0 && place + wanted.count <= count
      && self[startIndex + place..<startIndex + place + wanted.count].elementsEqual(wanted)
  }
}
