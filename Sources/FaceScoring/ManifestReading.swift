public import Foundation

extension ScoringManifest {
  /// Largest manifest accepted, in bytes.
  package static let largestManifest = 1 << 16

  /// Reads and checks a manifest; `file` is named in errors. Nothing in it is trusted.
  public init(bytes: Data, file: String) throws(ScoringError) {
    guard bytes.count <= Self.largestManifest else {
      throw .manifest(
        file: file, field: "(file)", expected: "at most \(Self.largestManifest) bytes",
        found: "\(bytes.count)")
    }
    do { self = try JSONDecoder().decode(Self.self, from: bytes) } catch {
      throw Self.refusal(of: error, file: file)
    }
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

  private typealias Check = (field: String, sound: Bool, expected: String, found: String)

  private var checks: [Check] {
    let word = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    let plain = !file.contains("/") && !file.contains("\0") && file != "." && file != ".." && !file.isEmpty
    let hex = sha256.utf8.count == 64 && sha256.allSatisfy { "0123456789abcdef".contains($0) }
    return [
      ("schema", schema == 1, "1", "\(schema)"),
      ("name", word && (1...64).contains(name.count), "1 to 64 letters, digits, - _ .", name),
      ("file", plain && file.count <= 255, "a plain file name", file),
      ("sha256", hex, "64 lower-case hexadecimal digits", sha256),
      ("licence", !licence.isEmpty, "words", "nothing"),
    ] + cropChecks + inputChecks + outputChecks + calibrationChecks
  }

  private var cropChecks: [Check] {
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

  private var inputChecks: [Check] {
    func sound(_ numbers: [Double]) -> Bool { numbers.count == 3 && numbers.allSatisfy { abs($0) <= 1e4 } }
    return [
      (
        "input.scale", sound(input.scale) && input.scale.allSatisfy { $0 != 0 }, "three numbers, not 0",
        "\(input.scale)"
      ),
      ("input.bias", sound(input.bias), "three numbers", "\(input.bias)"),
    ]
  }

  private var outputChecks: [Check] {
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

  private var calibrationChecks: [Check] {
    [
      (
        "calibration.temperature", (0.01...100).contains(calibration.temperature), "0.01 to 100",
        "\(calibration.temperature)"
      ),
      ("calibration.bias", (-20...20).contains(calibration.bias), "-20 to 20", "\(calibration.bias)"),
    ]
  }
}
