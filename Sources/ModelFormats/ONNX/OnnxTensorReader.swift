internal import Foundation
internal import Synchronization

/// Turns tensor messages into `StoredTensor`s. Raw bytes stay where the file has them.
struct OnnxTensorReader {
  let file: Data
  let name: String

  /// The most elements one constant may have.
  static let limit = 1 << 29

  func read(_ tensor: Onnx_TensorProto, place: String, allowNaN: Bool = false) throws(OnnxError)
    -> StoredTensor
  {
    guard tensor.externalData.isEmpty, tensor.dataLocation == .default else {
      throw fault(.unsupported, place, "its values lie in another file (external data)")
    }
    guard !tensor.hasSegment else { throw fault(.unsupported, place, "segmented tensors") }
    let type = try elementType(Int(tensor.dataType), place)
    let (shape, count) = try shape(tensor.dims, place)
    let bytes = try tensor.hasRawData ? raw(tensor, place) : listed(tensor, type, place)
    guard bytes.count == count * type.size else {
      throw fault(
        .invalid, place, "shape \(shape) of \(type) needs \(count * type.size) bytes, found \(bytes.count)")
    }
    if !allowNaN, type.isFloat, bytes.containsNaN(type) {
      throw fault(.invalid, place, "a value is not a number (NaN)")
    }
    return StoredTensor(type: type, shape: shape, bytes: bytes)
  }

  /// The first of the tensors `names` in which a number is not one. Large networks are looked through on all cores.
  func firstWithNaN(_ names: [String], of tensors: [String: StoredTensor]) -> String? {
    @Sendable func hasNaN(_ index: Int) -> Bool {
      tensors[names[index]].map { $0.type.isFloat && $0.bytes.containsNaN($0.type) } ?? false
    }
    guard tensors.values.reduce(0, { $0 + $1.bytes.count }) > Self.worthSharing else {
      return names.indices.first(where: hasNaN).map { names[$0] }
    }
    let first = Mutex<Int?>(nil)
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      guard hasNaN(index) else { return }
      first.withLock { $0 = min($0 ?? index, index) }
    }
    return first.withLock { $0 }.map { names[$0] }
  }

  /// Bytes that one core looks through in half a millisecond.
  private static let worthSharing = 4 << 20

  /// The element type with this number in the file format.
  func elementType(_ number: Int, _ place: String) throws(OnnxError) -> OnnxElementType {
    guard let type = Self.types[number] else {
      let name = Self.otherTypes[number] ?? "number \(number)"
      throw fault(
        number == 0 || Self.otherTypes[number] == nil ? .invalid : .unsupported, place, "element type \(name)"
      )
    }
    return type
  }

  private static let types: [Int: OnnxElementType] = [
    1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
    11: .float64, 12: .uint32, 13: .uint64,
  ]

  private static let otherTypes = [
    0: "undefined", 8: "string", 14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn",
    18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
    24: "float8e8m0", 25: "uint2", 26: "int2",
  ]

  private func shape(_ dims: [Int64], _ place: String) throws(OnnxError) -> ([Int], Int) {
    guard dims.count <= 16 else { throw fault(.tooLarge, place, "\(dims.count) axes") }
    let shape = dims.map { Int($0) }
    var count = 1
    for size in shape {
      guard size >= 0 else { throw fault(.invalid, place, "negative size in shape \(shape)") }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow, product <= Self.limit else { throw fault(.tooLarge, place, "shape \(shape)") }
      count = product
    }
    return (shape, shape.contains(0) ? 0 : count)
  }

  private func raw(_ tensor: Onnx_TensorProto, _ place: String) throws(OnnxError) -> Data {
    guard let range = OnnxWire.range(ofNote: tensor.rawData), range.upperBound <= file.count else {
      throw fault(.malformed, place, "raw data outside of the file")
    }
    return file[file.startIndex + range.lowerBound..<file.startIndex + range.upperBound]
  }

  /// Values from the typed lists, which small tensors use.
  private func listed(
    _ tensor: Onnx_TensorProto, _ type: OnnxElementType, _ place: String
  ) throws(OnnxError) -> Data {
    switch type {
    case .float32: return Data(of: tensor.floatData.map(\.bitPattern))
    case .float64: return Data(of: tensor.doubleData.map(\.bitPattern))
    case .int64: return Data(of: tensor.int64Data)
    case .uint64: return Data(of: tensor.uint64Data)
    case .uint32:
      guard tensor.uint64Data.allSatisfy({ $0 <= UInt32.max }) else {
        throw fault(.invalid, place, "value beyond uint32")
      }
      return Data(of: tensor.uint64Data.map { UInt32($0) })
    case .int32: return Data(of: tensor.int32Data)
    case .int16: return Data(of: try narrow(tensor, Int16.self, place))
    case .uint16, .float16: return Data(of: try narrow(tensor, UInt16.self, place))
    case .int8: return Data(of: try narrow(tensor, Int8.self, place))
    case .uint8: return Data(of: try narrow(tensor, UInt8.self, place))
    case .bool: return Data(tensor.int32Data.map { $0 == 0 ? 0 : 1 })
    }
  }

  private func narrow<T: FixedWidthInteger>(
    _ tensor: Onnx_TensorProto, _: T.Type, _ place: String
  ) throws(OnnxError) -> [T] {
    let values = tensor.int32Data.compactMap { T(exactly: $0) }
    guard values.count == tensor.int32Data.count else {
      throw fault(.invalid, place, "a value beyond \(T.self)")
    }
    return values
  }

  func fault(_ problem: OnnxError.Problem, _ place: String, _ reason: String) -> OnnxError {
    OnnxError(problem: problem, file: name, place: place, reason: reason)
  }
}

extension Data {
  /// The little-endian bytes of integers.
  fileprivate init<T: FixedWidthInteger>(of values: [T]) {
    self = values.withUnsafeBytes { Data($0) }
  }

  /// True when one of the numbers of a floating-point `type` is not a number.
  fileprivate func containsNaN(_ type: OnnxElementType) -> Bool {
    withUnsafeBytes { bytes in
      switch type {
      case .float16: bytes.largest(UInt16.self, mask: 0x7fff) > 0x7c00
      case .float32: bytes.largest(UInt32.self, mask: 0x7fff_ffff) > 0x7f80_0000
      default: bytes.largest(UInt64.self, mask: .max >> 1) > 0x7ff0_0000_0000_0000
      }
    }
  }
}
