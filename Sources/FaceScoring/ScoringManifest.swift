/// What a scoring network is asked.
public enum ScoringTask: String, Sendable, Codable, CaseIterable {
  /// Is the face synthesized or swapped?
  case forgery
  /// Is it a print, a screen or a mask?
  case spoof
  /// Is a part of it covered? Such a face is not shown to the others.
  case cover
}

/// How a scoring network is to be fed and read: the contents of `Models/<name>/manifest.json`.
///
/// `docs/models-contract.md` describes every field; ``init(bytes:file:)`` checks them all.
public struct ScoringManifest: Sendable, Equatable, Codable {
  /// Version of this description; 1.
  public let schema: Int
  /// Name shown and logged; letters, digits, `-`, `_` and `.`.
  public let name: String
  /// The question.
  public let task: ScoringTask
  /// The network's file beside the manifest; a plain file name.
  public let file: String
  /// SHA-256 of that file, 64 lower-case hexadecimal digits.
  public let sha256: String
  /// Licence of the weights and terms of their training data, in words.
  public let licence: String
  /// What part of the frame the network sees.
  public let crop: CropRule
  /// How the picture becomes numbers.
  public let input: InputRule
  /// How the numbers become a logit.
  public let output: OutputRule
  /// How a logit becomes a probability.
  public let calibration: ScoreCalibration
}

/// What part of the frame a network sees, and in how many pixels.
public struct CropRule: Sendable, Equatable, Codable {
  /// How the crop is placed.
  public enum Kind: String, Sendable, Codable {
    /// A similarity transform takes five landmarks to `points`.
    case aligned
    /// An upright square about the face's box, `scale` times its longer side.
    case box
  }

  /// How the crop is placed.
  public let kind: Kind
  /// Width of the crop in pixels, 16 to 1024.
  public let width: Int
  /// Height of the crop in pixels, 16 to 1024.
  public let height: Int
  /// For `aligned`: where right eye, left eye, nose tip, right and left mouth corner (the subject's) go, as parts of
  /// width and height, each -1 to 2.
  public let points: [[Double]]?
  /// For `box`: side of the square in longer sides of the box, 0.5 to 8.
  public let scale: Double?
  /// What lies outside the frame: `replicate` (default) or `black`.
  public let border: Border?

  /// What a crop shows outside the frame.
  public enum Border: String, Sendable, Codable {
    /// The nearest pixel of the frame.
    case replicate
    /// Black.
    case black
  }
}

/// How a crop becomes numbers: channel order, and value x scale + bias with values in 0...255.
public struct InputRule: Sendable, Equatable, Codable {
  /// Order of the colour channels.
  public enum Colour: String, Sendable, Codable {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red.
    case bgr
  }

  /// Order of the axes.
  public enum Layout: String, Sendable, Codable {
    /// Channels, rows, columns.
    case nchw
    /// Rows, columns, channels.
    case nhwc
  }

  /// Order of the colour channels; scale and bias are in this order.
  public let colour: Colour
  /// Order of the axes.
  public let layout: Layout
  /// Factor for each channel; three finite numbers, not 0.
  public let scale: [Double]
  /// Added to each channel; three finite numbers.
  public let bias: [Double]
}

/// How a network's output becomes one logit, larger meaning forged or attacked.
public struct OutputRule: Sendable, Equatable, Codable {
  /// What the numbers are.
  public enum Kind: String, Sendable, Codable {
    /// One logit.
    case logit
    /// One logit a class, before softmax.
    case classLogits = "class_logits"
    /// One probability a class, after softmax.
    case classProbabilities = "class_probabilities"
  }

  /// What the numbers are.
  public let kind: Kind
  /// How many numbers there are, 1 to 1000; 1 for `logit`.
  public let count: Int
  /// For classes: which of them mean forged or attacked. For `logit`: [0] when larger means so, [] when smaller.
  public let positive: [Int]
  /// Name of the output with the class-activation map, [1,1,h,w] or [1,h,w]; nil when there is none.
  public let map: String?
  /// Name of the output with the features that a sequence network reads, [1,n]; nil when there is none.
  public let features: String?
}

/// How a network over time is to be fed: `manifest.json` with a `sequence` and without a crop.
public struct SequenceManifest: Sendable, Equatable, Codable {
  /// What it reads.
  public struct Rule: Sendable, Equatable, Codable {
    /// Name of the network whose features it reads.
    public let of: String
    /// How many crops it sees at once, 2 to 256.
    public let length: Int
    /// How many must be there before it is asked, 2 to `length`.
    public let least: Int
  }

  /// As ``ScoringManifest/schema``.
  public let schema: Int
  /// As ``ScoringManifest/name``.
  public let name: String
  /// The question.
  public let task: ScoringTask
  /// As ``ScoringManifest/file``.
  public let file: String
  /// As ``ScoringManifest/sha256``.
  public let sha256: String
  /// As ``ScoringManifest/licence``.
  public let licence: String
  /// What it reads.
  public let sequence: Rule
  /// How the numbers become a logit.
  public let output: OutputRule
  /// How a logit becomes a probability.
  public let calibration: ScoreCalibration
}

/// Probability = logistic(logit / temperature + bias), fitted on data apart from training and test.
public struct ScoreCalibration: Sendable, Equatable, Codable {
  /// Divides the logit; 0.01 to 100.
  public let temperature: Double
  /// Added after the division; -20 to 20.
  public let bias: Double

  /// A calibration by temperature and bias.
  public init(temperature: Double, bias: Double) { (self.temperature, self.bias) = (temperature, bias) }
}
