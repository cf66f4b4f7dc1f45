import Crypto
import Foundation

/// Who may use the server: names with the SHA-256 of their tokens. The tokens themselves are not kept.
///
/// Text form: one `NAME sha256:HEX` a line; empty lines and lines that begin with # are ignored.
public struct TokenBook: Sendable {
  private struct Entry: Sendable {
    let owner: String
    let digest: [UInt8]
  }

  private let entries: [Entry]

  /// A line that cannot be read.
  public struct Problem: Error, CustomStringConvertible {
    /// What is wrong, with the line's number.
    public let description: String
  }

  /// Reads the text form.
  public init(text: String) throws(Problem) {
    var entries: [Entry] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      guard fields.count == 2, fields[1].hasPrefix("sha256:"), Self.isName(first),
        let digest = Self.bytes(hex: fields[1].dropFirst(7)), digest.count == 32
      else {
        throw Problem(
          description:
            "line \(number + 1): expected a name of letters, digits, - and _, and sha256: with 64 digits")
      }
      entries.append(Entry(owner: String(first), digest: digest))
    }
    self.entries = entries
  }

  /// Reads the file at `path`, which others than its owner may not change and strangers may not read.
  public init(file path: String) throws(Problem) {
    if let complaint = PrivateFile.complaint(at: path) { throw Problem(description: complaint) }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Problem(description: "cannot be read")
    }
    defer { try? handle.close() }
    guard let text = String(data: (try? handle.read(upToCount: 1 << 20)) ?? Data(), encoding: .utf8)
    else { throw Problem(description: "is no text") }
    try self.init(text: text)
  }

  /// Whether nobody is named.
  public var isEmpty: Bool { entries.isEmpty }

  /// The owner of `token`; nil for a wrong one. Takes the same time whichever entry matches, or none: every digest is
  /// compared to its end, and what is compared is a hash the sender cannot steer.
  public func owner(of token: String) -> String? {
    let given = Array(SHA256.hash(data: Data(token.utf8)))
    var found: String?
    for entry in entries {
      var difference: UInt8 = 0
      for index in 0..<32 { difference |= given[index] ^ entry.digest[index] }
      if difference == 0 { found = entry.owner }
    }
    return found
  }

  /// A new random token of 256 bits, and the line that lets its bearer in as `owner`. Nil for a name that is none.
  public static func make(owner: String) -> (token: String, line: String)? {
    guard isName(owner[...]) else { return nil }
    var random = SystemRandomNumberGenerator()
    let token = (0..<32).map { _ in String(format: "%02x", UInt8.random(in: 0...255, using: &random)) }
      .joined()
    let digest = SHA256.hash(data: Data(token.utf8)).map { String(format: "%02x", $0) }.joined()
    return (token, "\(owner) sha256:\(digest)")
  }

  private static func isName(_ text: Substring) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || byte == 0x2D || byte == 0x5F
      }
  }

  private static func bytes(hex: Substring) -> [UInt8]? {
    let digits = Array(hex.utf8)
    // No signs: UInt8 would read "+f".
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
    else {
      return nil
    }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(byte)
    }
    return bytes
  }
}

/// Files with secrets in them.
enum PrivateFile {
  /// Why a file is not private enough to hold a secret; nil when it is, and when there is none, which whoever opens it
  /// will say.
  static func complaint(at path: String) -> String? {
    let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: place) else { return nil }
    guard attributes[.type] as? FileAttributeType == .typeRegular else { return "is no regular file" }
    let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
    if mode & 0o007 != 0 { return "every user of this machine may read or change it; chmod 600 it" }
    if mode & 0o020 != 0 { return "a group may change it; chmod 600 it" }
    return nil
  }
}
