import Foundation
package import Observations

/// The 3 x 3 matrix by which MP4, MOV and Matroska say how to show their pictures (ISO/IEC 14496-12, 8.3.2): a stored
/// point (x, y) is shown at (a x + c y + u, b x + d y + v). 16.16 fixed point.
package struct DisplayMatrix: Equatable {
  private let a: Double
  private let b: Double
  private let c: Double
  private let d: Double

  /// From the nine numbers of the file; nil when there are not nine.
  package init?(_ numbers: [Int32]) {
    guard numbers.count == 9 else { return nil }
    let parts = [0, 1, 3, 4].map { Double(numbers[$0]) / 65536 }
    (a, b, c, d) = (parts[0], parts[1], parts[2], parts[3])
  }

  /// The orientation it asks for; nil when it is none of the eight within a degree (any angle, shear, nothing).
  /// Scaling along the axes is left to the pixel aspect, as FFmpeg does.
  package var orientation: PictureOrientation? {
    let (across, down) = ((a * a + b * b).squareRoot(), (c * c + d * d).squareRoot())
    guard across > 1e-6, down > 1e-6 else { return nil }
    let tolerance = sin(Double.pi / 180)
    if abs(b) / across < tolerance, abs(c) / down < tolerance {
      return PictureOrientation(transposes: false, mirrorsColumns: a < 0, mirrorsRows: d < 0)
    }
    if abs(a) / across < tolerance, abs(d) / down < tolerance {
      return PictureOrientation(transposes: true, mirrorsColumns: c < 0, mirrorsRows: b < 0)
    }
    return nil
  }

  /// The four numbers that turn, for people.
  package var description: String { String(format: "%.4g %.4g %.4g %.4g", a, b, c, d) }
}
