public import Foundation

typealias ManifestCheck = (field: String, sound: Bool, expected: String, found: String)

extension SequenceManifest {
  /// Reads and checks a manifest with a `sequence`; `file` is named in errors. Nothing in it is trusted.
  public init(bytes: Data, file: String) throws(ScoringError) {
    self = try ManifestReading.decode(Self.self, bytes, file: file)
    let common = ManifestReading.common(
      schema: schema, name: name, file: self.file, sha256: sha256, licence: licence)
    let rules: [ManifestCheck] = [
      ("sequence.of", !sequence.of.isEmpty && sequence.of != name, "another network's name", sequence.of),
      ("sequence.length", (2...256).contains(sequence.length), "2 to 256", "\(sequence.length)"),
      (
        "sequence.least", sequence.least >= 2 && sequence.least <= sequence.length, "2 to sequence.length",
        "\(sequence.least)"
      ),
    ]
    try ManifestReading.demand(
      common + rules + ManifestReading.output(output) + ManifestReading.calibration(calibration), file: file)
  }
}

extension ScoringManifest {
  /// Largest manifest accepted, in bytes.
  package static let largestManifest = 1 << 16

  /// Reads and checks a manifest; `file` is named in errors. Nothing in it is trusted.
  public init(bytes: Data, file: String) throws(ScoringError) {
    self = try ManifestReading.decode(Self.self, bytes, file: file)
    let common = ManifestReading.common(
      schema: schema, name: name, file: self.file, sha256: sha256, licence: licence)
    try ManifestReading.demand(
      common + cropChecks + inputChecks + ManifestReading.output(output)
        + ManifestReading.calibration(calibration), file: file)
  }

  private var cropChecks: [ManifestCheck] {
    let points = crop.points ?? []
    let pointsSound =
      points.count == 5 && points.allSatisfy { $0.count == 2 && $0.allSatisfy((-1...2).contains) }
    let spread = Set(points.map { "\($0)" }).count
    return [
      ("crop.width", (16...1024).contains(crop.width), "16 to 1024", "\(crop.width)"),
      ("crop.height", (16...1024).contains(crop.height), "16 to 1024", "\(crop.height)"),
      (
        "crop.points", crop.kind == .box || (pointsSound && spread > 1),
        "five different pairs of numbers in -1 to 2", "\(points.count) entries"
      ),
      (
        "crop.scale", crop.kind == .aligned || (crop.scale.map { (0.5...8).contains($0) } ?? false),
        "0.5 to 8",
        crop.scale.map { "\($0)" } ?? "none"
      ),
      (
        "crop.height", crop.kind == .aligned || crop.width == crop.height, "the same as crop.width for a box",
        "\(crop.height)"
      ),
    ]
  }

  private var inputChecks: [ManifestCheck] {
    func sound(_ numbers: [Double]) -> Bool { numbers.count == 3 && numbers.allSatisfy { abs($0) <= 1e4 } }
    return [
      (
        "input.scale", sound(input.scale) && input.scale.allSatisfy { $0 != 0 }, "three numbers, not 0",
        "\(input.scale)"
      ),
      ("input.bias", sound(input.bias), "three numbers", "\(input.bias)"),
    ]
  }
}
