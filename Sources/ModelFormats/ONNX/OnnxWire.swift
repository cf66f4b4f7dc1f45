internal import Foundation

/// A first pass over the bytes of an ONNX file: makes a small copy without the weights.
///
/// Decoding the whole file would copy every weight and let a few hostile bytes grow into gigabytes of objects.
/// This pass keeps only the fields that the reader needs (`OnnxMessage`), counts what it keeps, and puts in place
/// of each tensor's raw bytes a 16-byte note of where they lie in the file. The small copy goes to SwiftProtobuf;
/// the weights stay in the mapped file.
struct OnnxWire {
  /// How much a file may hold. Real networks stay far below.
  struct Limits {
    /// Nested messages (nodes, attributes, tensors, dimensions), all together.
    var messages = 2_000_000
    /// Messages inside messages. A plain network needs 8.
    var depth = 32
    /// Bytes of the copy without weights; lists of numbers that are not raw bytes count here.
    var skeletonBytes = 256 << 20
  }

  /// Why the bytes are no ONNX message.
  enum Fault: Error, Equatable {
    /// A tag, length or number does not end before the message does. `offset` in bytes from the file's start.
    case truncated(offset: Int)
    /// A wire type that does not exist or does not fit the field, or a field number 0.
    case malformed(offset: Int)
    /// More than `Limits` allows.
    case tooLarge(what: String, limit: Int)
  }

  private let file: Data
  private let limits: Limits
  private var messages = 0
  private var skeleton: [UInt8] = []

  private init(file: Data, limits: Limits) {
    self.file = file
    self.limits = limits
  }

  /// The file without its weights. Time is that of reading the structure: raw bytes are skipped, not read.
  static func skeleton(
    of file: Data, as root: OnnxMessage = .model, limits: Limits = Limits()
  ) throws(Fault) -> [UInt8] {
    var pass = OnnxWire(file: file, limits: limits)
    try pass.copy(root, from: 0..<file.count, depth: 0)
    return pass.skeleton
  }

  /// The place in the file that the note made by `skeleton` stands for.
  static func range(ofNote note: Data) -> Range<Int>? {
    guard note.count == 16 else { return nil }
    let numbers = [UInt8](note)
    func number(_ start: Int) -> Int {
      numbers[start..<start + 8].reversed().reduce(0) { ($0 << 8) | Int($1) }
    }
    let (start, count) = (number(0), number(8))
    guard start >= 0, count >= 0, start <= Int.max - count else { return nil }
    return start..<start + count
  }

  private mutating func copy(_ message: OnnxMessage, from range: Range<Int>, depth: Int) throws(Fault) {
    guard depth <= limits.depth else { throw .tooLarge(what: "nesting of messages", limit: limits.depth) }
    messages += 1
    guard messages <= limits.messages else {
      throw .tooLarge(what: "number of messages", limit: limits.messages)
    }
    var at = range.lowerBound
    while at < range.upperBound {
      let start = at
      let tag = try varint(&at, end: range.upperBound)
      let number = tag >> 3
      guard number > 0, number < 1 << 29 else { throw .malformed(offset: start) }
      let payload = try payload(wireType: tag & 7, at: &at, end: range.upperBound, start: start)
      try keep(message.field(Int(number)), of: message, start..<at, payload, depth)
      guard skeleton.count <= limits.skeletonBytes else {
        throw .tooLarge(what: "bytes besides raw weights", limit: limits.skeletonBytes)
      }
    }
  }

  /// Appends one field: `whole` spans its tag too; `payload` is set for a length-delimited one.
  private mutating func keep(
    _ field: OnnxMessage.Field?, of message: OnnxMessage, _ whole: Range<Int>, _ payload: Range<Int>?,
    _ depth: Int
  ) throws(Fault) {
    switch field {
    case nil: return
    case .plain:
      messages += 1
      append(whole)
    case .message(let child):
      guard let payload else { throw .malformed(offset: whole.lowerBound) }
      appendTag(of: whole)
      let lengthAt = skeleton.count
      skeleton += [0x80, 0x80, 0x80, 0x80, 0]
      try copy(child, from: payload, depth: depth + 1)
      var length = skeleton.count - lengthAt - 5
      for i in 0..<5 {
        skeleton[lengthAt + i] = UInt8(length & 0x7f) | (i < 4 ? 0x80 : 0)
        length >>= 7
      }
    case .tensorBytes:
      guard let payload else { throw .malformed(offset: whole.lowerBound) }
      appendTag(of: whole)
      skeleton.append(16)
      for part in [payload.lowerBound, payload.count] {
        for shift in 0..<8 { skeleton.append(UInt8(truncatingIfNeeded: part >> (8 * shift))) }
      }
    }
  }

  private mutating func append(_ range: Range<Int>) {
    let start = file.startIndex
    skeleton.append(contentsOf: file[start + range.lowerBound..<start + range.upperBound])
  }

  private mutating func appendTag(of whole: Range<Int>) {
    var at = whole.lowerBound
    while byte(at) & 0x80 != 0 { at += 1 }
    append(whole.lowerBound..<at + 1)
  }

  /// Moves past one field's payload. Returns its range when it is length-delimited.
  private func payload(wireType: UInt64, at: inout Int, end: Int, start: Int) throws(Fault) -> Range<Int>? {
    switch wireType {
    case 0:
      _ = try varint(&at, end: end)
      return nil
    case 1: try skip(8, &at, end: end)
    case 5: try skip(4, &at, end: end)
    case 2:
      let length = try varint(&at, end: end)
      guard length <= UInt64(end - at) else { throw .truncated(offset: start) }
      let from = at
      at += Int(length)
      return from..<at
    default: throw .malformed(offset: start)
    }
    return nil
  }

  private func skip(_ count: Int, _ at: inout Int, end: Int) throws(Fault) {
    guard end - at >= count else { throw .truncated(offset: at) }
    at += count
  }

  private func varint(_ at: inout Int, end: Int) throws(Fault) -> UInt64 {
    let start = at
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard at < end else { throw .truncated(offset: start) }
      let next = byte(at)
      at += 1
      value |= UInt64(next & 0x7f) << shift
      if next & 0x80 == 0 { return value }
    }
    throw .malformed(offset: start)
  }

  private func byte(_ at: Int) -> UInt8 { file[file.startIndex + at] }
}
