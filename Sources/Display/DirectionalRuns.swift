/// A stretch of a line that is shaped in one direction with one font.
package struct DirectionalRun: Equatable {
  package let text: String
  /// Shaped right to left with the Arabic font; else left to right with the Latin one, which has the signs.
  package let isArabic: Bool

  package init(text: String, isArabic: Bool) { (self.text, self.isArabic) = (text, isArabic) }
}

/// Splits a line into runs in the order they stand on the screen, from left to right.
///
/// A part of the Unicode bidirectional algorithm (UAX 9) that is enough for one line of words, names and numbers:
/// Arabic letters read right to left, Latin letters and numbers (with their #, % and °) left to right, spaces and
/// signs go with both neighbours when these agree and else with the line; brackets are mirrored. Nested directions
/// and explicit marks are left out.
package func visualRuns(_ text: String, rightToLeft: Bool) -> [DirectionalRun] {
  let scalars = Array(text.unicodeScalars)
  let isRight = directions(scalars, rightToLeft)
  var stretches: [[DirectionalRun]] = []
  var start = 0
  for end in 0..<scalars.count where end + 1 == scalars.count || isRight[end + 1] != isRight[start] {
    let stretch = scalars[start...end]
    stretches.append(
      isRight[start] ? rightToLeftRuns(stretch) : [DirectionalRun(text: String(stretch), isArabic: false)])
    start = end + 1
  }
  return (rightToLeft ? stretches.reversed() : stretches).flatMap { $0 }
}

/// For each scalar whether it is read right to left.
private func directions(_ scalars: [Unicode.Scalar], _ rightToLeft: Bool) -> [Bool] {
  var strong = scalars.map(\.strongDirection)
  for index in scalars.indices where scalars[index].belongsToNumber {
    let neighbours = [index - 1, index + 1].filter(scalars.indices.contains)
    if neighbours.contains(where: { scalars[$0].properties.numericType != nil }) { strong[index] = false }
  }
  var result = [Bool](repeating: rightToLeft, count: scalars.count)
  var before: Bool?
  var index = 0
  while index < scalars.count {
    if let direction = strong[index] {
      (result[index], before) = (direction, direction)
      index += 1
      continue
    }
    let end = strong[index...].firstIndex { $0 != nil } ?? scalars.count
    let after = end < scalars.count ? strong[end] : nil
    let direction = before != nil && before == after ? before ?? rightToLeft : rightToLeft
    for neutral in index..<end { result[neutral] = direction }
    index = end
  }
  return result
}

/// Runs of a right-to-left stretch from left to right: letters and spaces together, each Latin sign alone.
private func rightToLeftRuns(_ stretch: ArraySlice<Unicode.Scalar>) -> [DirectionalRun] {
  var runs: [DirectionalRun] = []
  var letters: [Unicode.Scalar] = []
  func closeLetters() {
    if !letters.isEmpty { runs.append(DirectionalRun(text: String(letters[...]), isArabic: true)) }
    letters = []
  }
  for scalar in stretch {
    if scalar.strongDirection != nil || scalar == " " || scalar.isArabic {
      letters.append(scalar)
    } else {
      closeLetters()
      runs.append(DirectionalRun(text: String(scalar.mirrored), isArabic: false))
    }
  }
  closeLetters()
  return runs.reversed()
}

extension String {
  fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
    var view = UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}

extension Unicode.Scalar {
  fileprivate var isArabic: Bool {
    (0x0590...0x08FF).contains(value) || (0xFB1D...0xFDFF).contains(value)
      || (0xFE70...0xFEFC).contains(value)
  }

  /// True for letters read right to left, false for letters and digits read left to right, nil for the rest.
  fileprivate var strongDirection: Bool? {
    if properties.numericType != nil { return false }
    if isArabic { return true }
    return properties.isAlphabetic ? false : nil
  }

  /// Signs that stand with the number beside them.
  fileprivate var belongsToNumber: Bool { "#%°+-−".unicodeScalars.contains(self) }

  fileprivate var mirrored: Unicode.Scalar {
    switch self {
    case "(": ")"
    case ")": "("
    case "[": "]"
    case "]": "["
    case "<": ">"
    case ">": "<"
    default: self
    }
  }
}
