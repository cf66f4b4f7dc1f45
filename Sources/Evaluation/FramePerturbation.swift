import CTurboJPEG
import Foundation
public import Imaging
public import Quantities

/// Something that happens to pictures on their way, done to every frame before it is judged.
///
/// Written as `KIND:AMOUNT`: `jpeg:30` (quality), `face:96` (scaled down until the face is so many pixels wide),
/// `blur:2` and `noise:8` (standard deviation in pixels and in levels of 255), `gamma:0.5`, `occlude:15` (percent of
/// the face's box covered by a grey square, elsewhere in each file but the same in all its frames). The noise repeats
/// from run to run.
public struct FramePerturbation: Sendable, Equatable, CustomStringConvertible {
  /// What is done.
  public enum Kind: String, Sendable, CaseIterable {
    case jpeg, face, blur, noise, gamma, occlude

    /// Amounts that make sense.
    public var range: ClosedRange<Double> {
      switch self {
      case .jpeg: 1...100
      case .face: 16...2000
      case .blur: 0.1...20
      case .noise: 0.1...100
      case .gamma: 0.1...10
      case .occlude: 1...90
      }
    }
  }

  /// What is done.
  public let kind: Kind
  /// How much.
  public let amount: Double

  /// A perturbation; nil when the amount makes no sense.
  public init?(_ kind: Kind, _ amount: Double) {
    guard kind.range.contains(amount) else { return nil }
    (self.kind, self.amount) = (kind, amount)
  }

