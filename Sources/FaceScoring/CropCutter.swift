import Foundation
public import Imaging
public import Observations
public import Quantities

/// One way to look at a face again: the crop's content mirrored, or scaled about its middle.
public struct CropLook: Sendable, Equatable {
  /// Whether left and right change places.
  public let mirrored: Bool
  /// How much more of the surroundings is seen; 1 for the rule's own crop.
  public let scale: Float

  /// The crop as the rule has it.
  public static let plain = CropLook(mirrored: false, scale: 1)

  /// Five looks, for a picture that shows a face only once.
  public static let five = [
    plain, CropLook(mirrored: true, scale: 1), CropLook(mirrored: false, scale: 1.05),
    CropLook(mirrored: true, scale: 0.96), CropLook(mirrored: false, scale: 0.98),
  ]
}

/// Cuts the picture of a face that a scoring network sees.
///
/// Training must cut with this too, so that the network sees in use what it learnt from. Where the frame is finer
/// than the crop, each crop pixel is the mean of up to 4 x 4 samples; otherwise moiré and sharpness would depend on
/// the distance of the face.
public struct CropCutter: Sendable {
  private static let mostSamples = 4
  private let rule: CropRule

  /// Size of the crops.
  public var size: PixelSize { PixelSize(width: rule.width, height: rule.height) }

  /// A cutter by a manifest's rule.
  public init(_ rule: CropRule) { self.rule = rule }

  /// The crop of `face`; nil when its landmarks do not determine one. Allocates the picture. Cost: 10 ns a sample.
  public func crop(of face: Face, in frame: Frame, look: CropLook = .plain) -> RGBImage? {
    guard let map = cropToFrame(face) else { return nil }
    let fine = min(max(Int(map.scale.rounded(.up)), 1), Self.mostSamples)
    let size = PixelSize(width: rule.width * fine, height: rule.height * fine)
    let shrink = AffineTransform2D(a: 1 / Float(fine), b: 0, tx: 0, c: 0, d: 1 / Float(fine), ty: 0)
    let border: WarpBorder = rule.border == .black ? .black : .replicate
    let image = frame.warpedImage(
      size: size, map: shrink.then(looking(look)).then(map.affine), border: border)
    return fine == 1 ? image : Self.averaged(image, by: fine)
  }

  private func looking(_ look: CropLook) -> AffineTransform2D {
    let (x, y) = (Float(rule.width) / 2, Float(rule.height) / 2)
    let across = look.mirrored ? -look.scale : look.scale
    return AffineTransform2D(
      a: across, b: 0, tx: x - across * x, c: 0, d: look.scale, ty: y - look.scale * y)
  }

  /// Where the crop of `face` lies: from crop pixels to frame pixels; nil when there is no crop.
  public func placement(of face: Face) -> SimilarityTransform? { cropToFrame(face) }

  /// From crop pixels to frame pixels.
  package func cropToFrame(_ face: Face) -> SimilarityTransform? {
    let map: SimilarityTransform?
    switch rule.kind {
    case .aligned:
      let targets = (rule.points ?? []).map {
        PixelPoint(Float($0[0]) * Float(rule.width), Float($0[1]) * Float(rule.height))
      }
      map = SimilarityTransform.fit(targets, onto: Self.fivePoints(face.landmarks))
    case .box:
      let side = Float(rule.scale ?? 1) * max(face.box.width, face.box.height)
      let scale = side / Float(rule.width)
      let center = face.box.center
      map = SimilarityTransform(real: scale, imaginary: 0, tx: center.x - side / 2, ty: center.y - side / 2)
    }
    // Ten thousand frame pixels in one of the crop: no face, and too large for an integer later on.
    guard let map, map.scale > 0, map.scale < 1e4, map.tx.isFinite, map.ty.isFinite else { return nil }
    return map
  }

  /// Right eye's centre, left eye's centre, nose tip, right and left mouth corner.
  package static func fivePoints(_ landmarks: Landmarks68) -> [PixelPoint] {
    func center(_ eye: ArraySlice<PixelPoint>) -> PixelPoint {
      PixelPoint(eye.reduce(SIMD2<Float>.zero) { $0 + $1.vector } / Float(eye.count))
    }
    let points = landmarks.points
    return [center(landmarks.rightEye), center(landmarks.leftEye), points[30], points[48], points[54]]
  }

  private static func averaged(_ fine: RGBImage, by factor: Int) -> RGBImage {
    let (width, height) = (fine.size.width / factor, fine.size.height / factor)
    let count = factor * factor
    return RGBImage(size: PixelSize(width: width, height: height)) { out in
      fine.bytes.withUnsafeBufferPointer { bytes in
        for row in 0..<height {
          for column in 0..<width * 3 {
            let (pixel, channel) = (column / 3, column % 3)
            var sum = 0
            for y in row * factor..<(row + 1) * factor {
              let start = (y * fine.size.width + pixel * factor) * 3 + channel
              for x in 0..<factor { sum += Int(bytes[start + 3 * x]) }
            }
            out[row * width * 3 + column] = UInt8((sum + count / 2) / count)
          }
        }
      }
    }
  }
}
