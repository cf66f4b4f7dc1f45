import Foundation
import ModelFormats
import SwiftProtobuf
import Testing

/// Tensors as onnx.proto defines them: which list holds which type, and what does not fit.
@Suite struct OnnxTensorTests {
  private func read(_ change: (inout Onnx_TensorProto) -> Void) throws -> StoredTensor {
    var tensor = Onnx_TensorProto()
    change(&tensor)
    return try OnnxReader(try tensor.serializedBytes(), file: "t.pb").tensor()
  }

  private func refusal(_ change: (inout Onnx_TensorProto) -> Void) -> OnnxError? {
    do {
      _ = try read(change)
      return nil
    } catch { return error as? OnnxError }
  }

  /// The typed lists: small types stand in int32_data, uint32 and uint64 in uint64_data, float16 by its bits.
  @Test func eachTypeHasItsList() throws {
    func bytes(_ type: Int32, _ fill: (inout Onnx_TensorProto) -> Void) throws -> [UInt8] {
      let tensor = try read {
        ($0.dataType, $0.dims) = (type, [1])
        fill(&$0)
      }
      #expect(tensor.count == 1 && tensor.shape == [1])
      return Array(tensor.bytes)
    }
    #expect(try bytes(1) { $0.floatData = [1] } == [0, 0, 0x80, 0x3F])
    #expect(try bytes(11) { $0.doubleData = [1] } == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(try bytes(7) { $0.int64Data = [-2] } == [0xFE] + [UInt8](repeating: 0xFF, count: 7))
    #expect(try bytes(13) { $0.uint64Data = [.max] } == [UInt8](repeating: 0xFF, count: 8))
    #expect(try bytes(12) { $0.uint64Data = [0xFFFF_FFFF] } == [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try bytes(6) { $0.int32Data = [-2] } == [0xFE, 0xFF, 0xFF, 0xFF])
    #expect(
      try bytes(5) { $0.int32Data = [-2] } == [0xFE, 0xFF]
        && bytes(4) { $0.int32Data = [0xFFFE] } == [0xFE, 0xFF])
    #expect(try bytes(10) { $0.int32Data = [0x3C00] } == [0, 0x3C])
    #expect(try bytes(3) { $0.int32Data = [-128] } == [0x80] && bytes(2) { $0.int32Data = [255] } == [0xFF])
    #expect(try bytes(9) { $0.int32Data = [7] } == [1] && bytes(9) { $0.int32Data = [0] } == [0])
  }

  @Test func valuesBeyondTheirTypeAreRefused() {
    for (type, value) in [(3, 128), (3, -129), (2, 256), (2, -1), (5, 32768), (4, -1), (10, 65536)]
      as [(Int32, Int32)]
    {
      let error = refusal { ($0.dataType, $0.dims, $0.int32Data) = (type, [1], [value]) }
      #expect(
        error?.problem == .invalid && error?.reason.hasPrefix("a value beyond") == true, "\(type) \(value)")
    }
    let wide = refusal { ($0.dataType, $0.dims, $0.uint64Data) = (12, [1], [1 << 32]) }
    #expect(wide?.reason == "value beyond uint32")
  }

  @Test func asManyBytesAsTheShapeNeeds() throws {
    for (dims, count) in [([], 4), ([2, 3], 24), ([0], 0), ([3, 0, 2], 0)] as [([Int64], Int)] {
      let tensor = try read { ($0.dataType, $0.dims, $0.rawData) = (1, dims, Data(count: count)) }
      #expect(tensor.bytes.count == count && tensor.shape == dims.map { Int($0) })
      let error = refusal { ($0.dataType, $0.dims, $0.rawData) = (1, dims, Data(count: count + 1)) }
      #expect(error?.reason.contains("needs \(count) bytes, found \(count + 1)") == true)
    }
  }

  @Test func shapesHaveBounds() {
    #expect(refusal { ($0.dataType, $0.dims) = (1, [Int64](repeating: 1, count: 17)) }?.problem == .tooLarge)
    #expect(
      refusal { ($0.dataType, $0.dims, $0.rawData) = (1, [Int64](repeating: 1, count: 16), Data(count: 4)) }
        == nil)
    #expect(refusal { ($0.dataType, $0.dims) = (2, [1 << 30]) }?.problem == .tooLarge)
    // A zero somewhere does not excuse sizes whose product overflows.
    for dims in [[1 << 40, 1 << 40, 0], [0, 1 << 40, 1 << 40]] as [[Int64]] {
      #expect(refusal { ($0.dataType, $0.dims) = (1, dims) }?.problem == .tooLarge)
    }
    #expect(refusal { ($0.dataType, $0.dims) = (1, [-1]) }?.reason == "negative size in shape [-1]")
  }

  @Test func whatIsNotKnownIsNamed() {
    for (type, words, problem) in [
      (0, "undefined", OnnxError.Problem.invalid), (8, "string", .unsupported),
      (14, "complex64", .unsupported),
      (16, "bfloat16", .unsupported), (22, "int4", .unsupported), (99, "number 99", .invalid),
    ] as [(Int32, String, OnnxError.Problem)] {
      let error = refusal { ($0.dataType, $0.dims) = (type, [1]) }
      #expect(
        error?.problem == problem && error?.reason == "element type \(words)" && error?.place == "tensor")
    }
    #expect(
      refusal { ($0.dataType, $0.dims, $0.dataLocation) = (1, [1], .external) }?.reason.contains("external")
        == true)
    #expect(refusal { ($0.dataType, $0.dims, $0.segment) = (1, [1], .init()) }?.reason == "segmented tensors")
  }

  /// Test data may hold NaN, weights may not (HostileOnnxTests).
  @Test func testDataMayBeNoNumber() throws {
    #expect(try read { ($0.dataType, $0.dims, $0.floatData) = (1, [1], [.nan]) }.count == 1)
  }

  @Test func bytesThatAreNoTensorAreRefused() {
    for bytes in [[0xFF], [0x0A, 0x05], [0x00], [0x0B], [0x0F, 0x01]] as [[UInt8]] {
      #expect(throws: OnnxError.self) { try OnnxReader(Data(bytes), file: "t.pb").tensor() }
    }
    // A file of no bytes is a tensor of no type.
    #expect(throws: OnnxError.self) { try OnnxReader(Data(), file: "t.pb").tensor() }
  }

  /// A part of larger data is read by its own places.
  @Test func aSliceOfDataIsReadAsItself() throws {
    var tensor = Onnx_TensorProto()
    (tensor.dataType, tensor.dims, tensor.rawData) = (2, [3], Data([7, 8, 9]))
    let bytes: Data = try tensor.serializedBytes()
    let whole = Data([1, 2, 3, 4, 5]) + bytes
    #expect(Array(try OnnxReader(whole.dropFirst(5), file: "t.pb").tensor().bytes) == [7, 8, 9])
  }

  @Test func sizesOfTypes() {
    let sizes = OnnxElementType.allCases.map { ("\($0)", $0.size) }
    for (name, size) in sizes {
      let bits = Int(name.drop { !$0.isNumber }) ?? 8
      #expect(size == bits / 8, "\(name)")
    }
    #expect(OnnxElementType.allCases.filter(\.isFloat) == [.float16, .float32, .float64])
    #expect(!OnnxElementType.bool.isInteger && OnnxElementType.allCases.filter(\.isInteger).count == 8)
  }
}
