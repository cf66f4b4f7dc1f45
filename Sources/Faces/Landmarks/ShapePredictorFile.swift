import Foundation

/// The numbers of a file that dlib's `serialize` wrote (dlib/serialize.h): integers as a byte of length and sign with
/// little-endian bytes behind it, floats as mantissa and exponent. Every read is checked against the end.
struct DlibReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  struct Failure: Error {
    let problem: String
  }

  mutating func integer() throws(Failure) -> Int {
    guard offset < bytes.count else { throw Failure(problem: "ends inside a number") }
    let head = bytes[offset]
    let count = Int(head & 0x0F)
    guard count <= 8, offset + count < bytes.count else {
      throw Failure(problem: "a number of \(count) bytes does not fit")
    }
    var value: UInt64 = 0
    for place in 0..<count { value |= UInt64(bytes[offset + 1 + place]) << UInt64(8 * place) }
    offset += 1 + count
    guard let magnitude = Int(exactly: value) else { throw Failure(problem: "a number is too large") }
    return head & 0x80 == 0 ? magnitude : -magnitude
  }

  /// A count of things of which each takes at least one byte, so that no file can ask for more than itself.
  mutating func count(of what: String) throws(Failure) -> Int {
    let count = try integer()
    guard (0...(bytes.count - offset)).contains(count) else {
      throw Failure(problem: "\(count) \(what) are more than the file holds")
    }
    return count
  }

  mutating func float() throws(Failure) -> Float {
    let mantissa = try integer()
    let exponent = try integer()
    // dlib writes infinities and not-a-number with exponents of 32000 and more: no such number belongs here.
    guard (-2000...2000).contains(exponent) else { throw Failure(problem: "a number is not finite") }
    let value = Float(scalbn(Double(mantissa), exponent))
    guard value.isFinite else { throw Failure(problem: "a number is not finite") }
    return value
  }

  /// A matrix's numbers, row by row; its sizes are written negated.
  mutating func column(_ expected: Int) throws(Failure) -> [Float] {
    let rows = -(try integer())
    let columns = -(try integer())
    guard rows == expected, columns == 1 else {
      throw Failure(problem: "a matrix of \(rows) x \(columns) numbers where \(expected) x 1 was expected")
    }
    guard rows <= bytes.count - offset else { throw Failure(problem: "a matrix is larger than the file") }
    var values: [Float] = []
    values.reserveCapacity(rows)
    for _ in 0..<rows { values.append(try float()) }
    return values
  }
}

extension ShapePredictor {
  /// Reads a predictor as dlib's `serialize` writes it, version 1, of 68 points.
  ///
  /// Throws `LandmarkError.predictor` with the byte at which the file stops making sense. Cost: a second for 100 MB.
  public init(path: String) throws(LandmarkError) {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
      throw .predictor(file: path, offset: 0, problem: "cannot be read")
    }
    let result = data.withUnsafeBytes {
      (bytes: UnsafeRawBufferPointer) -> Result<ShapePredictor, LandmarkError> in
      var reader = DlibReader(bytes)
      do throws(DlibReader.Failure) { return .success(try ShapePredictor(&reader)) } catch {
        return .failure(.predictor(file: path, offset: reader.offset, problem: error.problem))
      }
    }
    self = try result.get()
  }

  private init(_ reader: inout DlibReader) throws(DlibReader.Failure) {
    guard try reader.integer() == 1 else { throw .init(problem: "not a dlib shape predictor of version 1") }
    let mean = try reader.column(2 * Self.pointCount)
    var cascades: [Cascade] = []
    for _ in 0..<(try reader.count(of: "cascades")) {
      var cascade = Cascade()
      for _ in 0..<(try reader.count(of: "trees")) { try cascade.addTree(&reader) }
      cascades.append(cascade)
    }
    guard try reader.count(of: "cascades") == cascades.count else {
      throw .init(problem: "anchors and forests differ in number")
    }
    for index in cascades.indices {
      for _ in 0..<(try reader.count(of: "anchors")) {
        let anchor = try reader.integer()
        guard (0..<Self.pointCount).contains(anchor) else {
          throw .init(problem: "a pixel is anchored at point \(anchor) of \(Self.pointCount)")
        }
        cascades[index].anchors.append(anchor)
      }
    }
    guard try reader.count(of: "cascades") == cascades.count else {
      throw .init(problem: "offsets and forests differ in number")
    }
    for index in cascades.indices {
      guard try reader.count(of: "offsets") == cascades[index].anchors.count else {
        throw .init(problem: "offsets and anchors differ in number")
      }
      for _ in cascades[index].anchors {
        let x = try reader.float()
        cascades[index].offsets.append(SIMD2(x, try reader.float()))
      }
      guard cascades[index].largestPixel < cascades[index].anchors.count else {
        throw .init(problem: "a split asks for a pixel that is not sampled")
      }
    }
    self.init(mean: mean, cascades: cascades)
  }
}

extension ShapePredictor.Cascade {
  fileprivate mutating func addTree(_ reader: inout DlibReader) throws(DlibReader.Failure) {
    let count = try reader.count(of: "splits")
    // A full binary tree: one leaf more than splits, a power of two of them.
    guard count + 1 == 1 << splitDepth(count), treeSplits == nil || treeSplits == count else {
      throw .init(problem: "a tree of \(count) splits is not full, or unlike the others")
    }
    treeSplits = count
    for _ in 0..<count {
      let first = try reader.integer()
      let second = try reader.integer()
      guard (0..<1 << 24).contains(first), (0..<1 << 24).contains(second) else {
        throw .init(problem: "a split between pixels \(first) and \(second)")
      }
      largestPixel = max(largestPixel, first, second)
      splits.append(
        ShapePredictor.Split(first: Int32(first), second: Int32(second), threshold: try reader.float()))
    }
    guard try reader.count(of: "leaves") == count + 1 else {
      throw .init(problem: "a tree does not have one leaf more than splits")
    }
    for _ in 0...count { leaves += try reader.column(2 * ShapePredictor.pointCount) }
    trees += 1
  }

  private func splitDepth(_ count: Int) -> Int { (count + 1).trailingZeroBitCount }
}
