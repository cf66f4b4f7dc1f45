/// How much evidence is needed: of a verdict, and of an identity check. The raw value is the word of the setting `policy`;
/// never renamed.
public enum Policy: String, Sendable, Codable, CaseIterable {
  /// Little: for trying out.
  case low
  /// For kiosks and calls.
  case standard
  /// Much: more undecided, fewer wrong, and no doubt from the passive cues.
  case high
}
