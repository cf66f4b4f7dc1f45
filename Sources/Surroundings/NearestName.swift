/// Finds the name that somebody meant.
public enum NearestName {
  /// The nearest of `names`, if it is near: at most a third of its letters differ, case and `-` or `_` aside.
  public static func of(_ word: String, among names: [String]) -> String? {
    let wanted = letters(word)
    let scored = names.map { (name: $0, distance: distance(wanted, letters($0))) }
    guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.name.count / 3) ? best.name : nil
  }

  private static func letters(_ text: String) -> [Character] {
    text.prefix(100).lowercased().map { $0 == "-" ? "_" : $0 }
  }

  /// Letters to put in, leave out, change or swap with their neighbour (optimal string alignment).
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var before: [Int] = []
    var above = Array(0...other.count)
    for i in 0..<one.count {
      var row = [i + 1]
      for j in 0..<other.count {
        var least = min(above[j] + (one[i] == other[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
          least = min(least, before[j - 1] + 1)
        }
        row.append(least)
      }
      (before, above) = (above, row)
    }
    return above[other.count]
  }
}