  /// Reads `KIND:AMOUNT`; nil when it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let amount = Double(parts[1]) else {
      return nil
    }
    self.init(kind, amount)
  }

  /// As it is written.
  public var description: String { "\(kind.rawValue):\(String(format: "%g", amount))" }

  /// Whether ``apply(_:face:seed:)`` needs to know where the face is.
  public var needsFace: Bool { kind == .face || kind == .occlude }

  /// The frame as it arrives. `face`: the face's box in the frame, without which `face` and `occlude` do nothing.
  /// `seed`: the same for all frames of one file. Cost: some tens of milliseconds for 1280 x 720.
  public func apply(_ frame: Frame, face: PixelRect?, seed: UInt64) -> Frame {
    let image = frame.rgbImage()
    let changed: RGBImage? =
      switch kind {
      case .jpeg: JPEGRoundTrip.image(image, quality: Int(amount))
      case .face: face.flatMap { Self.scaled(frame, by: Float(amount) / max($0.width, 1)) }
      case .blur: Self.blurred(image, by: amount)
      case .noise: noisy(image, seed: seed &+ frame.index)
      case .gamma: brightened(image)
      case .occlude: face.map { covered(image, $0, seed: seed) }
      }
    return changed?.frame(stamp: frame.stamp) ?? frame
  }

  private static func scaled(_ frame: Frame, by factor: Float) -> RGBImage? {
    guard factor < 1, factor > 0 else { return nil }
    let size = PixelSize(
      width: max(Int(Float(frame.size.width) * factor), 16),
      height: max(Int(Float(frame.size.height) * factor), 16))
    // The mean over each pixel's area, so that nothing aliases: 4 x 4 samples and more when it shrinks more.
    let fine = min(max(Int((1 / factor).rounded(.up)), 1), 8)
    let shrink = AffineTransform2D(
      a: Float(frame.size.width) / Float(size.width * fine), b: 0, tx: 0, c: 0,
      d: Float(frame.size.height) / Float(size.height * fine), ty: 0)
    let large = frame.warpedImage(
      size: PixelSize(width: size.width * fine, height: size.height * fine), map: shrink)
    return RGBImage(size: size) { out in
      large.bytes.withUnsafeBufferPointer { bytes in
        for y in 0..<size.height {
          for x in 0..<size.width * 3 {
            var sum = 0
            for row in 0..<fine {
              let start = ((y * fine + row) * large.size.width + x / 3 * fine) * 3 + x % 3
              for column in 0..<fine { sum += Int(bytes[start + 3 * column]) }
            }
            out[y * size.width * 3 + x] = UInt8((sum + fine * fine / 2) / (fine * fine))
          }
        }
      }
    }
  }

  private static func blurred(_ image: RGBImage, by sigma: Double) -> RGBImage {
    let reach = max(Int((3 * sigma).rounded(.up)), 1)
    let raw = (-reach...reach).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) }
    let kernel = raw.map { $0 / raw.reduce(0, +) }
    let (width, height) = (image.size.width, image.size.height)
    var middle = [Float](repeating: 0, count: width * height * 3)
    image.bytes.withUnsafeBufferPointer { bytes in
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<3 {
            var sum: Float = 0
            for tap in -reach...reach {
              let place = min(max(x + tap, 0), width - 1)
              sum += kernel[tap + reach] * Float(bytes[(y * width + place) * 3 + channel])
            }
            middle[(y * width + x) * 3 + channel] = sum
          }
        }
      }
    }
    return RGBImage(size: image.size) { out in
      middle.withUnsafeBufferPointer { rows in
        for y in 0..<height {
          for x in 0..<width * 3 {
            var sum: Float = 0
            for tap in -reach...reach {
              sum += kernel[tap + reach] * rows[min(max(y + tap, 0), height - 1) * width * 3 + x]
            }
            out[y * width * 3 + x] = UInt8(min(max(sum + 0.5, 0), 255))
          }
        }
      }
    }
  }

  private func noisy(_ image: RGBImage, seed: UInt64) -> RGBImage {
    var random = RepeatableGenerator(seed: seed)
    var changed = image
    changed.bytes.withUnsafeMutableBufferPointer { bytes in
      for index in bytes.indices {
        // The sum of four uniform numbers is nearly normal; its variance is 4 / 12.
        let bits = random.next()
        let sum = (0..<4).reduce(0.0) { $0 + Double(bits >> (16 * UInt64($1)) & 0xffff) / 65535 } - 2
        let value = Double(bytes[index]) + amount * sum * 3.0.squareRoot()
        bytes[index] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return changed
  }

  private func brightened(_ image: RGBImage) -> RGBImage {
    let table = (0..<256).map { UInt8((255 * pow(Double($0) / 255, amount)).rounded()) }
    var changed = image
    changed.bytes.withUnsafeMutableBufferPointer { bytes in
      for index in bytes.indices { bytes[index] = table[Int(bytes[index])] }
    }
    return changed
  }

  private func covered(_ image: RGBImage, _ face: PixelRect, seed: UInt64) -> RGBImage {
    var random = RepeatableGenerator(seed: seed)
    let side = (face.width * face.height * Float(amount) / 100).squareRoot()
    let x = face.x + Float.random(in: 0...1, using: &random) * max(face.width - side, 0)
    let y = face.y + Float.random(in: 0...1, using: &random) * max(face.height - side, 0)
    let columns = Int(max(x, 0))..<max(Int(min(x + side, Float(image.size.width))), Int(max(x, 0)))
    let rows = Int(max(y, 0))..<max(Int(min(y + side, Float(image.size.height))), Int(max(y, 0)))
    var changed = image
    changed.bytes.withUnsafeMutableBufferPointer { bytes in
      for row in rows {
        for index in (row * image.size.width + columns.lowerBound)
          * 3..<(row * image.size.width + columns.upperBound) * 3
        {
          bytes[index] = 128
        }
      }
    }
    return changed
  }
}

/// A picture through JPEG and back.
private enum JPEGRoundTrip {
  /// Nil when the library fails.
  static func image(_ image: RGBImage, quality: Int) -> RGBImage? {
    guard let writer = tjInitCompress(), let reader = tjInitDecompress() else { return nil }
    defer {
      tjDestroy(writer)
      tjDestroy(reader)
    }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    defer { tjFree(bytes) }
    let (width, height) = (Int32(image.size.width), Int32(image.size.height))
    let wrote = image.bytes.withUnsafeBufferPointer {
      tjCompress2(
        writer, $0.baseAddress, width, 0, height, Int32(TJPF_RGB.rawValue), &bytes, &count,
        Int32(TJSAMP_420.rawValue), Int32(quality), 0)
    }
    guard wrote == 0, let bytes else { return nil }
    var read: Int32 = -1
    let result = RGBImage(size: image.size) { out in
      read = tjDecompress2(
        reader, bytes, count, out.baseAddress, width, 0, height, Int32(TJPF_RGB.rawValue), 0)
    }
    return read == 0 ? result : nil
  }
}
