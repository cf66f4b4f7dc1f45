import Foundation
import IdentityCheck
import Imaging
import Observations
import Quantities
import Simulation
import Testing

@Suite struct LightSamplerTests {
  /// A scripted face, which has no mesh.
  private var flat: Face {
    var subject = ScriptedSubject(.person, seed: 3)
    return subject.face(at: 0)
  }

  /// A scripted face with a mesh that bulges like a head; `broken` puts what is no number into it.
  private func face(broken: Bool = false) -> Face {
    let face = flat
    let eyes = face.landmarks.interocularDistance
    let nose = face.landmarks.points[28]
    let mesh = (0..<478).map { index -> MeshPoint in
      let (x, y) = (cos(Float(index) * 2.4), sin(Float(index) * 1.7))
      if broken, index % 7 == 0 { return MeshPoint(.nan, .infinity, -.infinity) }
      return MeshPoint(nose.x + x * eyes * 0.9, nose.y + y * eyes * 0.9, (x * x + y * y) * eyes * 0.4)
    }
    return Face(
      box: face.box, presence: face.presence, landmarks: face.landmarks, mesh: mesh, quality: face.quality)
  }

  private func frame(_ color: [UInt8]) -> Frame {
    let size = PixelSize(width: 1280, height: 720)
    let stamp = FrameStamp(index: 0, captured: MonotonicInstant(seconds: 1), camera: "test")
    return Frame(layout: .rgb24(size), stamp: stamp) { bytes in
      for index in bytes.indices { bytes[index] = color[index % 3] }
    }
  }

  @Test func anEvenPictureGivesItsLinearColourEverywhere() throws {
    let sample = try #require(LightSampler.sample(face(), in: frame([188, 128, 64]), mirrored: false))
    let seen = sample.colors.compactMap { $0 }
    #expect(seen.count == LightRegion.allCases.count)
    for color in seen {
      // 188, 128 and 64 of 255 are 0.503, 0.216 and 0.051 in linear light (IEC 61966-2-1).
      #expect(abs(color.x - 0.503) < 0.01 && abs(color.y - 0.216) < 0.01 && abs(color.z - 0.051) < 0.01)
    }
    for weights in sample.weights.compactMap({ $0 }) { #expect(abs(weights.sum() - 1) < 1e-6) }
  }

  @Test func blackAndBurntOutSkinIsNotMeasured() throws {
    for color in [[UInt8](repeating: 0, count: 3), [255, 255, 255]] {
      let sample = try #require(LightSampler.sample(face(), in: frame(color), mirrored: false))
      #expect(sample.colors.allSatisfy { $0 == nil })
    }
  }

  @Test func aMeshOfNoNumbersIsNoMeasurementAndNoCrash() throws {
    let sample = try #require(
      LightSampler.sample(face(broken: true), in: frame([90, 90, 90]), mirrored: false))
    for weights in sample.weights.compactMap({ $0 }) { #expect(weights.sum().isFinite) }
    let bare = try #require(LightSampler.sample(flat, in: frame([90, 90, 90]), mirrored: false))
    #expect(bare.weights.allSatisfy { $0 == nil })
  }

  /// In a mirrored picture the person's left is on the other side.
  @Test func mirroringExchangesTheSides() throws {
    let picture = frame([90, 90, 90])
    let plain = try #require(LightSampler.sample(face(), in: picture, mirrored: false))
    let turned = try #require(LightSampler.sample(face(), in: picture, mirrored: true))
    for (a, b) in zip(plain.weights, turned.weights) {
      guard let a, let b else { continue }
      #expect(abs(a.x - b.x) < 1e-5 && abs(a.y - b.z) < 1e-5 && abs(a.z - b.y) < 1e-5)
    }
  }
}
