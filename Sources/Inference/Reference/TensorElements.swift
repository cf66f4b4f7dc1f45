internal import ModelFormats

/// The element storage of a `Tensor` with its type erased: always an array of some `TensorElement`.
package protocol TensorElements: Sendable {
  associatedtype Element: TensorElement
  var array: [Element] { get }
}

extension Array: TensorElements where Element: TensorElement {
  package var array: [Element] { self }
}

extension TensorElements {
  package var count: Int { array.count }
  package var type: TensorType { Element.tensorType }
  package var doubles: [Double] {
    // The common type without a call through the protocol for each element.
    if let floats = array as? [Float] { return floats.map { Double($0) } }
    return array.map { $0.number }
  }
  package var integers: [Int]? {
    if let values = array as? [Int64] { return values.map { Int($0) } }
    return Element.tensorType.isFloat ? nil : array.map(\.integer)
  }

  package func picking(_ indices: [Int], fill: (any TensorElements)?) -> any TensorElements {
    let source = array
    let other = (fill?.array as? [Element])?.first ?? Element(number: 0)
    return indices.map { $0 < 0 ? other : source[$0] }
  }

  package func converted(to type: TensorType) -> any TensorElements {
    func make<T: TensorElement>(_: T.Type) -> any TensorElements {
      if let same = self as? [T] { return same }
      if Element.tensorType.isInteger && T.tensorType.isInteger {
        return array.map { T(bits: $0.bits) }
      }
      return array.map { T(number: $0.number) }
    }
    return make(type.swiftType)
  }
}

/// One element of a tensor.
package protocol TensorElement: Sendable, Hashable {
  static var tensorType: TensorType { get }
  /// The nearest value: integers drop the fraction and saturate, NaN becomes 0; a Boolean is "not 0".
  init(number: Double)
  /// As a number; 64-bit integers may round.
  var number: Double { get }
  /// Truncated as a machine does it; integers only.
  init(bits: UInt64)
  /// Sign-extended; integers only.
  var bits: UInt64 { get }
  /// As an index; saturates.
  var integer: Int { get }
  /// The operation on two elements of this type, or nil when the type has none.
  static func operation(_ operation: BinaryOperation) -> ((Self, Self) -> Self)?
  static func less(_ a: Self, _ b: Self) -> Bool
}

extension TensorElement where Self: BinaryFloatingPoint {
  package init(number: Double) { self = Self(number) }
  package var number: Double { Double(self) }
  package init(bits: UInt64) { self = 0 }
  package var bits: UInt64 { 0 }
  package var integer: Int { Int(number: Double(self)) }
  package static func less(_ a: Self, _ b: Self) -> Bool { a < b }
  package static func operation(_ operation: BinaryOperation) -> ((Self, Self) -> Self)? {
    operation.onNumbers.map { function in { Self(function(Double($0), Double($1))) } }
  }
}

extension TensorElement where Self: FixedWidthInteger {
  package init(number: Double) {
    if number.isNaN {
      self = 0
    } else if number >= Double(Self.max) {
      self = .max
    } else if number <= Double(Self.min) {
      self = .min
    } else {
      self = Self(number)
    }
  }
  package var number: Double { Double(self) }
  package init(bits: UInt64) { self = Self(truncatingIfNeeded: bits) }
  package var bits: UInt64 { UInt64(truncatingIfNeeded: self) }
  package var integer: Int { Int(clamping: self) }
  package static func less(_ a: Self, _ b: Self) -> Bool { a < b }
  package static func operation(_ operation: BinaryOperation) -> ((Self, Self) -> Self)? {
    operation.onIntegers(Self.self)
  }
}

extension Int {
  /// Truncates and saturates; NaN becomes 0.
  package init(number: Double) { self = Int(Int64(number: number)) }
}

extension Float16: TensorElement {
  package static var tensorType: TensorType { .float16 }
}
extension Float: TensorElement {
  package static var tensorType: TensorType { .float32 }
}
extension Double: TensorElement {
  package static var tensorType: TensorType { .float64 }
}
extension Int8: TensorElement {
  package static var tensorType: TensorType { .int8 }
}
extension Int16: TensorElement {
  package static var tensorType: TensorType { .int16 }
}
extension Int32: TensorElement {
  package static var tensorType: TensorType { .int32 }
}
extension Int64: TensorElement {
  package static var tensorType: TensorType { .int64 }
}
extension UInt8: TensorElement {
  package static var tensorType: TensorType { .uint8 }
}
extension UInt16: TensorElement {
  package static var tensorType: TensorType { .uint16 }
}
extension UInt32: TensorElement {
  package static var tensorType: TensorType { .uint32 }
}
extension UInt64: TensorElement {
  package static var tensorType: TensorType { .uint64 }
}
extension Bool: TensorElement {
  package static var tensorType: TensorType { .bool }
  package init(number: Double) { self = number != 0 }
  package var number: Double { self ? 1 : 0 }
  package init(bits: UInt64) { self = bits != 0 }
  package var bits: UInt64 { self ? 1 : 0 }
  package var integer: Int { self ? 1 : 0 }
  package static func less(_ a: Bool, _ b: Bool) -> Bool { !a && b }
  package static func operation(_ operation: BinaryOperation) -> ((Bool, Bool) -> Bool)? { nil }
}
