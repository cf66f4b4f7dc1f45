import Foundation

/// A text with signature lines (C2SP signed-note): the text, an empty line, then `— name base64` lines.
public struct SignedNote: Sendable, Equatable {
  /// One signature line.
  public struct Signature: Sendable, Hashable {
    /// The signer's name.
    public let name: String
    /// Four bytes that name the key.
    public let keyID: [UInt8]
    /// What follows the key's id: 64 bytes of Ed25519, or 8 bytes of time and 64 of a cosignature.
    public let bytes: [UInt8]

    /// The line without its newline.
    public var line: String { "\u{2014} \(name) \(Data(keyID + bytes).base64EncodedString())" }
  }

  /// The signed text, ending in a newline.
  public let body: String
  /// The signatures, in order.
  public private(set) var signatures: [Signature]

  /// A note with no signature yet; `body` must end in a newline.
  public init(body: String) { (self.body, signatures) = (body, []) }

  /// Reads a note; nothing is checked but its form.
  public init(text: String) throws(NoteError) { try self.init(bytes: Array(text.utf8)) }

  /// Reads a note's exact bytes: UTF-8 without any control character but the newline, as C2SP signed-note asks.
  public init(bytes: [UInt8]) throws(NoteError) {
    guard bytes.count <= 1_000_000 else { throw .malformed("at most a megabyte") }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A }),
      String(validating: bytes, as: UTF8.self) != nil
    else { throw .malformed("UTF-8 text without control characters") }
    let split = bytes.indices.last { $0 > 0 && bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }
    guard let split, bytes.last == 0x0A, split < bytes.count - 1 else {
      throw .malformed("a text, an empty line, and signature lines")
    }
    body = String(decoding: bytes[..<split], as: UTF8.self)
    signatures = []
    let lines = bytes[(split + 1)..<(bytes.count - 1)].split(
      separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count <= 100 else { throw .malformed("1 to 100 signature lines") }
    for line in lines { signatures.append(try Self.signature(String(decoding: line, as: UTF8.self))) }
  }

  /// Reads one signature line.
  public static func signature(_ line: String) throws(NoteError) -> Signature {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[0] == "\u{2014}", NotePublicKey.isAllowed(parts[1]),
      let data = Data(base64Encoded: parts[2]), data.count > 4
    else { throw .malformed("a signature line: em dash, name, base64") }
    return Signature(name: parts[1], keyID: Array(data.prefix(4)), bytes: Array(data.dropFirst(4)))
  }

  /// The whole note.
  public var text: String { body + "\n" + signatures.map { $0.line + "\n" }.joined() }

  /// Adds a log's signature; false only when the system's random source fails.
  public mutating func sign(with key: NotePrivateKey) -> Bool {
    guard let bytes = key.signature(over: Array(body.utf8)) else { return false }
    add(Signature(name: key.publicKey.name, keyID: key.publicKey.id, bytes: bytes))
    return true
  }

  /// Adds a witness's cosignature made at `time` (seconds of Unix time).
  public mutating func cosign(with key: NotePrivateKey, time: UInt64) -> Bool {
    guard let bytes = key.signature(over: Self.cosigned(body, time: time)) else { return false }
    let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
    add(Signature(name: key.publicKey.name, keyID: key.publicKey.id, bytes: stamp + bytes))
    return true
  }

  /// Adds a signature line unless it is there already.
  public mutating func add(_ signature: Signature) {
    if !signatures.contains(signature) { signatures.append(signature) }
  }

  /// Checks the signature by `key`. For a witness the result is the time it signed, in seconds of Unix time.
  @discardableResult
  public func check(_ key: NotePublicKey) throws(NoteError) -> UInt64? {
    let claimed = signatures.filter { $0.name == key.name && $0.keyID == key.id }
    guard !claimed.isEmpty else { throw .notSigned(by: key.label) }
    for signature in claimed {
      switch key.algorithm {
      case .ed25519:
        if key.verifies(signature.bytes, over: Array(body.utf8)) { return nil }
      case .cosignature:
        guard signature.bytes.count == 72 else { continue }
        let time = signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let bytes = Array(signature.bytes.dropFirst(8))
        if key.verifies(bytes, over: Self.cosigned(body, time: time)) { return time }
      }
    }
    throw .badSignature(by: key.label)
  }

  /// Whether there is a right signature by `key`.
  public func isSigned(by key: NotePublicKey) -> Bool {
    do {
      try check(key)
      return true
    } catch { return false }
  }

  private static func cosigned(_ body: String, time: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(time)\n\(body)".utf8)
  }
}

/// The state of a log: its name, size and root (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Equatable {
  /// The log's unique name.
  public let origin: String
  /// Number of records.
  public let size: UInt64
  /// Root of the Merkle tree over the records.
  public let root: TreeHash

  /// A log's state.
  public init(origin: String, size: UInt64, root: TreeHash) {
    (self.origin, self.size, self.root) = (origin, size, root)
  }

  /// Reads a note's text; extension lines are allowed and ignored.
  public init(body: String) throws(NoteError) {
    let lines = body.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count >= 4, lines.last == "", !lines[0].isEmpty else {
      throw .malformed("the lines origin, size and root")
    }
    guard let size = UInt64(lines[1]), String(size) == lines[1], size <= UInt64(Int64.max) else {
      throw .malformed("a size in line 2")
    }
    guard let data = Data(base64Encoded: lines[2]), let root = TreeHash(Array(data)) else {
      throw .malformed("the base64 of a 32-byte root in line 3")
    }
    guard lines[3..<(lines.count - 1)].allSatisfy({ !$0.isEmpty }) else {
      throw .malformed("no empty extension line")
    }
    self.init(origin: lines[0], size: size, root: root)
  }

  /// The text that is signed.
  public var body: String { "\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n" }
}
