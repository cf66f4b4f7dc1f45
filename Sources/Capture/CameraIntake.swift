import Imaging
package import Quantities

/// How often frames come since the stream began.
package struct FramePulse {
  private var last: MonotonicInstant?
  private var intervals = 0
  private var mean = Duration.zero

  /// The stream begins.
  package init() {}

  /// Time between frames, smoothed; nil before three frames.
  package var period: Duration? { intervals >= 2 ? mean : nil }

  /// A frame was captured.
  package mutating func add(_ captured: MonotonicInstant) {
    defer { last = captured }
    guard let last, captured > last else { return }
    intervals += 1
    // Cut so that one pause does not count as a rate.
    let interval = min(captured - last, .seconds(2))
    mean = intervals == 1 ? interval : mean + (interval - mean) / 5
  }
}

/// Turns driver buffers into pooled frames and keeps the frame numbers.
struct CameraIntake {
  /// What became of a buffer.
  enum Content {
    case frame(Frame)
    case damaged
    case undecodable
    case poolExhausted
  }

  private var pool: FramePool?
  private var lastSequence: UInt32?
  private var index: UInt64 = 0
  /// Turns bytes of the granted format into readable ones; nil when they are.
  var converter: (any FrameConverting)?

  /// The stream begins anew: the next sequence number follows no other.
  mutating func forgetSequence() { lastSequence = nil }

  /// The frame's own number; a gap in the driver's numbers is counted as lost and leaves a gap in ours.
  mutating func number(_ sequence: UInt32, _ counters: inout SourceCounters) -> UInt64 {
    if let lastSequence {
      let gap = sequence &- lastSequence
      // A number that stands still or jumps wildly is a driver's mistake, not a million lost frames.
      if gap > 1, gap < 1 << 16 {
        counters.lost += UInt64(gap - 1)
        index += UInt64(gap - 1)
      }
    }
    lastSequence = sequence
    defer { index += 1 }
    return index
  }

  /// A number for a picture that has none of the source's own.
  mutating func nextNumber() -> UInt64 {
    defer { index += 1 }
    return index
  }

  /// The same picture once more, as a frame of its own; nil when the pool is empty.
  mutating func copy(_ frame: Frame, stamp: FrameStamp) -> Frame? {
    let byteCount = frame.layout.byteCount
    guard let target = takeBuffer(byteCount) else { return nil }
    target.withMutableBytes { bytes in
      frame.withBytes { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[0..<byteCount])) }
    }
    return target.finish(layout: frame.layout, stamp: stamp)
  }

  /// Copies or decodes a buffer's bytes into a pooled frame.
  mutating func frame(
    _ buffer: borrowing DriverBuffer, grant: CameraGrant, decoder: JPEGDecoder, stamp: FrameStamp
  ) -> Content {
    guard !buffer.isFlagged, !buffer.bytes.isEmpty else { return .damaged }
    if let conversion = grant.conversion { return frame(buffer.bytes, conversion, stamp) }
    guard let layout = grant.layout else {
      // A damaged header may claim any size; a camera's pictures are of the granted one, or a block larger.
      decoder.largestArea = (grant.size.width + 15) * (grant.size.height + 15)
      switch decoder.decode(buffer.bytes, stamp: stamp) {
      case .frame(let frame): return .frame(frame)
      case .damaged: return .damaged
      case .undecodable: return .undecodable
      case .poolExhausted: return .poolExhausted
      }
    }
    guard buffer.bytes.count >= layout.byteCount else { return .damaged }
    guard let target = takeBuffer(layout.byteCount) else { return .poolExhausted }
    target.withMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[0..<layout.byteCount]))
    }
    return .frame(target.finish(layout: layout, stamp: stamp))
  }

  /// Converts a buffer's bytes. Short ones are refused before the library sees them.
  private mutating func frame(
    _ bytes: UnsafeRawBufferPointer, _ conversion: FrameConversion, _ stamp: FrameStamp
  ) -> Content {
    guard bytes.count >= conversion.leastBytes else { return .damaged }
    guard let target = takeBuffer(conversion.layout.byteCount) else { return .poolExhausted }
    let isMade = target.withMutableBytes { converter?.convert(bytes, into: $0) ?? false }
    return isMade ? .frame(target.finish(layout: conversion.layout, stamp: stamp)) : .undecodable
  }

  private mutating func takeBuffer(_ byteCount: Int) -> MutableFrame? {
    if (pool?.bytesPerFrame ?? 0) != byteCount {
      // Six: one being filled, one waiting, one in perception, one in scoring, one in the window, one in reserve.
      pool = FramePool(bytesPerFrame: byteCount, capacity: 6)
    }
    return pool?.take()
  }
}
