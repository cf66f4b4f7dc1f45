/// Numbers in the text format that Prometheus reads (exposition format 0.0.4).
struct MetricText {
  enum Kind: String {
    case counter, gauge, histogram
  }

  private(set) var text = ""

  /// A family of numbers: its name, what it means, and its samples, each with its labels.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]
  ) {
    guard !samples.isEmpty else { return }
    head(name, kind, help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  /// A family of one number without labels; none when there is no value.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
    guard let value else { return }
    add(name, kind, help, [([], value)])
  }

  /// A family of histograms.
  mutating func add(_ name: String, _ help: String, _ histograms: [(labels: [(String, String)], Histogram)]) {
    guard !histograms.isEmpty else { return }
    head(name, .histogram, help)
    for (labels, histogram) in histograms {
      var sum = 0
      for (bound, count) in zip(Histogram.bounds, histogram.counts) {
        sum += count
        line(name + "_bucket", labels + [("le", Self.number(bound))], Double(sum))
      }
      line(name + "_bucket", labels + [("le", "+Inf")], Double(histogram.count))
      line(name + "_sum", labels, histogram.sum)
      line(name + "_count", labels, Double(histogram.count))
    }
  }

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
    let inside = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    text += name + (inside.isEmpty ? "" : "{\(inside)}") + " \(Self.number(value))\n"
  }

  /// A label's value: backslash, quote and line feed are escaped.
  static func escaped(_ text: String) -> String {
    var out = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
  }
}

/// Times counted in buckets.
struct Histogram {
  /// Upper bounds of the buckets in seconds: from a resize to a network on a busy machine.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

  private(set) var counts = [Int](repeating: 0, count: bounds.count)
  private(set) var count = 0
  private(set) var sum = 0.0

  mutating func add(_ seconds: Double) {
    count += 1
    sum += seconds
    if let place = Self.bounds.firstIndex(where: { seconds <= $0 }) { counts[place] += 1 }
  }
}
