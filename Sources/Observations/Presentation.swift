/// What a file says about how its pictures are to be shown, and what was done about it before anything was measured.
///
/// Frames are upright, have square pixels and standard dynamic range; boxes and landmarks lie in that frame. Nothing
/// here is needed to read a frame: it is reported so that a result can be understood and made again.
public struct Presentation: Sendable, Equatable {
  /// Name of the format, for people: `JPEG`, `H.264 in MP4`. Empty for live sources.
  public var format: String

  /// What keeps every face of the medium from being judged; nil: nothing.
  ///
  /// A GIF picture has 256 colors. Of eight clips of live people (DeepFaceLive, 4 s, 320 pixels wide) one became `fake` and
  /// one `suspect` as a GIF, and one `suspect` one became `live` (docs/measurements/visibility.md).
  public var obstacle: VisibilityObstacle? {
    let isGIF = format == "gif" || format.hasPrefix("gif in ")
    return isGIF ? VisibilityObstacle(.fewColors, .colors, value: 256, limit: 256) : nil
  }
  /// How the stored picture was turned and mirrored to stand upright.
  public var orientation: PictureOrientation
  /// The file asks for a turn that is none of the eight (any angle, shear); nothing was turned. The file's matrix.
  public var oddMatrix: String?
  /// Width to height of a stored pixel; the frames have been made square from it.
  public var pixelAspect: PixelAspect
  /// Width to height of a pixel as the file says, when it cannot be meant (beyond 1:16); the frames are as stored.
  public var oddPixelAspect: String?
  /// The stored picture's transfer function; frames are standard dynamic range.
  public var transfer: DynamicRange
  /// Whether the stored picture has transparent parts, which are shown on white.
  public var hasAlpha: Bool
  /// Whether the frames' times are counted by an assumed rate, because the file has neither times nor a rate.
  public var isRateAssumed: Bool
  /// Whether the only picture is the cover of an audio file.
  public var isCover: Bool

  /// A picture as it should be: upright, square pixels, standard dynamic range, opaque, with times of its own.
  public init(
    format: String = "", orientation: PictureOrientation = .upright, oddMatrix: String? = nil,
    pixelAspect: PixelAspect = .square, oddPixelAspect: String? = nil, transfer: DynamicRange = .standard,
    hasAlpha: Bool = false, isRateAssumed: Bool = false, isCover: Bool = false
  ) {
    (self.format, self.orientation, self.oddMatrix) = (format, orientation, oddMatrix)
    (self.pixelAspect, self.oddPixelAspect, self.transfer) = (pixelAspect, oddPixelAspect, transfer)
    (self.hasAlpha, self.isRateAssumed, self.isCover) = (hasAlpha, isRateAssumed, isCover)
  }
}

/// Which side of the stored picture is the upper one: EXIF's orientation (CIPA DC-008, tag 274), by its number.
public enum PictureOrientation: Int, Sendable, Codable, CaseIterable {
  /// As stored.
  case upright = 1
  /// Mirrored left to right.
  case mirrored
  /// Turned by half a turn.
  case halfTurn
  /// Mirrored top to bottom.
  case flipped
  /// Rows become columns: mirrored about the diagonal from the top left.
  case transposed
  /// To be turned a quarter clockwise.
  case quarterClockwise
  /// Mirrored about the diagonal from the top right.
  case transversed
  /// To be turned a quarter counterclockwise.
  case quarterCounterclockwise

  /// Whether rows are first exchanged with columns; then ``mirrorsColumns`` and ``mirrorsRows`` apply.
  public var transposes: Bool { rawValue >= 5 }
  /// Whether left and right change places (after the exchange).
  public var mirrorsColumns: Bool { [2, 3, 6, 7].contains(rawValue) }
  /// Whether top and bottom change places (after the exchange).
  public var mirrorsRows: Bool { [3, 4, 7, 8].contains(rawValue) }

  /// The orientation made of these steps, in this order.
  public init(transposes: Bool, mirrorsColumns: Bool, mirrorsRows: Bool) {
    self =
      Self.allCases.first {
        ($0.transposes, $0.mirrorsColumns, $0.mirrorsRows) == (transposes, mirrorsColumns, mirrorsRows)
      } ?? .upright
  }

  /// This orientation, and then `next` done to the result.
  public func then(_ next: PictureOrientation) -> PictureOrientation {
    let columns = next.transposes ? mirrorsRows : mirrorsColumns
    let rows = next.transposes ? mirrorsColumns : mirrorsRows
    return PictureOrientation(
      transposes: transposes != next.transposes, mirrorsColumns: columns != next.mirrorsColumns,
      mirrorsRows: rows != next.mirrorsRows)
  }
}

/// Width to height of a stored pixel.
public struct PixelAspect: Sendable, Equatable {
  /// Part of the width, at least 1.
  public let horizontal: Int
  /// Part of the height, at least 1.
  public let vertical: Int

  /// As wide as high.
  public static let square = PixelAspect(horizontal: 1, vertical: 1)

  /// A pixel's shape; both parts at least 1.
  public init(horizontal: Int, vertical: Int) {
    (self.horizontal, self.vertical) = (max(horizontal, 1), max(vertical, 1))
  }

  /// Width divided by height.
  public var ratio: Double { Double(horizontal) / Double(vertical) }
  /// `64:45`.
  public var description: String { "\(horizontal):\(vertical)" }
}

/// Transfer function of a stored picture (ITU-R BT.2100). The raw value is the word used in JSON; never renamed.
public enum DynamicRange: String, Sendable, CaseIterable {
  /// Standard dynamic range, shown as it is.
  case standard = "sdr"
  /// Hybrid log-gamma.
  case hybridLogGamma = "hlg"
  /// Perceptual quantizer (SMPTE ST 2084).
  case perceptualQuantizer = "pq"
}
