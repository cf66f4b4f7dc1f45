import Crypto

/// A SHA-256 hash of a leaf or a node of the log's Merkle tree (RFC 9162, section 2.1.1).
public struct TreeHash: Hashable, Sendable {
  /// The number of bytes of every hash.
  public static let length = 32

  /// Exactly 32 bytes.
  public let bytes: [UInt8]

  /// Nil unless there are exactly 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  private init(_ digest: SHA256Digest) { bytes = Array(digest) }

  /// The hash of an empty tree: SHA-256 of nothing.
  public static let empty = TreeHash(SHA256.hash(data: [UInt8]()))

  /// The hash of a record: SHA-256(0x00 ‖ record).
  public static func leaf(_ record: [UInt8]) -> TreeHash {
    var hasher = SHA256()
    hasher.update(data: leafPrefix)
    hasher.update(data: record)
    return TreeHash(hasher.finalize())
  }

  /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
  public static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
    var hasher = SHA256()
    hasher.update(data: nodePrefix)
    hasher.update(data: left.bytes)
    hasher.update(data: right.bytes)
    return TreeHash(hasher.finalize())
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { Hexadecimal.text(bytes) }

  private static let leafPrefix: [UInt8] = [0]
  private static let nodePrefix: [UInt8] = [1]
}

/// Bytes as hexadecimal digits.
public enum Hexadecimal {
  /// Two lower-case digits a byte.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out = ""
    for byte in bytes {
      if byte < 16 { out += "0" }
      out += String(byte, radix: 16)
    }
    return out
  }

  /// The bytes of an even number of digits; nil for anything else.
  public static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var out: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[position], let low = digits[position + 1] else { return nil }
      out.append(UInt8(high * 16 + low))
    }
    return out
  }
}
