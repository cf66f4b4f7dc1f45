public import Surroundings

/// Why something cannot be shown.
public enum DisplayError: Error, CustomStringConvertible, Equatable {
  /// No font file with the needed letters was found.
  case fontMissing(script: String, looked: [String])
  /// A font file could not be opened.
  case fontUnreadable(path: String, reason: String)
  /// The text library cannot shape Arabic.
  case shapingMissing
  /// No window could be opened.
  case window(operation: String, reason: String)
  /// There is no screen on which a person could see a window.
  case noScreen

  /// Whether a screen is missing, rather than something of the installation.
  public var isScreenMissing: Bool {
    switch self {
    case .window, .noScreen: true
    case .fontMissing, .fontUnreadable, .shapingMissing: false
    }
  }

  /// One line: what, where, what to do.
  public var description: String {
    switch self {
    case .fontMissing(let script, let looked):
      "no font with \(script) letters in \(looked.joined(separator: ", ")); install one: "
        + "apt-get install fonts-noto-core (or fonts-dejavu-core)"
    case .fontUnreadable(let path, let reason):
      "cannot read the font \(path): \(reason); reinstall its package"
    case .shapingMissing:
      "this SDL2_ttf was built without HarfBuzz and cannot shape Arabic; use Debian's libsdl2-ttf, or --lang en"
    case .noScreen:
      "there is no screen: neither DISPLAY nor WAYLAND_DISPLAY leads to one; log in to a desktop, or run without a "
        + "window: --headless"
    case .window(let operation, let reason):
      "cannot open a window (\(operation): \(reason)); is DISPLAY or WAYLAND_DISPLAY set? "
        + "Use --headless to run without a window"
    }
  }
}

extension DisplayError: ClassifiedError {
  /// A missing screen is a missing input of the person's side, the rest a fault of the installation.
  public var exitClass: ExitClass { isScreenMissing ? .noInput : .fault }
}
