import Foundation
package import Imaging
import Quantities

/// A photograph printed on paper and held in the hand: halftone dots, a white edge, flat light.
package struct PrintedPhoto: Sendable {
  private let photo: RGBImage
  private let room: RGBImage

  /// A print of `photo`.
  package init(_ photo: RGBImage) { (self.photo, room) = (photo, photo.shrunk(by: 24)) }

  /// What a camera sees of it, held in this posture.
  package func picture(_ posture: FacePosture) -> RGBImage {
    let size = photo.size
    let paper = SIMD2(Float(size.width), Float(size.height)) * 0.8
    let plane = HeldPlane(size, width: paper.x, height: paper.y, posture)
    let scale = SIMD2(Float(size.width), Float(size.height)) / 2
    // Light falls off across a bent sheet as the hand tilts it.
    let slope = SIMD2(Float(posture.yaw), Float(posture.pitch)) * 0.006
    return RGBImage.made(size) { pixel in
      guard let place = plane.place(pixel), max(abs(place.x), abs(place.y)) <= 1 else {
        return RoomBehind.color(room, pixel, size)
      }
      let light = 0.94 + (slope * place).sum()
      guard max(abs(place.x), abs(place.y)) < 0.94 else { return SIMD3(232, 229, 222) * light }
      let point = (place / 0.94 + 1) * scale
      return halftone(photo.color(at: point), point) * light
    }
  }

  /// Ink on paper: the darker, the larger the dots of a grid of 45 degrees; ink is never black nor paper white.
  private func halftone(_ color: SIMD3<Float>, _ point: SIMD2<Float>) -> SIMD3<Float> {
    let (u, v) = ((point.x + point.y) * 0.7071, (point.x - point.y) * 0.7071)
    var ink = SIMD3<Float>.zero
    for channel in 0..<3 {
      // Each ink has its own grid, as printers turn them against each other.
      let pitch = 3.1 + 0.35 * Float(channel)
      let screen = 0.5 + 0.25 * (cos(u * 2 * .pi / pitch) + cos(v * 2 * .pi / pitch))
      let wanted = color[channel] / 255
      // A soft threshold, half dots and half continuous tone, as a good printer at some distance.
      let dot = min(max((wanted - screen) * 2.2 + 0.5, 0), 1)
      ink[channel] = 0.45 * dot + 0.55 * wanted
    }
    let mean = ink.sum() / 3
    // Inks are less saturated than light.
    let dull = SIMD3(repeating: mean) + (ink - mean) * 0.8
    return SIMD3(34, 32, 33) + dull * SIMD3(196, 190, 180)
  }
}

/// A recording shown on a screen: bezel, other gamma, blue white, pixels that beat with the camera's, refresh bands.
package struct ScreenReplay: Sendable {
  /// Nothing to know before the first picture.
  package init() {}

  /// What a camera sees of the screen that shows `shown`, at `time` seconds.
  package func picture(_ shown: RGBImage, _ posture: FacePosture, at time: Double) -> RGBImage {
    let size = shown.size
    let outer = SIMD2(Float(size.width), Float(size.height)) * 0.92
    let plane = HeldPlane(size, width: outer.x, height: outer.y, posture)
    let scale = SIMD2(Float(size.width), Float(size.height)) / 2
    let room = shown.shrunk(by: 24)
    let curve = (0..<256).map { 255 * pow(Float($0) / 255, 1.22) }
    return RGBImage.made(size) { pixel in
      guard let place = plane.place(pixel), max(abs(place.x), abs(place.y)) <= 1 else {
        return RoomBehind.color(room, pixel, size) * 0.5
      }
      guard max(abs(place.x), abs(place.y)) < 0.93 else { return SIMD3(14, 14, 16) }
      let point = (place / 0.93 + 1) * scale
      var color = shown.color(at: point)
      for channel in 0..<3 { color[channel] = curve[Int(min(max(color[channel], 0), 255))] }
      color = color * SIMD3(0.93, 0.97, 1.05) + SIMD3(9, 10, 14)
      // The screen's pixels are a little smaller than the camera's: their stripes beat, each colour at its own place.
      for channel in 0..<3 {
        let stripe = cos(2 * .pi * (point.x * 1.07 + Float(channel) / 3))
        let row = cos(2 * .pi * point.y * 1.045)
        color[channel] *= 1 + 0.09 * stripe + 0.06 * row
      }
      let band = cos(
        2 * .pi * (pixel.y / scale.y * 0.7 - Float(time.truncatingRemainder(dividingBy: 60)) * 1.3))
      return color * (1 - 0.06 * max(band, 0))
    }
  }
}

/// What lies behind the thing that is held: the picture's own colours, without any shape.
enum RoomBehind {
  static func color(_ room: RGBImage, _ pixel: SIMD2<Float>, _ size: PixelSize) -> SIMD3<Float> {
    let share = SIMD2(pixel.x / Float(size.width), pixel.y / Float(size.height))
    // Upside down, so that no blurred face stands behind the picture.
    let place = SIMD2(share.x * Float(room.size.width), (1 - share.y) * Float(room.size.height))
    return room.color(at: place) * 0.55 + SIMD3(40, 42, 46)
  }
}
