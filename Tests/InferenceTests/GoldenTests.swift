import Foundation
import Inference
import Testing

/// Where the fetched networks lie, if they were fetched.
enum FetchedNetworks {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["VIGIL_MODELS"] { return URL(fileURLWithPath: path) }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appendingPathComponent("Models/third-party")
  }()

  static let present: Bool = {
    let found = FileManager.default.fileExists(
      atPath: folder.appendingPathComponent("face_detector.tflite").path)
    if !found { print("skipped: no networks in \(folder.path); fetch them with: make models") }
    return found
  }()
}

private struct Goldens: Decodable {
  struct Output: Decodable {
    let name: String
    let shape: [Int]
    let step: Int
    let largest: Float
    let values: [Float]
  }
  let networks: [String: [Output]]

  static func load() throws -> Goldens {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/tflite.json")
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: file))
  }
}

/// The input that Tools/generate/goldens.py gave to LiteRT.
func goldenSequence(into buffer: UnsafeMutableBufferPointer<Float>) {
  var state: UInt32 = 1
  for index in buffer.indices {
    state = 1_664_525 &* state &+ 1_013_904_223
    buffer[index] = Float(state >> 8) / Float(1 << 23) - 1
  }
}

@Suite(.enabled(if: FetchedNetworks.present)) struct GoldenTests {
  @Test(arguments: [
    "face_detector", "face_detection_full_range", "face_landmarks_detector", "face_blendshapes",
    "mediapipe_face_landmark", "mediapipe_iris_landmark",
  ]) func equalsLiteRT(name: String) throws {
    let goldens = try #require(try Goldens.load().networks[name])
    let network = try Network(path: FetchedNetworks.folder.appendingPathComponent("\(name).tflite").path)
    // Twice, so that nothing left over from the first run may change the second.
    for _ in 0..<2 {
      for index in network.inputs.indices { network.withInput(index) { goldenSequence(into: $0) } }
      try network.run()
    }
    #expect(network.outputs.count == goldens.count)
    for (index, golden) in goldens.enumerated() {
      // LiteRT may list outputs in another order than the file.
      let own = network.outputs.firstIndex { $0.name == golden.name } ?? index
      #expect(network.outputs[own].shape == golden.shape)
      network.withOutput(own) { values in
        var worst: Float = 0
        for (position, expected) in golden.values.enumerated() {
          // A logistic output of 1e-6 has the absolute error of its logit as relative error: not below 1e-3.
          worst = max(worst, abs(values[position * golden.step] - expected) / max(golden.largest, 1e-3))
        }
        print("\(name) \(golden.name): largest difference \(worst) of the output's largest value")
        #expect(worst < 1e-4, "\(name), output \(golden.name)")
      }
    }
  }
}
