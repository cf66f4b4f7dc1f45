import Foundation
public import JSON

/// The signature under a check's result line: made by the log's key, over bytes that anybody can make again.
///
/// Signed are the bytes of `vigil check result v1`, a line feed, the canonical JSON (RFC 8785) of the line's object
/// without its member `signature`, and a line feed. The first line keeps it from ever being a checkpoint, whose second
/// line is a number. The member `record` names the log's record that says the same, `key` the key.
public enum ResultNote {
  private static let title = "vigil check result v1"

  /// The bytes that are signed for an object.
  public static func bytes(_ members: [String: JSONValue]) -> [UInt8] {
    var signed = members
    signed["signature"] = nil
    return Array((title + "\n").utf8) + CanonicalJSON.bytes(.object(signed)) + [0x0A]
  }

  /// The base64 of the Ed25519 signature; nil only when the system's random source fails.
  public static func signature(over members: [String: JSONValue], by key: NotePrivateKey) -> String? {
    key.signature(over: bytes(members)).map { Data($0).base64EncodedString() }
  }

  /// What the log's record of a result says: the line without the record's number and the signature.
  public static func recorded(_ members: [String: JSONValue]) -> JSONValue {
    var said = members
    (said["signature"], said["record"]) = (nil, nil)
    return .object(said)
  }

  /// Reads a result line and checks its signature. Throws ``NoteError`` when it is none, or not this key's.
  public static func check(_ line: String, _ key: NotePublicKey) throws(NoteError) -> [String: JSONValue] {
    guard line.utf8.count <= 1_000_000, let value = try? JSONParser.parse(Array(line.utf8)),
      value["event"]?.text == "result", let text = value["signature"]?.text,
      let signature = Data(base64Encoded: text), signature.count == 64
    else { throw .malformed("a result line of vigil check with a signature") }
    guard value["key"]?.text == key.label else { throw .notSigned(by: key.label) }
    guard key.verifies(Array(signature), over: bytes(value.members)) else {
      throw .badSignature(by: key.label)
    }
    return value.members
  }
}
