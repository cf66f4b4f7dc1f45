/// A stretch of a line that is shaped in one direction with one font.
package struct DirectionalRun: Equatable {
  package let text: String
  package let isArabic: Bool
}

/// Splits a line into runs in the order they stand on the screen, from left to right.
///
/// A part of the Unicode bidirectional algorithm (UAX 9) that is enough for one line of words, names and numbers:
/// Arabic letters read right to left, Latin letters and digits left to right, spaces and signs go with both
/// neighbours when these agree and else with the line. Nested directions and explicit marks are left out.
package func visualRuns(_ text: String, rightToLeft: Bool) -> [DirectionalRun] {
  let scalars = Array(text.unicodeScalars)
  let strong = scalars.map(\.strongDirection)
  var isArabic = [Bool](repeating: rightToLeft, count: scalars.count)
  var before: Bool?
  var index = 0
  while index < scalars.count {
    if let direction = strong[index] {
      isArabic[index] = direction
      before = direction
      index += 1
      continue
    }
    let end = strong[index...].firstIndex { $0 != nil } ?? scalars.count
    let after = end < scalars.count ? strong[end] : nil
    let direction = before != nil && before == after ? before ?? rightToLeft : rightToLeft
    for neutral in index..<end { isArabic[neutral] = direction }
    index = end
  }
  var runs: [DirectionalRun] = []
  var start = 0
  for index in 1...max(1, scalars.count) where index <= scalars.count {
    if index == scalars.count || isArabic[index] != isArabic[start] {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[start..<index])
      runs.append(DirectionalRun(text: String(view), isArabic: isArabic[start]))
      start = index
    }
  }
  return rightToLeft ? runs.reversed() : runs
}

extension Unicode.Scalar {
  /// True for letters read right to left, false for letters and digits read left to right, nil for the rest.
  fileprivate var strongDirection: Bool? {
    switch value {
    case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC:
      // Arabic-Indic digits read left to right; Arabic comma and signs go with their letters.
      (0x0660...0x0669).contains(value) ? false : true
    default: properties.isAlphabetic || properties.numericType != nil ? false : nil
    }
  }
}
