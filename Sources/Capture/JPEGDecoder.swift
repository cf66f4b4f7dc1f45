import CTurboJPEG
import Imaging
import Quantities

/// Decodes JPEG pictures straight into the planes of pooled frames (libjpeg-turbo).
final class JPEGDecoder {
  private var handle: tjhandle?
  private var pool: FramePool?
  private let source: String
  /// Pixels of the largest picture that is decoded.
  var largestArea = MediaFile.largestArea

  init(source: String) {
    self.source = source
    handle = tjInitDecompress()
  }

  deinit { tjDestroy(handle) }

  /// What became of some bytes.
  enum Outcome {
    case frame(Frame)
    /// Some of it can be decoded: it is cut off, or a part is no code.
    case damaged
    case undecodable
    case poolExhausted
  }

  /// Decodes one JPEG picture. Never throws: a bad picture is an outcome, and the next one may be good.
  func decode(_ bytes: UnsafeRawBufferPointer, stamp: FrameStamp) -> Outcome {
    let outcome = attempt(bytes, stamp: stamp)
    if case .undecodable = outcome {
      // libjpeg-turbo 2.1 stays in the middle of a header that it refused, and then refuses every good picture after
      // it: tjDecompressHeader3 does not end what it began. A new decoder knows nothing of that.
      tjDestroy(handle)
      handle = tjInitDecompress()
    }
    return outcome
  }

  private func attempt(_ bytes: UnsafeRawBufferPointer, stamp: FrameStamp) -> Outcome {
    guard let handle, let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      return .undecodable
    }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard
      tjDecompressHeader3(handle, base, UInt(bytes.count), &width, &height, &subsampling, &space) == 0,
      width > 0, height > 0, Int(width) * Int(height) <= largestArea,
      let layout = Self.layout(PixelSize(width: Int(width), height: Int(height)), subsampling)
    else { return .undecodable }
    if (pool?.bytesPerFrame ?? 0) < layout.byteCount {
      pool = FramePool(bytesPerFrame: layout.byteCount, capacity: 6)
    }
    guard let buffer = pool?.take() else { return .poolExhausted }
    var isWarning = false
    let complaint = buffer.withMutableBytes { target in
      guard let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return "no memory" }
      var planes: [UnsafeMutablePointer<UInt8>?] = layout.planes.map { start + $0.offset }
      var strides = layout.planes.map { Int32($0.rowStride) }
      while planes.count < 3 {
        planes.append(nil)
        strides.append(0)
      }
      let result = tjDecompressToYUVPlanes(
        handle, base, UInt(bytes.count), &planes, width, &strides, height, 0)
      guard result != 0 else { return "" }
      isWarning = tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
      return tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown"
    }
    if !complaint.isEmpty {
      guard isWarning else { return .undecodable }
      if Self.isDamage(complaint, bytes) { return .damaged }
    }
    return .frame(buffer.finish(layout: layout, stamp: stamp))
  }

  /// Whether a warning of libjpeg-turbo (its first) means that pixels were invented. "Extraneous bytes" and odd headers
  /// are harmless, and so is a missing end mark alone, which many cameras forget.
  private static func isDamage(_ warning: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    if warning.hasPrefix("Premature end") { return !endsInData(bytes) }
    return ["premature end", "bad Huffman", "instead of RST", "bad arithmetic"].contains(
      where: warning.contains)
  }

  /// Whether a picture without end mark still has so much data behind its last scan's head as pixels need at least:
  /// decoding it again with an end mark behind it gives no warning.
  private static func endsInData(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let whole = Array(bytes) + [0xFF, 0xD9]
    guard let handle = tjInitDecompress() else { return false }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard tjDecompressHeader3(handle, whole, UInt(whole.count), &width, &height, &subsampling, &space) == 0
    else {
      return false
    }
    let size = Int(tjBufSizeYUV2(width, 4, height, subsampling))
    var planes = [UInt8](repeating: 0, count: max(size, 1))
    return tjDecompressToYUV2(handle, whole, UInt(whole.count), &planes, width, 4, height, 0) == 0
  }

  private static func layout(_ size: PixelSize, _ subsampling: Int32) -> PixelLayout? {
    switch UInt32(bitPattern: subsampling) {
    case TJSAMP_GRAY.rawValue: .gray(size)
    case TJSAMP_444.rawValue: .planar(size, chromaShift: (0, 0), .bt601, .full)
    case TJSAMP_422.rawValue: .planar(size, chromaShift: (1, 0), .bt601, .full)
    case TJSAMP_420.rawValue: .planar(size, chromaShift: (1, 1), .bt601, .full)
    case TJSAMP_440.rawValue: .planar(size, chromaShift: (0, 1), .bt601, .full)
    default: nil
    }
  }
}
