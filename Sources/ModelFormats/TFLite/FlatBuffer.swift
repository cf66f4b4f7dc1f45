/// A bounds-checked view of a FlatBuffer (Google FlatBuffers, internals document): every offset is checked against
/// the file's size before it is followed, so hostile bytes give an error and never a wild read.
struct FlatBuffer {
  let bytes: UnsafeRawBufferPointer

  func load<T: FixedWidthInteger>(_ offset: Int, as _: T.Type) throws(ModelFormatError) -> T {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else {
      throw ModelFormatError(
        place: "byte \(offset)", problem: "points outside the file of \(bytes.count) bytes")
    }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The place that the offset stored at `position` points to.
  func follow(_ position: Int) throws(ModelFormatError) -> Int {
    position + Int(try load(position, as: UInt32.self))
  }

  func root() throws(ModelFormatError) -> FlatTable { FlatTable(buffer: self, position: try follow(0)) }
}

/// One table of a FlatBuffer: fields by their number in the schema.
struct FlatTable {
  let buffer: FlatBuffer
  let position: Int

  /// Where a field's value lies; nil when the field has its default.
  private func field(_ number: Int) throws(ModelFormatError) -> Int? {
    let table = position - Int(try buffer.load(position, as: Int32.self))
    let size = Int(try buffer.load(table, as: UInt16.self))
    let entry = 4 + 2 * number
    guard entry + 2 <= size else { return nil }
    let offset = Int(try buffer.load(table + entry, as: UInt16.self))
    return offset == 0 ? nil : position + offset
  }

  func integer<T: FixedWidthInteger>(_ number: Int, _ standard: T) throws(ModelFormatError) -> T {
    guard let place = try field(number) else { return standard }
    return try buffer.load(place, as: T.self)
  }

  func table(_ number: Int) throws(ModelFormatError) -> FlatTable? {
    guard let place = try field(number) else { return nil }
    return FlatTable(buffer: buffer, position: try buffer.follow(place))
  }

  /// First element and count of a vector of elements of `size` bytes.
  private func vector(_ number: Int, size: Int) throws(ModelFormatError) -> (start: Int, count: Int)? {
    guard let place = try field(number) else { return nil }
    let start = try buffer.follow(place)
    let count = Int(try buffer.load(start, as: UInt32.self))
    guard count <= (buffer.bytes.count - start - 4) / size else {
      throw ModelFormatError(
        place: "byte \(start)", problem: "a vector of \(count) elements reaches outside the file")
    }
    return (start + 4, count)
  }

  func tables(_ number: Int) throws(ModelFormatError) -> [FlatTable] {
    guard let (start, count) = try vector(number, size: 4) else { return [] }
    var result: [FlatTable] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      result.append(FlatTable(buffer: buffer, position: try buffer.follow(start + 4 * index)))
    }
    return result
  }

  func integers(_ number: Int) throws(ModelFormatError) -> [Int] {
    guard let (start, count) = try vector(number, size: 4) else { return [] }
    var result: [Int] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(Int(try buffer.load(start + 4 * index, as: Int32.self))) }
    return result
  }

  func byteRange(_ number: Int) throws(ModelFormatError) -> Range<Int>? {
    guard let (start, count) = try vector(number, size: 1) else { return nil }
    return start..<start + count
  }

  func string(_ number: Int) throws(ModelFormatError) -> String {
    guard let range = try byteRange(number) else { return "" }
    return String(decoding: buffer.bytes[range].prefix(200), as: UTF8.self)
  }
}
