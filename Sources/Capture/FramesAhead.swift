import CFFmpeg
import Imaging
import Observations
import Quantities

/// How one decoded frame is made upright and square.
struct Upright {
  /// How the stored picture is turned and mirrored.
  let orientation: PictureOrientation
  /// The matrix that asks for something else, in words.
  let oddMatrix: String?
  /// Width to height of a stored pixel as the file says; 0 when it does not.
  let aspect: (horizontal: Int, vertical: Int)
  /// The size at which pixels are square.
  let square: SquarePixels

  /// What the file says of `decoded`.
  init(_ decoded: UnsafeMutablePointer<AVFrame>, _ pictures: any DecodedPictures, mostPixels: Int) {
    self.init(
      decoded, aspect: pictures.pixelAspect(of: decoded), matrix: pictures.displayMatrix(of: decoded),
      header: pictures.traits.headerOrientation, mostPixels: mostPixels)
  }

  /// From a pixel's width to its height, the display matrix, and an orientation that counts instead of it.
  init(
    _ decoded: UnsafeMutablePointer<AVFrame>, aspect ratio: AVRational, matrix: DisplayMatrix?,
    header: PictureOrientation? = nil, mostPixels: Int
  ) {
    aspect = (Int(ratio.num), Int(ratio.den))
    square = SquarePixels(
      PixelSize(width: Int(decoded.pointee.width), height: Int(decoded.pointee.height)),
      horizontal: aspect.horizontal, vertical: aspect.vertical, most: mostPixels)
    if let header {
      (orientation, oddMatrix) = (header, nil)
      return
    }
    orientation = matrix?.orientation ?? .upright
    oddMatrix = matrix.flatMap { $0.orientation == nil ? $0.description : nil }
  }
}

/// The first two frames of a file, decoded on opening: they show whether it is a picture or a recording, and what was
/// done to show it.
final class FramesAhead {
  private var frames: [UnsafeMutablePointer<AVFrame>] = []
  private let first: UnsafeMutablePointer<AVFrame>
  private let mostPixels: Int
  /// Whether there is one picture only.
  let isStill: Bool
  /// What is wrong with the only picture; nil when it is whole, and for recordings.
  let damage: String?

  /// Takes up to two frames. Throws when there is none.
  init(_ pictures: any DecodedPictures, path: String, mostPixels: Int) throws(CaptureError) {
    let sound = try pictures.next()
    guard let found = sound ?? pictures.firstDamaged(), let first = av_frame_clone(found) else {
      let problem = pictures.losses.words ?? "it is empty or truncated"
      throw CaptureError(
        .unreadable, path, "holds no frame that can be decoded (\(pictures.traits.format)): \(problem)")
    }
    (self.first, self.mostPixels) = (first, mostPixels)
    var held = [av_frame_clone(found)].compactMap { $0 }
    let before = pictures.losses
    if sound != nil, !pictures.traits.isSingle, let second = try pictures.next() {
      let isSame =
        (second.pointee.width, second.pointee.height) == (first.pointee.width, first.pointee.height)
      if isSame || !pictures.traits.needsEqualSizes { held += [av_frame_clone(second)].compactMap { $0 } }
    }
    isStill = held.count < 2
    frames = held
    if sound == nil {
      damage = "part of the picture cannot be decoded (1 picture); the file may be truncated or damaged"
    } else {
      // What follows a photo's end is no part of it; in a container it is.
      damage = pictures.traits.needsEqualSizes ? before.words : pictures.losses.words
    }
  }

  deinit {
    for frame in frames { release(frame) }
    release(first)
  }

  /// The next of the frames; nil when all were taken.
  func take() -> UnsafeMutablePointer<AVFrame>? { frames.isEmpty ? nil : frames.removeFirst() }

  /// Gives a taken frame back.
  func release(_ frame: UnsafeMutablePointer<AVFrame>) {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
  }

  /// The size of the first frame with square pixels, before it is turned.
  func squareSize(_ pictures: any DecodedPictures) -> PixelSize {
    Upright(first, pictures, mostPixels: mostPixels).square.size
  }

  /// What the file says about how it is to be shown.
  func presentation(_ pictures: any DecodedPictures) -> Presentation {
    let upright = Upright(first, pictures, mostPixels: mostPixels)
    let traits = pictures.traits
    let (horizontal, vertical) = upright.aspect
    let isMeant = SquarePixels.isMeant(horizontal, vertical)
    let format = av_pix_fmt_desc_get(AVPixelFormat(first.pointee.format))?.pointee
    let hasAlpha =
      AVPixelFormat(first.pointee.format) == AV_PIX_FMT_PAL8
      ? hasTransparentEntries : format.map { $0.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 } ?? false
    return Presentation(
      format: isStill && traits.format == "mjpeg" ? "jpeg" : traits.format, orientation: upright.orientation,
      oddMatrix: upright.oddMatrix,
      pixelAspect: isMeant ? PixelAspect(horizontal: horizontal, vertical: vertical) : .square,
      oddPixelAspect: !isMeant && horizontal > 0 && vertical > 0 ? "\(horizontal):\(vertical)" : nil,
      transfer: range, hasAlpha: traits.mayBeTransparent && hasAlpha,
      isRateAssumed: traits.isRateAssumed && !isStill, isCover: traits.isCover)
  }

  /// Whether an entry of the palette (256 words of alpha, red, green, blue) is not opaque.
  private var hasTransparentEntries: Bool {
    guard let palette = first.pointee.data.1 else { return false }
    return UnsafeRawBufferPointer(start: palette, count: 1024).bindMemory(to: UInt32.self)
      .contains { $0 >> 24 != 255 }
  }

  private var range: DynamicRange {
    switch PictureColors(first).highRange {
    case nil: .standard
    case .some(.hybridLogGamma): .hybridLogGamma
    case .some(.perceptualQuantizer(_)): .perceptualQuantizer
    }
  }
}
