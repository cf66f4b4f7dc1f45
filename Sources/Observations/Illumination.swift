/// How a source is lit. The raw value is the word used in JSON; never renamed.
public enum Illumination: String, Sendable, Codable, CaseIterable {
  /// Like a room: what changes, changes for longer than moments.
  case steady
  /// Lit and dark frames take turns: an infrared camera, or one with its own light that goes on and off.
  case flickering
  /// Dark, and not between lit frames.
  case dark
}
