import Faces
import Observations
import Quantities
import Testing

@Suite struct CombiningTests {
  private func detection(_ x: Float, _ confidence: Float, _ name: String) -> Detection {
    Detection(
      box: PixelRect(x: x, y: 0, width: 10, height: 10), confidence: Confidence(confidence), keypoints: [],
      model: ModelIdentity(name: name, sha256: ""))
  }

  @Test func whereBothFoundAFaceTheFirstListStays() {
    let all = FaceDetector.combine(
      [detection(0, 0.6, "near")], [detection(1, 0.9, "full"), detection(40, 0.8, "full")], overlap: 0.3)
    #expect(all.map(\.model.name) == ["full", "near"])
    #expect(all.map(\.box.x) == [40, 0])
  }

  @Test func missingNetworkIsSaid() throws {
    let detector = try FaceDetector(near: nil, fullRange: nil)
    #expect("\(DetectionError.notLoaded(.fullRange))".contains("full_range"))
    _ = detector
  }

  @Test func fileThatIsNotThereIsNamed() {
    let file = NetworkFile(
      path: "/nowhere/near.tflite", identity: ModelIdentity(name: "near", sha256: ""))
    #expect(throws: DetectionError.self) { try FaceDetector(near: file, fullRange: nil) }
    do { _ = try FaceDetector(near: file, fullRange: nil) } catch {
      #expect(error.description.contains("/nowhere/near.tflite"))
    }
  }
}
