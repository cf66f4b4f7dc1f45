import Foundation
public import Inference
import ModelFormats
public import Observations
public import Quantities

/// Says for each 32 ms of sound how surely a person speaks in it: the Silero network (MIT, PyPI `silero-vad`).
///
/// The file holds a network for 8 and one for 16 kHz behind one branch; the latter is used. It sees 512 samples with the 64
/// before them, and remembers what it heard; a gap in the sound makes it forget.
/// Used from one queue only.
public final class VoiceActivity {
  /// What the network says of one window.
  public struct Window: Sendable, Equatable {
    /// The window's middle.
    public let time: MonotonicInstant
    /// How surely somebody speaks, 0...1; not calibrated.
    public let confidence: Double

    /// A window by its numbers.
    public init(time: MonotonicInstant, confidence: Double) {
      (self.time, self.confidence) = (time, confidence)
    }
  }

  /// Samples that one run judges.
  public static let window = 512
  private static let context = 64

  /// Name of the network's file among the fetched ones.
  public static let file = "silero_vad.onnx"

  /// How its file is loaded: the branch for 16 kHz, one window at a time.
  public static var loading: Network.Options {
    var options = Network.Options()
    options.choices = OnnxChoices(
      conditions: ["eq_2": true], sizes: ["batch": 1, "sequence": window + context])
    return options
  }

  /// The network, written into every result that it took part in.
  public let identity: ModelIdentity?
  private let network: Network
  private var waiting: [Float] = []
  private var start: MonotonicInstant?
  private var end: MonotonicInstant?

  /// Loads the network in the file at `path`, known as `identity`.
  public init(path: String, identity: ModelIdentity? = nil) throws(NetworkError) {
    self.identity = identity
    network = try Network(path: path, options: Self.loading)
    let shapes = network.inputs.map { $0.shape.reduce(1, *) }
    guard shapes == [Self.window + Self.context, 256],
      network.outputs.map({ $0.shape.reduce(1, *) }) == [1, 256]
    else {
      throw .unsupported(
        file: path, place: "inputs", problem: "not the network of voice activity that this program knows")
    }
    forget()
  }

  /// Names of the network's operators that run by their slow reference.
  public var slowSteps: [String] { network.slowSteps }

  /// Takes the next sound and gives the windows that are complete with it.
  public func hear(_ block: SoundBlock) throws(NetworkError) -> [Window] {
    if let end, block.start - end > VoiceRecorder.longestGap { forget() }
    if waiting.isEmpty { start = block.start }
    waiting += block.samples
    end = block.end
    var windows: [Window] = []
    var used = 0
    while let start, waiting.count - used >= Self.window {
      let confidence = try judge(waiting[used..<used + Self.window])
      windows.append(Window(time: start + SoundBlock.length(Self.window / 2), confidence: confidence))
      used += Self.window
      self.start = start + SoundBlock.length(Self.window)
    }
    waiting.removeFirst(used)
    return windows
  }

  private func judge(_ samples: ArraySlice<Float>) throws(NetworkError) -> Double {
    network.withInput(0) { input in
      for (place, sample) in samples.enumerated() { input[Self.context + place] = sample }
    }
    try network.run()
    let confidence = network.withOutput(0) { Double($0[0]) }
    network.withOutput(1) { state in network.withInput(1) { input in _ = input.update(from: state) } }
    network.withInput(0) { input in
      for (place, sample) in samples.suffix(Self.context).enumerated() { input[place] = sample }
    }
    return confidence.isFinite ? min(max(confidence, 0), 1) : 0
  }

  private func forget() {
    waiting = []
    (start, end) = (nil, nil)
    network.withInput(0) { $0.update(repeating: 0) }
    network.withInput(1) { $0.update(repeating: 0) }
  }
}
