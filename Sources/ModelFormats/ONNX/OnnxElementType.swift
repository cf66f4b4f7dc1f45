/// Types of tensor elements. Raw values are the words used in messages and in the documentation.
public enum OnnxElementType: String, Sendable, CaseIterable, CustomStringConvertible {
  case float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool

  /// The raw value.
  public var description: String { rawValue }
  /// True for the floating-point types.
  public var isFloat: Bool { self == .float16 || self == .float32 || self == .float64 }
  /// True for integers; a Boolean is none.
  public var isInteger: Bool { !isFloat && self != .bool }

  /// Bytes of one element as files store it.
  public var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }
}
