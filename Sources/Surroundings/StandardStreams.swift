import Foundation
import Synchronization

/// Standard output: where results go. Each line is written at once; the first failure is kept and every later line
/// throws it, so that no result is lost in silence. Any thread.
public enum StandardOutput {
  /// What messages call it.
  public static let name = "standard output"

  private struct State {
    var failure: OutputFailure?
    var isSaid = false
  }
  private static let state = Mutex(State())

  /// Writes one line: control characters of strangers' text are escaped, a line break among them too; tabs stay.
  public static func line(_ text: String) throws(OutputFailure) {
    try write(Array((ShownText.cells(text) + "\n").utf8))
  }

  /// Writes a text of several lines as it is, but for control characters.
  public static func text(_ text: String) throws(OutputFailure) {
    try write(Array(ShownText.lines(text).utf8))
  }

  /// Writes bytes that are made for programs as they are.
  public static func write(_ bytes: [UInt8]) throws(OutputFailure) {
    let failure: OutputFailure? = state.withLock { state in
      if state.failure == nil {
        let code = OutputFile.writeAll(bytes, to: 1)
        if code != 0 { state.failure = OutputFailure(name, code: code) }
      }
      return state.failure
    }
    if let failure { throw failure }
  }

  /// Throws when there is no standard output: for programs whose work would be in vain.
  public static func requireOpen() throws(OutputFailure) {
    guard fcntl(1, F_GETFL) & O_ACCMODE != O_RDONLY else {
      throw OutputFailure(name, code: EBADF)
    }
  }

  /// The failure that no person was told of yet; who takes it says it.
  public static func takeFailure() -> OutputFailure? {
    state.withLock { state in
      defer { state.isSaid = state.isSaid || state.failure != nil }
      return state.isSaid ? nil : state.failure
    }
  }

  /// Whether something that was to be written was lost.
  public static var hasFailed: Bool { state.withLock { $0.failure != nil } }

  /// Closes it at the end of the program: some disks say only then that they are full.
  public static func finish() {
    state.withLock { state in
      guard state.failure == nil, close(1) != 0, errno != EINTR, errno != EBADF else { return }
      state.failure = OutputFailure(name, code: errno)
    }
  }
}

/// Standard error: lines for a person that are not results. Secrets of addresses never reach it.
public enum StandardErrors {
  /// The program's arguments that are addresses, as they were given: a sentence may quote one with blanks in it.
  private static let addresses = CommandLine.arguments.filter { $0.contains("://") }

  /// One line, begun with the program's name.
  public static func say(_ text: String, program: String = "vigil") {
    write(ShownText.line("\(program): \(clean(text))") + "\n")
  }

  /// Several lines.
  public static func lines(_ text: String) { write(ShownText.lines(clean(text)) + "\n") }

  /// What a terminal alone gets: a line that the next one is written over.
  public static func progress(_ text: String, isLast: Bool) {
    write("\r\(ShownText.line(text))\(isLast ? "\n" : "")")
  }

  /// The text without secrets of addresses.
  public static func clean(_ text: String) -> String {
    var text = text
    for address in addresses where text.contains(address) {
      text = text.replacingOccurrences(of: address, with: SafeAddress(address).description)
    }
    return SafeAddress.inText(text)
  }

  private static func write(_ text: String) { _ = OutputFile.writeAll(Array(text.utf8), to: 2) }
}

/// What a program does before anything else.
public enum StandardStreams {
  /// Makes the three standard descriptors sound, broken pipes an error instead of the end, and hides addresses from
  /// the list of processes.
  public static func prepare() {
    // A closed descriptor would be given to the next file that is opened: a database must not become standard output.
    // Reading only, so that writing a result still fails.
    for (descriptor, mode) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
    where fcntl(descriptor, F_GETFD) < 0 {
      let opened = open("/dev/null", mode)
      if opened >= 0, opened != descriptor {
        dup2(opened, descriptor)
        close(opened)
      }
    }
    // A handler, not SIG_IGN: a program that this one starts gets the usual behaviour back.
    var old = sigaction()
    sigaction(SIGPIPE, nil, &old)
    if !Interrupts.isIgnored(old) { signal(SIGPIPE) { _ in } }
    OwnArguments.hideAddresses()
  }
}

/// The program's arguments as other users see them in the list of processes.
enum OwnArguments {
  /// Writes the shown form over each argument that is an address or holds a password.
  static func hideAddresses() {
    // Read before they are written over.
    guard CommandLine.arguments.contains(where: isSecret), let place = memory() else { return }
    var start = 0
    while start < place.count {
      let end = place[start...].firstIndex(of: 0) ?? place.endIndex
      let text = String(decoding: place[start..<end], as: UTF8.self)
      if isSecret(text) {
        let shown = Array(shown(text).utf8.prefix(end - start))
        for index in start..<end {
          place[index] = index - start < shown.count ? shown[index - start] : UInt8(ascii: " ")
        }
      }
      start = end + 1
    }
  }

  private static func isSecret(_ text: String) -> Bool {
    text.contains("://") || text.lowercased().contains("password=")
  }

  private static func shown(_ text: String) -> String {
    if text.contains("://") { return SafeAddress(text).description }
    let end = text.range(of: "password=", options: .caseInsensitive)?.upperBound ?? text.startIndex
    return text[..<end] + SafeAddress.hidden
  }

  /// Where the system keeps the arguments: fields 48 and 49 of proc_pid_stat(5).
  private static func memory() -> UnsafeMutableBufferPointer<UInt8>? {
    guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let name = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 46, let start = UInt(fields[45]), let end = UInt(fields[46]), start > 0, end > start,
      end - start < 1 << 21
    else { return nil }
    return UnsafeMutableBufferPointer(
      start: UnsafeMutablePointer<UInt8>(bitPattern: start), count: Int(end - start))
  }
}
