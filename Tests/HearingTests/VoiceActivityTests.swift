import Foundation
import Hearing
import Observations
import Quantities
import Testing

/// The network of voice activity against onnxruntime, which computed the goldens (Tools/generate/voice-goldens.py).
@Suite struct VoiceActivityTests {
  private struct Golden: Decodable {
    let probabilities: [Double]
    let sound_sum: Double
  }

  static let network: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["VIGIL_MODELS"]
      ?? root.appendingPathComponent("Models/third-party").path
    let path = folder + "/silero_vad.onnx"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()
  static let noNetwork: Comment = "needs the network of voice activity: make models"

  /// The same sound as the script makes: a buzz through two gliding resonances that comes and goes.
  static func madeSound(seconds: Double) -> [Float] {
    var state: UInt32 = 1
    var memory: [(Double, Double)] = [(0, 0), (0, 0)]
    return (0..<Int(seconds * 16_000)).map { index in
      let time = Double(index) / 16_000
      state = 1_664_525 &* state &+ 1_013_904_223
      let noise = Double(state >> 8) / Double(1 << 23) - 1
      let source = 2 * (120 * time).truncatingRemainder(dividingBy: 1) - 1
      var value = 0.0
      for (number, (centre, width)) in [
        (500 + 200 * sin(5 * time), 80.0), (1500 + 400 * sin(3 * time), 120.0),
      ]
      .enumerated() {
        let radius = exp(-Double.pi * width / 16_000)
        let (one, two) = memory[number]
        let new = source + 2 * radius * cos(2 * Double.pi * centre / 16_000) * one - radius * radius * two
        memory[number] = (new, one)
        value += (1 - radius) * new
      }
      let loudness = pow(max(0, sin(2 * Double.pi * 1.5 * time)), 2)
      return Float(0.5 * loudness * value + 0.002 * noise)
    }
  }

  @Test(.enabled(if: network != nil, noNetwork)) func theEngineSaysWhatOnnxruntimeSays() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Goldens/silero.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let sound = Self.madeSound(seconds: 3)
    #expect(abs(sound.reduce(0) { $0 + Double(abs($1)) } - golden.sound_sum) < 1e-3)
    let activity = try VoiceActivity(path: try #require(Self.network))
    // In pieces of any size: the windows are the same.
    var windows: [VoiceActivity.Window] = []
    var place = 0
    for size in [100, 1, 2048, 511, 513, 48_000] {
      let piece = Array(sound[place..<min(place + size, sound.count)])
      let start = MonotonicInstant(seconds: 7) + SoundBlock.length(place)
      windows += try activity.hear(SoundBlock(start: start, samples: piece))
      place += piece.count
    }
    #expect(windows.count == golden.probabilities.count)
    for (window, expected) in zip(windows, golden.probabilities) {
      #expect(abs(window.confidence - expected) < 1e-4, "\(window) \(expected)")
    }
    #expect(windows.first.map { abs($0.time.seconds - 7.016) < 1e-6 } == true)
    // The 64 samples that are mirrored at the end have no fast step of their own.
    #expect(activity.slowSteps == ["Pad"], "\(activity.slowSteps)")
  }

  /// What was before a gap does not speak for what comes behind it.
  @Test(.enabled(if: network != nil, noNetwork)) func aGapMakesItForget() throws {
    let sound = Self.madeSound(seconds: 1)
    let fresh = try VoiceActivity(path: try #require(Self.network))
    let other = try VoiceActivity(path: try #require(Self.network))
    let expected = try fresh.hear(SoundBlock(start: MonotonicInstant(seconds: 10), samples: sound))
    _ = try other.hear(SoundBlock(start: MonotonicInstant(seconds: 2), samples: sound + [0.5, 0.5]))
    let found = try other.hear(SoundBlock(start: MonotonicInstant(seconds: 10), samples: sound))
    #expect(found == expected && !found.isEmpty)
  }
}
