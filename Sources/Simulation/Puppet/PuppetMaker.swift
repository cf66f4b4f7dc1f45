public import Faces
public import Imaging
package import Observations
public import Quantities

/// No puppet could be made.
public struct PuppetError: Error, CustomStringConvertible {
  /// One line for a person.
  public let description: String
}

/// Makes a puppet of a photograph with the networks that watch it afterwards.
public struct PuppetMaker {
  private let detector: FaceDetector
  private let landmarks: LandmarkEstimator

  /// A maker with these networks.
  public init(detector: FaceDetector, landmarks: LandmarkEstimator) {
    (self.detector, self.landmarks) = (detector, landmarks)
  }

  /// The puppet of the most certain face in `portrait`, for clips of `size`.
  ///
  /// The face is looked for twice, in the portrait and in the enlarged cut, where its mesh is more exact. Throws when
  /// a network fails or sees no face.
  public func puppet(of portrait: Frame, size: PixelSize) throws -> Puppet {
    let stage = portrait.rgbImage().puppetStage(size: size, face: try face(in: portrait).box)
    let mesh = try face(in: stage.frame(stamp: portrait.stamp)).mesh
    guard let puppet = Puppet(stage: stage, mesh: mesh) else {
      throw PuppetError(description: "the portrait's mesh has \(mesh.count) points; expected 478")
    }
    return puppet
  }

  /// The most certain face of a picture; its landmarks are refined once.
  package func face(in frame: Frame) throws -> Face {
    guard let found = try detector.detect(in: frame, mode: .nearThenFull(fullEvery: nil)).first,
      let region = RotatedSquare(around: found),
      let first = try landmarks.face(in: frame, region: region, expressions: false),
      let closer = RotatedSquare(around: first),
      let face = try landmarks.face(in: frame, region: closer, expressions: false)
    else { throw PuppetError(description: "no face found in the portrait; run: vigil models verify") }
    return face
  }
}
