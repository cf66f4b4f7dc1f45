import CTurboJPEG
import Geometry
import Imaging

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
    let decoded = buffer.withMutableBytes { target in
      guard let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
      var planes: [UnsafeMutablePointer<UInt8>?] = layout.planes.map { start + $0.offset }
      var strides = layout.planes.map { Int32($0.rowStride) }
      while planes.count < 3 {
        planes.append(nil)
        strides.append(0)
      }
      // Warnings ("extraneous bytes") are harmless; only fatal errors spoil the picture.
      let result = tjDecompressToYUVPlanes(
        handle, base, UInt(bytes.count), &planes, width, &strides, height, 0)
      return result == 0 || tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
    }
    guard decoded else { return .undecodable }
    return .frame(buffer.finish(layout: layout, stamp: stamp))
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
