import CFFmpeg
import Imaging
import Quantities

/// How the code values of one of FFmpeg's frames are to be read: its tags, and the usual rules where tags are missing.
struct PictureColors: Hashable {
  /// The matrix of luma and chroma.
  let matrix: ColorMatrix
  /// Which codes are black and white.
  let range: ColorRange
  /// The tone map of a picture of high dynamic range; nil for standard range.
  let highRange: ToneMap.Transfer?
  /// Whether R, G, B are those of BT.2020.
  let hasWidePrimaries: Bool

  /// From the frame's tags. Untold: BT.709 from 720 rows on, BT.601 below and for full range (JPEG); limited range
  /// but for gray, RGB and the formats that are full by name; a PQ picture that does not say peaks at 1000 cd/m2.
  init(_ frame: UnsafeMutablePointer<AVFrame>) {
    let picture = frame.pointee
    let format = AVPixelFormat(picture.format)
    let isFullByName =
      [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P].contains(format)
    let isLuma = av_pix_fmt_desc_get(format).map { $0.pointee.nb_components <= 2 } ?? false
    let isUntold = picture.color_range == AVCOL_RANGE_UNSPECIFIED
    let isFull = picture.color_range == AVCOL_RANGE_JPEG || isFullByName || isUntold && isLuma
    range = isFull ? .full : .limited
    switch picture.colorspace {
    case AVCOL_SPC_BT709, AVCOL_SPC_SMPTE240M: matrix = .bt709
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: matrix = .bt2020
    case AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RGB: matrix = picture.height >= 720 && !isFull ? .bt709 : .bt601
    default: matrix = .bt601
    }
    hasWidePrimaries = ![AVCOL_PRI_BT709, AVCOL_PRI_SMPTE170M, AVCOL_PRI_BT470BG].contains(
      picture.color_primaries)
    switch picture.color_trc {
    case AVCOL_TRC_SMPTE2084:
      let peak = vf_peak_luminance(frame)
      highRange = .perceptualQuantizer(peak: peak >= 100 && peak <= 10_000 ? peak.rounded() : 1000)
    case AVCOL_TRC_ARIB_STD_B67: highRange = .hybridLogGamma
    default: highRange = nil
    }
  }

  /// The matrix by its number in the scaler's library.
  var scalerMatrix: Int32 {
    switch matrix {
    case .bt601: SWS_CS_ITU601
    case .bt709: SWS_CS_ITU709
    case .bt2020: SWS_CS_BT2020
    }
  }
}

/// The shape of a frame's pixels and the size at which they are square.
struct SquarePixels: Equatable {
  /// Size at which a pixel is as wide as high; what is missing is added, so that no detail is lost.
  let size: PixelSize

  /// `aspect` as width to height. Shapes within half a percent of a square, and those beyond 1:16, stay as they are;
  /// where the grown picture would have more than `most` pixels, the longer side shrinks instead.
  init(_ stored: PixelSize, horizontal: Int, vertical: Int, most: Int) {
    let ratio = vertical > 0 ? Double(horizontal) / Double(vertical) : 1
    guard Self.isMeant(horizontal, vertical), abs(ratio - 1) > 0.005 else {
      size = stored
      return
    }
    let (width, height) = (Double(stored.width), Double(stored.height))
    let grown = ratio > 1 ? (width * ratio, height) : (width, height / ratio)
    let fits = grown.0 <= 16384 && grown.1 <= 16384 && grown.0 * grown.1 <= Double(most)
    let (across, down) = fits ? grown : ratio > 1 ? (width, height / ratio) : (width * ratio, height)
    size = PixelSize(width: max(Int(across.rounded()), 1), height: max(Int(down.rounded()), 1))
  }

  /// Whether a shape can be meant: known, and not beyond 1:16.
  static func isMeant(_ horizontal: Int, _ vertical: Int) -> Bool {
    horizontal > 0 && vertical > 0 && horizontal <= 16 * vertical && vertical <= 16 * horizontal
  }
}
