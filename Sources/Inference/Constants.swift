import CKernels
import Foundation
import ModelFormats

/// Weights in the form the steps read: f32 in the file's own mapping, f16 widened once, packed panels.
final class Constants: @unchecked Sendable {
  private let bytes: ModelBytes
  private var owned: [UnsafeMutableRawPointer] = []
  /// The part of the last block that is still free.
  private var free: (place: UnsafeMutablePointer<Float>, count: Int)
  private var packing: [PackingJob] = []
  /// Floats given away so far.
  private(set) var count = 0

  /// - Parameter expected: about as many floats as will be asked for.
  init(_ bytes: ModelBytes, expected: Int) {
    self.bytes = bytes
    free = Self.block(max(expected + expected / 8, 1 << 10))
    owned.append(UnsafeMutableRawPointer(free.place))
  }

  /// Blocks of many megabytes take large pages, because the first touch of a page costs as much as filling it.
  private static func block(_ count: Int) -> (place: UnsafeMutablePointer<Float>, count: Int) {
    let (size, large) = (count * MemoryLayout<Float>.size, 1 << 21)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size > 2 * large ? large : 64)
    if size > 2 * large { madvise(raw, size, MADV_HUGEPAGE) }
    return (raw.bindMemory(to: Float.self, capacity: count), count)
  }

  /// Memory that lives as long as the network; zeros, unless the caller fills the first `count` places anyway.
  /// 16 floats behind it may be read.
  func allocate(_ count: Int, cleared: Bool = true) -> UnsafeMutablePointer<Float> {
    let size = (count + 31) / 16 * 16
    if free.count < size {
      free = Self.block(max(size, 1 << 14))
      owned.append(UnsafeMutableRawPointer(free.place))
    }
    self.count += size
    let place = free.place
    free = (place + size, free.count - size)
    let filled = cleared ? 0 : count
    (place + filled).initialize(repeating: 0, count: size - filled)
    return place
  }

  /// The floats of a constant tensor; nil for integers.
  func floats(_ tensor: GraphTensor) -> UnsafeMutableBufferPointer<Float>? {
    guard let range = tensor.constant, tensor.type != .int32, let base = bytes.buffer.baseAddress else {
      return nil
    }
    let place = base + range.lowerBound
    if tensor.type == .float32, Int(bitPattern: place) % 4 == 0 {
      // Weights are only read: the mapping itself will do.
      let mapped = UnsafeMutableRawPointer(mutating: place).assumingMemoryBound(to: Float.self)
      return UnsafeMutableBufferPointer(start: mapped, count: tensor.count)
    }
    let pointer = allocate(tensor.count, cleared: false)
    if tensor.type == .float32 {
      UnsafeMutableRawPointer(pointer).copyMemory(from: place, byteCount: range.count)
    } else {
      vk_widen_halves(place, tensor.count, pointer)
    }
    return UnsafeMutableBufferPointer(start: pointer, count: tensor.count)
  }

  /// Memory for packed weights, which ``pack()`` fills.
  func later(_ job: PackingJob) -> UnsafePointer<Float> {
    packing.append(job)
    return UnsafePointer(job.packed)
  }

  /// Packs what was left for later, on all cores when that pays.
  func pack() {
    let parts = packing.flatMap { job in job.panels.map { (job: job, panel: $0) } }
    if packing.reduce(0, { $0 + $1.count }) < Self.worthSharing {
      for part in parts { part.job.run(part.panel) }
    } else {
      DispatchQueue.concurrentPerform(iterations: parts.count) { parts[$0].job.run(parts[$0].panel) }
    }
    packing = []
  }

  /// Floats that one core packs in half a millisecond: other threads wake in a tenth of that.
  private static let worthSharing = 1 << 19

  deinit { for block in owned { block.deallocate() } }
}

/// Weights to be packed; its parts write to places of their own, so they may run at the same time.
/// `@unchecked Sendable` because the addresses are read, or written by one part each, while the plan is made.
struct PackingJob: @unchecked Sendable {
  let weights: Source
  let bias: UnsafePointer<Float>?
  let outputs: Int
  let taps: Int
  let channels: Int
  let packed: UnsafeMutablePointer<Float>

  /// Where the weights are: outputs x taps x channels in memory, or as the file has them.
  enum Source {
    case ordered(UnsafePointer<Float>)
    case stored(StoredWeights)
  }

  var count: Int { outputs * taps * channels }
  /// The parts: groups of outputs.
  var panels: Range<Int> { 0..<vk_panels(outputs) }

  func run(_ panel: Int) {
    switch weights {
    case .ordered(let numbers): run(panel, numbers, nil, channelsFirst: false, tapsFirst: true)
    case .stored(let stored):
      stored.withNumbers { numbers in
        guard let numbers else { return }
        let first = stored.order == .inputsFirst
        guard let factors = stored.factors else { return run(panel, numbers, nil, channelsFirst: first) }
        factors.withUnsafeBufferPointer {
          run(panel, numbers, $0.baseAddress, channelsFirst: first)
        }
      }
    }
  }

  private func run(
    _ panel: Int, _ numbers: UnsafeRawPointer, _ factors: UnsafePointer<Float>?, channelsFirst: Bool,
    tapsFirst: Bool = false
  ) {
    // Weights whose taps come before their channels have one tap of taps x channels numbers.
    var stored = vk_stored_weights(
      numbers: numbers, bias: bias, factors: factors, outputs: outputs, taps: tapsFirst ? 1 : taps,
      channels: tapsFirst ? taps * channels : channels, channels_first: channelsFirst ? 1 : 0)
    vk_pack_stored(&stored, panel, panel + 1, packed)
  }
}
