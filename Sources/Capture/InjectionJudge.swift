import Imaging
import Observations
import Quantities

/// Watches a live source for what a sensor would not do; see ``InjectionEvidence``.
///
/// Cost: reads about 4,000 pixels of each frame. Memory: a few hundred kilobytes, bounded.
struct InjectionJudge {
  private var device: [InjectionFinding] = []
  private var timing = TimingStatistics()
  private var repeats = RepeatDetector()
  private var noise = NoiseMeter()
  private var sampler = LumaSampler()
  private var copiedTimes: UInt64 = 0
  private var frames: UInt64 = 0

  /// What the system says of the device.
  mutating func note(_ entry: CameraEntry) { device = entry.findings }

  /// Whether a program that feeds the device set a frame's time.
  mutating func note(timeCopied: Bool) { if timeCopied { copiedTimes += 1 } }

  /// The stream broke off, by itself or because it was started anew: that time says nothing of a sensor's clock.
  mutating func noteBreak() { timing.noteBreak() }

  /// Takes a delivered frame into account.
  mutating func observe(_ frame: Frame) {
    frames += 1
    timing.add(frame.captured, index: frame.index)
    sampler.sample(frame)
    repeats.add(sampler.current, hasTexture: sampler.hasTexture)
    noise.add(sampler.current, before: sampler.previous)
  }

  /// What was found so far.
  var evidence: InjectionEvidence {
    var findings = device
    if copiedTimes > 0 {
      findings.append(
        InjectionFinding(
          .copiedTimestamps, strength: 0.5,
          detail: "a program set the time stamps of \(copiedTimes) of \(frames) frames"))
    }
    findings += [timing.finding, noise.finding].compactMap { $0 } + repeats.findings
    return InjectionEvidence(findings: findings, frames: frames)
  }
}

/// Luma at a fixed grid of runs of eight neighbouring pixels, of this frame and the one before.
struct LumaSampler {
  /// Neighbouring pixels in a run.
  static let runLength = 8
  private static let runsAcross = 16
  private static let runsDown = 32
  private(set) var current: [UInt8] = []
  private(set) var previous: [UInt8] = []

  /// Reads the grid from a frame.
  mutating func sample(_ frame: Frame) {
    swap(&current, &previous)
    current.removeAll(keepingCapacity: true)
    // Green stands for luma in RGB pictures.
    let plane = frame.layout.planes[frame.layout.color == .rgb ? 1 : 0]
    let size = frame.size
    guard size.width >= Self.runLength else { return }
    frame.withBytes { bytes in
      for down in 0..<Self.runsDown {
        let row = plane.offset + (2 * down + 1) * size.height / (2 * Self.runsDown) * plane.rowStride
        for across in 0..<Self.runsAcross {
          let first = (2 * across + 1) * (size.width - Self.runLength) / (2 * Self.runsAcross)
          for column in first..<first + Self.runLength {
            current.append(bytes[row + column * plane.pixelStride])
          }
        }
      }
    }
  }

  /// Whether the picture is neither flat nor clipped: a covered lens repeats its black, as a real one may.
  var hasTexture: Bool {
    guard !current.isEmpty else { return false }
    var (sum, squares, middle) = (0, 0, 0)
    for value in current {
      sum += Int(value)
      squares += Int(value) * Int(value)
      if value > 20, value < 235 { middle += 1 }
    }
    let mean = Double(sum) / Double(current.count)
    return middle * 4 > current.count && Double(squares) / Double(current.count) - mean * mean > 25
  }
}
