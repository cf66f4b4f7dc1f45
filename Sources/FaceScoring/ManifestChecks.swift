import Foundation

/// What both kinds of manifest are held to.
enum ManifestReading {
  static func decode<Manifest: Decodable>(
    _ type: Manifest.Type, _ bytes: Data, file: String
  ) throws(ScoringError) -> Manifest {
    guard bytes.count <= ScoringManifest.largestManifest else {
      throw .manifest(
        file: file, field: "(file)", expected: "at most \(ScoringManifest.largestManifest) bytes",
        found: "\(bytes.count)")
    }
    do { return try JSONDecoder().decode(type, from: bytes) } catch { throw refusal(of: error, file: file) }
  }

  static func demand(_ checks: [ManifestCheck], file: String) throws(ScoringError) {
    for (field, sound, expected, found) in checks where !sound {
      throw .manifest(file: file, field: field, expected: expected, found: found)
    }
  }

  private static func refusal(of error: any Error, file: String) -> ScoringError {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "(file)" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return .manifest(
        file: file, field: place(context.codingPath + [key]), expected: "a value", found: "none")
    case .typeMismatch(let type, let context):
      return .manifest(
        file: file, field: place(context.codingPath), expected: "\(type)", found: "another type")
    case .valueNotFound(let type, let context):
      return .manifest(file: file, field: place(context.codingPath), expected: "\(type)", found: "null")
    case .dataCorrupted(let context):
      return .manifest(
        file: file, field: place(context.codingPath), expected: "valid JSON of this schema",
        found: context.debugDescription)
    default: return .manifest(file: file, field: "(file)", expected: "a manifest", found: "\(error)")
    }
  }

  static func common(
    schema: Int, name: String, file: String, sha256: String, licence: String
  ) -> [ManifestCheck] {
    let word = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    let plain = !file.contains("/") && !file.contains("\0") && file != "." && file != ".." && !file.isEmpty
    let hex = sha256.utf8.count == 64 && sha256.allSatisfy { "0123456789abcdef".contains($0) }
    return [
      ("schema", schema == 1, "1", "\(schema)"),
      ("name", word && (1...64).contains(name.count), "1 to 64 letters, digits, - _ .", name),
      ("file", plain && file.count <= 255, "a plain file name", file),
      ("sha256", hex, "64 lower-case hexadecimal digits", sha256),
      ("licence", !licence.isEmpty, "words", "nothing"),
    ]
  }

  static func output(_ output: OutputRule) -> [ManifestCheck] {
    let classes = output.kind != .logit
    let places = Set(output.positive)
    let sound =
      places.count == output.positive.count && places.allSatisfy { (0..<max(output.count, 0)).contains($0) }
      && (!classes || (!places.isEmpty && places.count < output.count))
    return [
      (
        "output.count", classes ? (2...1000).contains(output.count) : output.count == 1,
        classes ? "2 to 1000" : "1 for a logit", "\(output.count)"
      ),
      (
        "output.positive", sound, classes ? "some of the classes, not all" : "[0] or []", "\(output.positive)"
      ),
    ]
  }

  static func calibration(_ calibration: ScoreCalibration) -> [ManifestCheck] {
    [
      (
        "calibration.temperature", (0.01...100).contains(calibration.temperature), "0.01 to 100",
        "\(calibration.temperature)"
      ),
      ("calibration.bias", (-20...20).contains(calibration.bias), "-20 to 20", "\(calibration.bias)"),
    ]
  }
}
