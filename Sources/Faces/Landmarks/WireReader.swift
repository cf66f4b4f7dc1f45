/// Walks over a protocol buffer message, bounds checked (protobuf.dev, "Encoding").
struct WireReader {
  /// Why the bytes are no message.
  struct Failure: Error {
    let problem: String
  }

  /// A field's content, by its wire type.
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next field; nil at the end.
  mutating func next() throws(Failure) -> (number: UInt64, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let key = try varint()
    let value: Value
    switch key & 7 {
    case 0: value = .varint(try varint())
    case 1: value = .fixed64(try little(8))
    case 2: value = .bytes(try take(Int(clamping: try varint())))
    case 5: value = .fixed32(try fixed32())
    default: throw Failure(problem: "unknown wire type \(key & 7)")
    }
    return (key >> 3, value)
  }

  mutating func fixed32() throws(Failure) -> UInt32 { UInt32(truncatingIfNeeded: try little(4)) }

  private mutating func little(_ count: Int) throws(Failure) -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func varint() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Failure(problem: "ends inside a number") }
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw Failure(problem: "a number has more than ten bytes")
  }

  private mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Failure(problem: "a field reaches beyond the end") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
