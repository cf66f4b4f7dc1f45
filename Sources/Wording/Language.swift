/// A language of the program's words.
public enum Language: String, Sendable, Hashable, CaseIterable {
  /// English, left to right.
  case english = "en"
  /// Arabic, right to left.
  case arabic = "ar"

  /// Whether lines read from right to left.
  public var isRightToLeft: Bool { self == .arabic }

  /// The language of a locale's name such as `ar_EG.UTF-8`; English for every other one.
  public init(locale: String) { self = locale.lowercased().hasPrefix("ar") ? .arabic : .english }

  /// The value of HTML's attribute `dir`.
  public var direction: String { isRightToLeft ? "rtl" : "ltr" }

  /// From the word before to the word after, in reading direction.
  package var arrow: String { isRightToLeft ? "←" : "→" }

  /// Between the parts of a list.
  package var comma: String { isRightToLeft ? "، " : ", " }

  /// The one of two texts that is in this language: the only place where it is chosen.
  public func callAsFunction(_ english: String, _ arabic: String) -> String {
    self == .arabic ? arabic : english
  }
}
