/// An address as it may be shown, logged and recorded: what is not known to be harmless is left out.
///
/// Cameras and their recorders take names, passwords and tokens in the user part, in the query and in the path
/// (`/user=admin_password=…`), with slashes in them and percent-encoded in every way. No list of secret names can be
/// complete, so this works the other way round: shown are the scheme, a host that looks like one, words that every
/// camera uses (`live`, `channel`, …), short numbers, and settings such as `channel=1`. All else is `***`.
public struct SafeAddress: Sendable, CustomStringConvertible {
  /// What stands for what is left out.
  public static let hidden = "***"

  /// The address without its secrets; a text that holds no `://` as it was given.
  public let description: String
  /// Whether there is an `@` behind the first `/`, `?` or `#`: then nobody can tell the password from the host.
  public let isAmbiguous: Bool

  /// The shown form of an address.
  public init(_ address: String) {
    guard let mark = Self.mark(in: address[...]) else {
      (description, isAmbiguous) = (address, false)
      return
    }
    let name = address[..<mark.lowerBound]
    let scheme = name.unicodeScalars.allSatisfy(Self.isSchemeLetter) ? String(name) : Self.hidden
    let rest = address[mark.upperBound...]
    let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
    let tail = rest[end...]
    isAmbiguous = tail.contains("@")
    guard !isAmbiguous else {
      description = "\(scheme)://\(Self.hidden)"
      return
    }
    let authority = rest[..<end]
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    description = "\(scheme)://\(Self.isHost(host) ? String(host) : Self.hidden)\(AddressTail.shown(tail))"
  }

  /// A text with every address in it in its shown form.
  public static func inText(_ text: String) -> String {
    var shown = ""
    var rest = text[...]
    while let mark = mark(in: rest) {
      let before = rest[..<mark.lowerBound]
      let start =
        before.unicodeScalars.lastIndex { !isSchemeLetter($0) }
        .map { before.unicodeScalars.index(after: $0) } ?? before.startIndex
      var end =
        rest[mark.upperBound...].firstIndex { $0.isWhitespace || "\"'<>".contains($0) } ?? rest.endIndex
      // The sentence's own signs behind an address are no part of it.
      while end > mark.upperBound, ":,;.)".contains(rest[rest.index(before: end)]) {
        end = rest.index(before: end)
      }
      shown += rest[..<start] + SafeAddress(String(rest[start..<end])).description
      rest = rest[end...]
    }
    return shown + rest
  }

  private static func mark(in text: Substring) -> Range<Substring.Index>? {
    var from = text.startIndex
    while let colon = text[from...].firstIndex(of: ":") {
      let one = text.index(after: colon)
      if text[one...].hasPrefix("//") { return colon..<text.index(one, offsetBy: 2) }
      from = one
    }
    return nil
  }

  private static func isSchemeLetter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "+-.".unicodeScalars.contains(scalar))
  }

  private static func isHost(_ text: Substring) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 260 else { return false }
    var name = text
    if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
      let port = text[text.index(after: colon)...]
      guard let number = UInt16(port), String(number) == port else { return false }
      name = text[..<colon]
    }
    if name.hasPrefix("["), name.hasSuffix("]") {
      return name.dropFirst().dropLast().allSatisfy { $0.isHexDigit || ":.%".contains($0) }
    }
    return !name.isEmpty
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }
  }
}

/// Path, query and fragment of an address as they may be shown.
private enum AddressTail {
  /// Words of cameras' addresses; with up to three digits behind them they stay harmless.
  private static let words: Set<String> = Set(
    """
    live stream streams streaming video videos cam cams camera cameras ch chn channel channels main sub primary \
    secondary media mjpeg mjpg mpeg mp jpeg jpg image images img snapshot snap still preview play playback track \
    tracks trackid profile profiles onvif axis cgi bin realmonitor unicast multicast rtsp rtp rtmp tcp udp http hls \
    ts sdp av audio index view viewer feed test demo api php asp fcgi flv avi mkv mov webm ogg html htm h hevc avc \
    faststream nphmotionjpeg high low
    """.split(separator: " ").map(String.init))
  /// Settings whose values may be shown when they are short numbers or words from above.
  private static let settings: Set<String> = [
    "channel", "ch", "chn", "stream", "subtype", "camera", "cam", "profile", "fps", "resolution", "width",
    "height",
    "quality", "type", "track", "trackid", "unicast", "proto", "protocol", "transport", "codec", "video",
    "audio",
  ]
  /// Names that may be shown while what they hold may not.
  private static let names: Set<String> = [
    "user", "username", "usr", "login", "password", "passwd", "pass", "pwd", "token", "auth", "key", "secret",
  ]

  static func shown(_ tail: Substring) -> String {
    var out = ""
    // A secret may hold every separator: what follows one is taken for a part of it.
    var isHiding = false
    var piece = ""
    func close() {
      out += shown(piece: piece, &isHiding)
      piece = ""
    }
    for character in tail {
      if "/?&;,#\\".contains(character) {
        close()
        out.append(character)
      } else {
        piece.append(character)
      }
    }
    close()
    return out
  }

  private static func shown(piece: String, _ isHiding: inout Bool) -> String {
    guard piece.contains("=") else {
      return piece.isEmpty || isHarmless(piece, isHiding) ? piece : SafeAddress.hidden
    }
    var parts: [String] = []
    for part in piece.split(separator: "_", omittingEmptySubsequences: false) {
      parts.append(shown(part: String(part), &isHiding))
    }
    return parts.joined(separator: "_")
  }

  private static func shown(part: String, _ isHiding: inout Bool) -> String {
    guard let equals = part.firstIndex(of: "=") else {
      return isHarmless(part, isHiding) ? part : SafeAddress.hidden
    }
    let (name, value) = (part[..<equals].lowercased(), part[part.index(after: equals)...])
    if settings.contains(name), isHarmless(String(value), false) { return part }
    isHiding = true
    return names.contains(name) || settings.contains(name)
      ? "\(part[..<equals])=\(SafeAddress.hidden)" : SafeAddress.hidden
  }

  /// Words and short numbers, joined by `_`, `-` or `.`.
  private static func isHarmless(_ text: String, _ isHiding: Bool) -> Bool {
    if text == SafeAddress.hidden { return true }
    guard !isHiding, text.utf8.count <= 40 else { return false }
    return text.split(omittingEmptySubsequences: false, whereSeparator: { "_-.".contains($0) }).allSatisfy {
      part in
      let digits = part.reversed().prefix { $0.isASCII && $0.isNumber }.count
      let word = part.dropLast(digits).lowercased()
      if word.isEmpty { return (1...4).contains(digits) }
      let isLetter = word.count == 1 && word.allSatisfy { $0.isASCII && $0.isLetter }
      return digits <= 3 && (isLetter || words.contains(word))
    }
  }
}
