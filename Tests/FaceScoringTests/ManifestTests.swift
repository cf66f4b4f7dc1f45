import FaceScoring
import Foundation
import Testing

/// A manifest as a JSON object, to be changed by tests.
enum ManifestFile {
  static func object(_ change: (inout [String: Any]) -> Void = { _ in }) -> Data {
    var object: [String: Any] = [
      "schema": 1, "name": "test-net", "task": "forgery", "file": "net.onnx",
      "sha256": String(repeating: "0", count: 64), "licence": "made for this test",
      "crop": [
        "kind": "aligned", "width": 32, "height": 32,
        "points": [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]],
      ],
      "input": ["colour": "rgb", "layout": "nchw", "scale": [0.01, 0.01, 0.01], "bias": [0, 0, 0]],
      "output": ["kind": "logit", "count": 1, "positive": [0]],
      "calibration": ["temperature": 1.5, "bias": -0.5],
    ]
    change(&object)
    return (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
  }

  /// Changes one field of one of the inner objects.
  static func inner(_ part: String, _ field: String, _ value: Any?) -> Data {
    object { manifest in
      var inner = manifest[part] as? [String: Any] ?? [:]
      inner[field] = value
      manifest[part] = inner
    }
  }
}

@Suite struct ManifestTests {
  @Test func soundManifestIsRead() throws {
    let manifest = try ScoringManifest(bytes: ManifestFile.object(), file: "m.json")
    #expect(manifest.task == .forgery && manifest.crop.points?.count == 5)
    #expect(manifest.calibration == ScoreCalibration(temperature: 1.5, bias: -0.5))
  }

  private func refusal(_ bytes: Data) -> String? {
    do {
      _ = try ScoringManifest(bytes: bytes, file: "m.json")
      return nil
    } catch { return error.description }
  }

  @Test(arguments: [
    ("schema", "2"), ("name", "\"../x\""), ("name", "\"\""), ("task", "\"mood\""),
    ("file", "\"../net.onnx\""),
    ("file", "\"/etc/passwd\""), ("file", "\"..\""), ("file", "\"\""), ("file", "\"a\\u0000b\""),
    ("sha256", "\"abc\""),
    ("sha256", "\"\(String(repeating: "A", count: 64))\""), ("licence", "\"\""), ("licence", "7"),
    ("crop", "null"),
  ]) func wrongFieldIsNamed(field: String, json: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    let message = refusal(ManifestFile.object { $0[field] = value })
    #expect(message?.contains("m.json: field \(field)") == true, "\(message ?? "accepted")")
  }

  @Test func wrongInnerFieldIsNamed() {
    let cases: [(String, String, Any?)] = [
      ("crop", "width", 8), ("crop", "width", 1_000_000), ("crop", "height", -1), ("crop", "kind", "round"),
      ("crop", "points", [[0.1, 0.2]]), ("crop", "points", [[Double]](repeating: [0.5, 0.5], count: 5)),
      ("crop", "points", nil), ("crop", "points", [[Double]](repeating: [9, 9], count: 5)),
      ("input", "scale", [0, 1, 1]), ("input", "scale", [1, 1]), ("input", "bias", [1e9, 0, 0]),
      ("input", "colour", "cmyk"), ("input", "layout", "chw"), ("output", "count", 2),
      ("output", "positive", [1]),
      ("output", "kind", "oracle"), ("calibration", "temperature", 0), ("calibration", "temperature", -1),
      ("calibration", "bias", 100), ("calibration", "bias", nil),
    ]
    for (part, field, value) in cases {
      let message = refusal(ManifestFile.inner(part, field, value))
      #expect(
        message?.contains("field \(part).\(field)") == true, "\(part).\(field): \(message ?? "accepted")")
    }
  }

  @Test func boxCropNeedsAScaleAndASquare() {
    func box(_ scale: Any?, height: Int = 80) -> Data {
      ManifestFile.object {
        var crop: [String: Any] = ["kind": "box", "width": 80, "height": height]
        crop["scale"] = scale
        $0["crop"] = crop
      }
    }
    #expect(refusal(box(2.7)) == nil)
    #expect(refusal(box(nil))?.contains("crop.scale") == true)
    #expect(refusal(box(100))?.contains("crop.scale") == true)
    #expect(refusal(box(2.7, height: 64))?.contains("crop.height") == true)
  }

  @Test func classesMustBeSomeButNotAll() {
    func classes(_ positive: [Int], count: Int = 3) -> Data {
      ManifestFile.object {
        $0["output"] = ["kind": "class_logits", "count": count, "positive": positive] as [String: Any]
      }
    }
    #expect(refusal(classes([0, 2])) == nil)
    for positive in [[], [0, 1, 2], [3], [-1], [1, 1]] {
      #expect(refusal(classes(positive)) != nil, "\(positive)")
    }
    #expect(refusal(classes([0], count: 1)) != nil)
    #expect(refusal(classes([0], count: Int.min)) != nil)
  }

  @Test func bytesThatAreNoManifestAreRefused() {
    let sound = ManifestFile.object()
    for bytes in [
      Data(), Data("[]".utf8), Data("{".utf8), Data(repeating: 0x5b, count: 5000), Data([0xff, 0xfe]),
    ] {
      #expect(refusal(bytes) != nil)
    }
    #expect(refusal(sound + Data(repeating: 0x20, count: 1 << 16))?.contains("bytes") == true)
    for length in 0..<sound.count - 1 { #expect(refusal(sound.prefix(length)) != nil) }
  }
}
