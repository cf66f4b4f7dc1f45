import Foundation

/// Names of files as people have them: any bytes but 0, also such as are no UTF-8.
///
/// Inside the program a name is a String. A byte that is no part of valid UTF-8 stands in it as the private character
/// U+EF00 + byte, and so do the bytes of such characters themselves: nothing is lost, ``bytes(_:)`` gives the name back
/// as it was. For people and in results ``shown(_:)`` writes such a byte as `\xNN` with two hexadecimal digits, and in
/// such a name a backslash as `\\`, as a shell's `$'…'` reads it.
public enum FileName {
  private static let first: UInt32 = 0xEF00
  private static let escapes: ClosedRange<UInt32> = 0xEF80...0xEFFF

  /// A name from its bytes.
  public static func decode(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    var iterator = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var name = String.UnicodeScalarView()
    var place = 0
    func escape(_ count: Int) {
      for byte in bytes[place..<min(place + count, bytes.count)] {
        if let scalar = Unicode.Scalar(first + UInt32(byte)) {
          name.append(byte < 0x80 ? Unicode.Scalar(byte) : scalar)
        }
      }
      place += count
    }
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput: return String(name)
      case .error(let length): escape(length)
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if escapes.contains(scalar.value) {
          escape(encoded.count)
        } else {
          name.append(scalar)
          place += encoded.count
        }
      }
    }
  }

  /// The bytes of a name.
  public static func bytes(_ name: String) -> [UInt8] {
    name.unicodeScalars.flatMap { scalar in
      escapes.contains(scalar.value)
        ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
    }
  }

  /// Whether the name is no UTF-8, so that ``shown(_:)`` writes it with escapes.
  public static func isEscaped(_ name: String) -> Bool {
    name.unicodeScalars.contains { escapes.contains($0.value) }
  }

  /// The name for people and for results.
  public static func shown(_ name: String) -> String {
    guard isEscaped(name) else { return name }
    return name.unicodeScalars.map { scalar in
      if escapes.contains(scalar.value) { return String(format: "\\x%02x", scalar.value & 0xFF) }
      return scalar == "\\" ? "\\\\" : String(scalar)
    }.joined()
  }

  /// The last part of a path, for people.
  public static func last(_ path: String) -> String { shown((path as NSString).lastPathComponent) }

  /// The program's arguments, the program's own name left out.
  public static var arguments: [String] {
    (1..<max(Int(CommandLine.argc), 1)).compactMap { number in
      CommandLine.unsafeArgv[number].map { argument in
        decode(UnsafeBufferPointer(start: argument, count: strlen(argument)).map { UInt8(bitPattern: $0) })
      }
    }
  }

  /// Calls `body` with the name as the system takes it.
  static func withSystemName<R>(_ name: String, _ body: (UnsafePointer<CChar>) -> R) -> R {
    (bytes(name) + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { buffer in
      // The buffer holds at least the closing 0.
      buffer.baseAddress.map(body) ?? "".withCString(body)
    }
  }
}

/// Reads names from a descriptor, each ended by a newline (LF or CR LF) or, for `find -print0`, by a zero byte.
public struct FileNameList {
  /// What ends a name.
  public enum Separator: UInt8, Sendable {
    /// LF; a CR before it is left out.
    case newline = 10
    /// A zero byte; every other byte belongs to a name.
    case null = 0
  }

  /// The list cannot be read: what is wrong and what to do.
  public struct Problem: Error, Equatable {
    /// One sentence.
    public let words: String
  }

  /// The longest name, in bytes; Linux's PATH_MAX is 4096.
  public static let longest = 1 << 16
  private let descriptor: Int32
  private let separator: Separator
  private var buffer: [UInt8] = []
  private var place = 0
  private var isAtEnd = false

  /// A list read from `descriptor`, which is not closed.
  public init(descriptor: Int32, separator: Separator) {
    (self.descriptor, self.separator) = (descriptor, separator)
  }

  /// The next name that is not empty; nil at the end. Waits until one has come.
  public mutating func next() throws(Problem) -> String? {
    while true {
      if let end = buffer[place...].firstIndex(of: separator.rawValue) {
        let name = buffer[place..<end]
        place = end + 1
        if let name = try Self.name(name, endedBy: separator) { return name }
        continue
      }
      guard !isAtEnd else {
        defer { place = buffer.count }
        return try Self.name(buffer[place...], endedBy: separator)
      }
      guard buffer.count - place <= Self.longest else {
        throw Problem(
          words: "a name in the list is longer than \(Self.longest) bytes; is it a list of files?")
      }
      try fill()
    }
  }

  /// The name that the bytes between two separators are; nil when there is none.
  public static func name(
    _ bytes: ArraySlice<UInt8>, endedBy separator: Separator
  ) throws(Problem) -> String? {
    var bytes = bytes
    if separator == .newline {
      guard !bytes.contains(0) else {
        throw Problem(words: "the list of files has zero bytes; add --null for lists of find -print0")
      }
      if bytes.last == 13 { bytes = bytes.dropLast() }
    }
    return bytes.isEmpty ? nil : FileName.decode(bytes)
  }

  private mutating func fill() throws(Problem) {
    buffer.removeFirst(place)
    place = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { return }
    guard count >= 0 else {
      throw Problem(words: "the list of files cannot be read: \(String(cString: strerror(errno)))")
    }
    if count == 0 { isAtEnd = true } else { buffer += chunk[0..<count] }
  }
}
