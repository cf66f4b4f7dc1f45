import Crypto
import Foundation

/// Why a key or a note was refused.
public enum NoteError: Error, Equatable, CustomStringConvertible {
  /// The text is not a key; says what was expected.
  case notAKey(String)
  /// The text is not a signed note or checkpoint; says what was expected.
  case malformed(String)
  /// No signature by this key.
  case notSigned(by: String)
  /// There is a signature that names this key, and it is wrong.
  case badSignature(by: String)

  /// The reason in one line.
  public var description: String {
    switch self {
    case .notAKey(let what): "not a key: expected \(what)"
    case .malformed(let what): "not a signed checkpoint: expected \(what)"
    case .notSigned(let name): "not signed by \(name)"
    case .badSignature(let name): "the signature that claims to be by \(name) is wrong"
    }
  }
}

/// What a key signs; the byte that stands before it in its text form.
public enum NoteAlgorithm: UInt8, Sendable {
  /// A log's own Ed25519 signature over the note's text (C2SP signed-note).
  case ed25519 = 0x01
  /// A witness's timestamped Ed25519 cosignature (C2SP tlog-cosignature, cosignature/v1).
  case cosignature = 0x04
}

/// A public key in the form of C2SP signed-note: `name+hash+base64`.
public struct NotePublicKey: Sendable, Hashable, CustomStringConvertible {
  /// The signer's name: no white space, no plus.
  public let name: String
  /// What the key signs.
  public let algorithm: NoteAlgorithm
  /// The 32 bytes of the Ed25519 public key.
  public let raw: [UInt8]

  /// Nil when the name is not allowed or the key is not 32 bytes.
  public init?(name: String, algorithm: NoteAlgorithm, raw: [UInt8]) {
    guard Self.isAllowed(name), raw.count == 32 else { return nil }
    (self.name, self.algorithm, self.raw) = (name, algorithm, raw)
  }

  /// Reads the text form; surrounding white space is ignored.
  public init(text: String) throws(NoteError) {
    let parts = text.trimmingCharacters(in: .whitespacesAndNewlines)
      .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let data = Data(base64Encoded: parts[2]), data.count == 33 else {
      throw .notAKey("name+8 hexadecimal digits+base64 of 33 bytes")
    }
    guard let algorithm = NoteAlgorithm(rawValue: data[data.startIndex]) else {
      throw .notAKey("an Ed25519 key (type 1) or a witness key (type 4)")
    }
    guard let key = NotePublicKey(name: parts[0], algorithm: algorithm, raw: Array(data.dropFirst())) else {
      throw .notAKey("a name without white space")
    }
    guard Hexadecimal.text(key.id) == parts[1].lowercased() else {
      throw .notAKey("the hash \(Hexadecimal.text(key.id)), found \(parts[1])")
    }
    self = key
  }

  /// The four bytes that name the key in signatures: SHA-256(name ‖ 0x0A ‖ type ‖ key), cut.
  public var id: [UInt8] {
    var hasher = SHA256()
    hasher.update(data: Array(name.utf8) + [0x0A, algorithm.rawValue] + raw)
    return Array(hasher.finalize().prefix(4))
  }

  /// `name+hash+base64`.
  public var description: String {
    "\(name)+\(Hexadecimal.text(id))+\(Data([algorithm.rawValue] + raw).base64EncodedString())"
  }

  /// `name+hash`, for messages.
  public var label: String { "\(name)+\(Hexadecimal.text(id))" }

  /// Whether `signature` (64 bytes) is this key's over `message`.
  public func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
    return key.isValidSignature(signature, for: message)
  }

  /// Whether a signer or a log may be called so: no white space, no plus, no control character.
  public static func isAllowed(_ name: String) -> Bool {
    !name.isEmpty
      && name.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0 != "+" && $0.properties.generalCategory != .control
      }
  }
}

/// A private Ed25519 key in the form of Go's note package: `PRIVATE+KEY+name+hash+base64`.
public struct NotePrivateKey: Sendable {
  /// The key's public half.
  public let publicKey: NotePublicKey
  private let key: Curve25519.Signing.PrivateKey

  /// A new random key; nil when the name is not allowed.
  public init?(name: String, algorithm: NoteAlgorithm = .ed25519) {
    self.init(name: name, algorithm: algorithm, key: Curve25519.Signing.PrivateKey())
  }

  private init?(name: String, algorithm: NoteAlgorithm, key: Curve25519.Signing.PrivateKey) {
    let raw = Array(key.publicKey.rawRepresentation)
    guard let publicKey = NotePublicKey(name: name, algorithm: algorithm, raw: raw) else { return nil }
    (self.publicKey, self.key) = (publicKey, key)
  }

  /// Reads the text form; surrounding white space is ignored.
  public init(text: String) throws(NoteError) {
    let prefix = "PRIVATE+KEY+"
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let parts = text.dropFirst(prefix.count)
      .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard text.hasPrefix(prefix), parts.count == 3, let data = Data(base64Encoded: parts[2]),
      data.count == 33,
      let algorithm = NoteAlgorithm(rawValue: data[data.startIndex]),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data.dropFirst()),
      let made = NotePrivateKey(name: parts[0], algorithm: algorithm, key: key),
      Hexadecimal.text(made.publicKey.id) == parts[1].lowercased()
    else { throw .notAKey("PRIVATE+KEY+name+hash+base64 as written by vigil") }
    self = made
  }

  /// `PRIVATE+KEY+name+hash+base64`: a secret.
  public var secretText: String {
    let secret = Data([publicKey.algorithm.rawValue] + Array(key.rawRepresentation)).base64EncodedString()
    return "PRIVATE+KEY+\(publicKey.label)+\(secret)"
  }

  /// 64 bytes over `message`; nil only when the system's random source fails.
  func signature(over message: [UInt8]) -> [UInt8]? { (try? key.signature(for: message)).map { Array($0) } }
}
