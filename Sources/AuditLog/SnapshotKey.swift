import Crypto
import Foundation
import LogProofs

/// Where an encrypted picture belongs; it opens nowhere else.
struct SealedPlace {
  let origin: String
  let number: Int64

  var bytes: Data { Data("vigil evidence v1\n\(origin)\n\(number)\n".utf8) }
}

/// The operator's key for pictures kept as evidence: ChaCha20-Poly1305 (RFC 8439), 256 bits.
public struct SnapshotKey: Sendable {
  private let key: SymmetricKey

  /// A new random key.
  public init() { key = SymmetricKey(size: .bits256) }

  /// Reads a key file: the base64 of 32 bytes, readable by its owner only.
  public init(path: String) throws(LogError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .key(path: path, reason: "there is no such file") }
    guard status.st_mode & 0o077 == 0 else {
      throw .key(path: path, reason: "others can read it; run chmod 600 on it")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)), data.count == 32
    else { throw .key(path: path, reason: "expected the base64 of 32 bytes") }
    key = SymmetricKey(data: data)
  }

  /// Writes the key to a new file with mode 0600.
  public func store(at path: String) throws(LogError) {
    let text = key.withUnsafeBytes { Data($0).base64EncodedString() }
    try SigningKeyFile.writeFile(text + "\n", to: path, mode: 0o600, replacing: false)
  }

  /// Names the key without giving it away: eight hexadecimal digits.
  public var id: String {
    let mark = HMAC<SHA256>.authenticationCode(for: Data("vigil evidence key id".utf8), using: key)
    return Hexadecimal.text(mark.prefix(4))
  }

  /// Encrypts a picture for its place in a log.
  func seal(_ picture: [UInt8], at place: SealedPlace) throws(LogError) -> [UInt8] {
    guard let box = try? ChaChaPoly.seal(picture, using: key, authenticating: place.bytes) else {
      throw .key(path: "evidence key", reason: "the picture cannot be encrypted")
    }
    return Array(box.combined)
  }

  /// Decrypts a picture; fails when it was encrypted with another key or for another place.
  func open(_ sealed: [UInt8], at place: SealedPlace) throws(LogError) -> [UInt8] {
    guard let box = try? ChaChaPoly.SealedBox(combined: sealed),
      let picture = try? ChaChaPoly.open(box, using: key, authenticating: place.bytes)
    else {
      throw .key(
        path: "evidence key", reason: "snapshot \(place.number) is encrypted with another key or was changed")
    }
    return Array(picture)
  }

  static func sha256(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }
}
