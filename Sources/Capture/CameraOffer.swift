import CV4L2
import Foundation
public import Quantities

/// A pixel format that a camera offers.
public struct CameraOffer: Sendable, Equatable {
  /// One size and its highest rate.
  public struct Size: Sendable, Equatable {
    /// The size; of a range, the largest.
    public let size: PixelSize
    /// Frames a second; nil when the driver does not say.
    public let fastestRate: Double?
  }

  /// Four letters, as `v4l2-ctl` shows them.
  public let format: String
  /// Whether this program reads the format, itself or through libv4lconvert.
  public let isUsable: Bool
  /// Whether libv4lconvert has to turn it into one that this program reads.
  public let isConverted: Bool
  /// Sizes with their highest rates.
  public let sizes: [Size]

  /// Everything that the device at `path` offers; empty when it cannot be opened.
  public static func all(of path: String) -> [CameraOffer] {
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return CameraNegotiation.offered(descriptor).map { fourCC in
      let isConverted = ConvertedFormat.all.contains { $0.fourCC == fourCC }
      return CameraOffer(
        format: CameraFormat.letters(fourCC),
        isUsable: isConverted || CameraFormat.allCases.contains { $0.fourCC == fourCC },
        isConverted: isConverted,
        sizes: CameraOffers.sizes(descriptor, fourCC).map {
          Size(size: $0, fastestRate: CameraOffers.fastestRate(descriptor, fourCC, $0))
        })
    }
  }
}
