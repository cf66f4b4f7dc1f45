/// Text of strangers (file names, decoders, servers, cameras) made safe for a terminal and for lines of a log.
///
/// Control characters (C0, DEL, C1) move the cursor, change colours, set titles or answer questions; line separators
/// and the marks that turn the direction of writing make one line look like another. Each becomes `\u` with four
/// hexadecimal digits, which inside a JSON string means the same character, so lines of JSON keep their value.
public enum ShownText {
  /// One line: line breaks and tabs are escaped too.
  public static func line(_ text: String) -> String { escaped(text, keeping: { _ in false }) }

  /// One line of cells with tabs between them.
  public static func cells(_ text: String) -> String { escaped(text, keeping: { $0 == 0x09 }) }

  /// Several lines: line feeds and tabs stay.
  public static func lines(_ text: String) -> String { escaped(text, keeping: { $0 == 0x0A || $0 == 0x09 }) }

  private static func escaped(_ text: String, keeping: (UInt32) -> Bool) -> String {
    let isHarmless = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || keeping(UInt32($0)) }
    if isHarmless { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isDangerous(scalar.value), !keeping(scalar.value) {
        let digits = String(scalar.value, radix: 16)
        shown += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  private static func isDangerous(_ value: UInt32) -> Bool {
    switch value {
    case ..<0x20, 0x7F...0x9F: true
    // Line and paragraph separator; embeddings, overrides and isolates of the direction of writing.
    case 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

/// A text cell of a table (RFC 4180 when the separator is a comma) that no spreadsheet takes for a formula.
///
/// A spreadsheet runs a cell that begins with one of `= + - @`, a tab or a line break; such a cell gets an apostrophe
/// in front, which spreadsheets do not show. Numbers are not cells of text: write them as they are.
public enum TableCell {
  private static let triggers: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  /// A cell between commas.
  public static func comma(_ text: String) -> String {
    let safe = harmless(text)
    guard safe.unicodeScalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else { return safe }
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  /// A cell between tabs, which has no way of quoting: tabs and line breaks become spaces.
  public static func tab(_ text: String) -> String {
    var cell = String.UnicodeScalarView()
    for scalar in harmless(text).unicodeScalars {
      cell.append(["\t", "\n", "\r"].contains(scalar) ? " " : scalar)
    }
    return String(cell)
  }

  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, triggers.contains(first) else { return text }
    return "'" + text
  }
}
