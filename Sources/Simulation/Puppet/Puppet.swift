import Foundation
public import Imaging
public import Quantities

/// A photograph of a face that blinks, opens its mouth and moves its head: for demonstration and as ground truth.
///
/// It is no person: it has no pulse, no skin that folds, no gaze that moves. Each frame is made from the photograph
/// alone by moving its pixels; the same script gives the same bytes.
public struct Puppet: Sendable {
  /// The photograph, cut and scaled to the clip's size.
  public let stage: RGBImage
  private let eyes: [Eyelids]
  private let jaw: Jaw
  private let head: HeadSway

  /// A puppet of the face in `stage` with this 478-point mesh, in the stage's pixels; nil for another mesh.
  public init?(stage: RGBImage, mesh: [MeshPoint]) {
    guard mesh.count == 478 else { return nil }
    let points = mesh.map(\.pixel)
    guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
    self.stage = stage
    eyes = [Eyelids(points, .right), Eyelids(points, .left)]
    jaw = Jaw(points)
    head = HeadSway(points)
  }

  /// The picture at `time` of `script`. Cost: some 20 ms at 1280x720.
  public func picture(of script: PuppetScript, at time: Double, frame: Int) -> RGBImage {
    var image = render(script.pose(at: time))
    addSensorNoise(to: &image, seed: UInt64(truncatingIfNeeded: frame))
    Watermark.draw(on: &image, scale: max(image.size.height / 240, 1))
    return image
  }

  /// The stage in a pose, without noise and words.
  package func render(_ pose: PuppetPose) -> RGBImage {
    var image = stage
    let moving = [head.bounds, jaw.bounds].reduce(eyes[0].bounds) { all, next in
      PixelRect(around: [
        PixelPoint(min(all.x, next.x), min(all.y, next.y)),
        PixelPoint(max(all.maxX, next.maxX), max(all.maxY, next.maxY)),
      ]) ?? all
    }
    let columns = max(Int(moving.x), 0)..<min(max(Int(moving.maxX) + 1, 1), stage.size.width)
    let rows = max(Int(moving.y), 0)..<min(max(Int(moving.maxY) + 1, 1), stage.size.height)
    guard !columns.isEmpty, !rows.isEmpty else { return image }
    let width = stage.size.width
    stage.bytes.withUnsafeBufferPointer { source in
      image.bytes.withUnsafeMutableBufferPointer { target in
        for y in rows {
          for x in columns {
            let color = seen(SIMD2(Float(x) + 0.5, Float(y) + 0.5), pose, source)
            let at = (y * width + x) * 3
            for channel in 0..<3 { target[at + channel] = UInt8(min(max(color[channel] + 0.5, 0), 255)) }
          }
        }
      }
    }
    return image
  }

  /// The colour at a point of the posed puppet: back through the head's motion, the lids, the jaw.
  private func seen(_ point: SIMD2<Float>, _ pose: PuppetPose, _ source: UnsafeBufferPointer<UInt8>)
    -> SIMD3<Float>
  {
    var place = head.source(point, pose)
    var light: Float = 1
    if pose.eyesShut > 0 {
      for eye in eyes where eye.bounds.contains(PixelPoint(place)) {
        place = eye.source(place, shut: pose.eyesShut)
        light *= eye.light(place, shut: pose.eyesShut)
      }
    }
    guard pose.mouthOpen > 0 else { return light * sample(place, source) }
    let look = jaw.look(place, open: pose.mouthOpen)
    let skin = light * sample(look.point, source)
    guard look.hollow > 0 else { return skin }
    // From the shadow under the teeth to a tongue that gets a little light.
    let hollow = SIMD3<Float>(34, 12, 12) + look.depth * SIMD3(52, 20, 20)
    return skin + look.hollow * (hollow - skin)
  }

  /// The stage's colour at a point, bilinear; the edge goes on outside.
  private func sample(_ point: SIMD2<Float>, _ source: UnsafeBufferPointer<UInt8>) -> SIMD3<Float> {
    let (width, height) = (stage.size.width, stage.size.height)
    let x = min(max(point.x - 0.5, 0), Float(width - 1))
    let y = min(max(point.y - 0.5, 0), Float(height - 1))
    let (x0, y0) = (Int(x), Int(y))
    let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
    func pixel(_ x: Int, _ y: Int) -> SIMD3<Float> {
      let at = (y * width + x) * 3
      return SIMD3(Float(source[at]), Float(source[at + 1]), Float(source[at + 2]))
    }
    let (fx, fy) = (x - Float(x0), y - Float(y0))
    let top = pixel(x0, y0) + fx * (pixel(x1, y0) - pixel(x0, y0))
    let bottom = pixel(x0, y1) + fx * (pixel(x1, y1) - pixel(x0, y1))
    return top + fy * (bottom - top)
  }

  /// A sensor is never still: one random step of at most two per pixel, the same in all three channels.
  private func addSensorNoise(to image: inout RGBImage, seed: UInt64) {
    var random = SplitMix64(state: seed)
    image.bytes.withUnsafeMutableBufferPointer { bytes in
      var bits: UInt64 = 0
      for pixel in 0..<bytes.count / 3 {
        if pixel % 16 == 0 { bits = random.next() }
        // Four bits: mean 0, standard deviation about 1.
        let noise = Int((bits & 3) + ((bits >> 2) & 3)) - 3
        bits >>= 4
        for at in pixel * 3..<pixel * 3 + 3 {
          bytes[at] = UInt8(min(max(Int(bytes[at]) + noise * 2 / 3, 0), 255))
        }
      }
    }
  }
}
