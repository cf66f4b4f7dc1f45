internal import CSDL2
public import Quantities

/// What a person did at the window.
public enum WindowEvent: Sendable, Hashable {
  /// Close button, q or Esc.
  case quit
  /// Space.
  case togglePause
  /// Full stop: one frame on.
  case step
  /// l.
  case toggleLandmarks
  /// i.
  case toggleDetails
  /// s.
  case snapshot
  /// f; the window has already changed.
  case toggleFullScreen
  /// ? or F1.
  case toggleHelp
  /// A press of the pointer or a finger, in canvas pixels.
  case pressed(PixelPoint)
  /// The canvas has a new size, in physical pixels; draw again.
  case resized(PixelSize)
  /// Part of the window became visible; draw again.
  case exposed
}

extension WindowEvent {
  /// The event of a key, nil for keys without one. `symbol` depends on the keyboard's language, `position` does not.
  static func key(symbol: Int32, position: SDL_Scancode, isShifted: Bool) -> WindowEvent? {
    // On a keyboard without Latin letters (Arabic, say) the key's place stands for the letter.
    let isLatin = symbol < 128 || symbol >= 1 << 30
    let letter = isLatin ? symbol : latinLetters[Int(position.rawValue)] ?? 0
    switch UInt32(bitPattern: letter) {
    case UInt32(SDLK_q.rawValue), UInt32(SDLK_ESCAPE.rawValue): return .quit
    case UInt32(SDLK_SPACE.rawValue): return .togglePause
    case UInt32(SDLK_PERIOD.rawValue): return .step
    case UInt32(SDLK_l.rawValue): return .toggleLandmarks
    case UInt32(SDLK_i.rawValue): return .toggleDetails
    case UInt32(SDLK_s.rawValue): return .snapshot
    case UInt32(SDLK_f.rawValue): return .toggleFullScreen
    case UInt32(SDLK_QUESTION.rawValue), UInt32(SDLK_F1.rawValue): return .toggleHelp
    case UInt32(SDLK_SLASH.rawValue): return isShifted ? .toggleHelp : nil
    default: return nil
    }
  }

  /// The letters of the keys that do something, by their place on the keyboard (USB usage numbers).
  private static let latinLetters: [Int: Int32] = {
    let letters: [(SDL_Scancode, SDL_KeyCode)] = [
      (SDL_SCANCODE_Q, SDLK_q), (SDL_SCANCODE_L, SDLK_l), (SDL_SCANCODE_I, SDLK_i), (SDL_SCANCODE_S, SDLK_s),
      (SDL_SCANCODE_F, SDLK_f), (SDL_SCANCODE_PERIOD, SDLK_PERIOD), (SDL_SCANCODE_SLASH, SDLK_SLASH),
    ]
    return Dictionary(uniqueKeysWithValues: letters.map { (Int($0.0.rawValue), Int32($0.1.rawValue)) })
  }()
}
