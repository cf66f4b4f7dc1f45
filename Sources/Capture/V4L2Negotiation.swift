import CV4L2
import Foundation
package import Imaging
public import Quantities

/// What to ask a camera for; the driver may grant something else, which is then used.
public struct CameraWish: Sendable, Equatable {
  /// Frame size.
  public var size = PixelSize(width: 1280, height: 720)
  /// Frames a second.
  public var framesPerSecond = 30
  /// Four letters of a pixel format, for example `YUYV`; nil: the best that the camera offers.
  public var format: String?

  /// 1280x720 at 30 frames a second in the best format.
  public init() {}
}

/// What a driver granted.
package struct CameraGrant: Sendable {
  /// Four letters of the pixel format.
  package let format: String
  /// Frame size.
  package let size: PixelSize
  /// How the bytes are read; nil for Motion JPEG and for bytes that are converted first.
  package let layout: PixelLayout?
  /// How the bytes become readable; nil when they are.
  package let conversion: FrameConversion?
  /// Frames a second; nil when the driver does not say.
  package let rate: Double?

  /// What was granted, as the driver said.
  package init(
    format: String, size: PixelSize, layout: PixelLayout?, conversion: FrameConversion? = nil, rate: Double?
  ) {
    (self.format, self.size, self.layout, self.rate) = (format, size, layout, rate)
    self.conversion = conversion
  }

  /// What differs from the wish, for the log; nil when nothing does.
  func difference(from wish: CameraWish) -> String? {
    var parts: [String] = []
    if size != wish.size {
      parts.append("\(size.width)x\(size.height) instead of \(wish.size.width)x\(wish.size.height)")
    }
    if let rate, abs(rate - Double(wish.framesPerSecond)) > 0.5 {
      parts.append(
        "\(rate.formatted(.number.precision(.fractionLength(0...2)))) frames a second "
          + "instead of \(wish.framesPerSecond)")
    }
    return parts.isEmpty ? nil : "the camera grants " + parts.joined(separator: ", ")
  }
}

/// Agreement on format, size and rate: ask, read back what was granted, keep that.
///
/// Formats that libv4lconvert has to convert are the last resort: they are asked for when the camera grants none that
/// this program reads itself, or when a person named one.
struct CameraNegotiation {
  /// A format that is asked for.
  private enum Candidate {
    case own(CameraFormat)
    case converted(ConvertedFormat)

    var fourCC: UInt32 {
      switch self {
      case .own(let format): format.fourCC
      case .converted(let format): format.fourCC
      }
    }
  }

  let descriptor: Int32
  let path: String
  let wish: CameraWish

  /// Tries the offered formats in order of preference.
  func agree() throws(CaptureError) -> CameraGrant {
    var fault: DriverFault?
    for candidate in try candidates() {
      var request = v4l2_format()
      request.type = v4_capture
      request.fmt.pix.width = UInt32(wish.size.width)
      request.fmt.pix.height = UInt32(wish.size.height)
      request.fmt.pix.pixelformat = candidate.fourCC
      let set = v4_set_format(descriptor, &request)
      if set != 0 { fault = DriverFault("setting the format", set) }
      if set == -EBUSY { break }
      let area = Int(request.fmt.pix.width) * Int(request.fmt.pix.height)
      guard set == 0, request.fmt.pix.pixelformat == candidate.fourCC, area > 0,
        area <= MediaFile.largestArea
      else { continue }
      return try grant(candidate, request.fmt.pix)
    }
    if let fault { throw fault.error(path) }
    throw CaptureError(.refused, path, "grants none of the formats it offers; see vigil devices")
  }

  private func grant(
    _ candidate: Candidate, _ pixels: v4l2_pix_format
  ) throws(CaptureError) -> CameraGrant {
    let size = PixelSize(width: Int(pixels.width), height: Int(pixels.height))
    switch candidate {
    case .own(let format):
      guard format.isCompressed || format.layout(pixels) != nil else { throw shortRows(pixels) }
      return CameraGrant(format: format.name, size: size, layout: format.layout(pixels), rate: setRate())
    case .converted(let format):
      guard let conversion = FrameConversion(format, pixels) else { throw shortRows(pixels) }
      return CameraGrant(
        format: format.name, size: size, layout: nil, conversion: conversion, rate: setRate())
    }
  }

  private func shortRows(_ pixels: v4l2_pix_format) -> CaptureError {
    let words =
      "the driver grants \(pixels.width)x\(pixels.height) with rows of \(pixels.bytesperline) bytes, which "
      + "its format \(CameraFormat.letters(pixels.pixelformat)) cannot have; ask for another size"
    return CaptureError(.refused, path, words)
  }

  private func candidates() throws(CaptureError) -> [Candidate] {
    let offered = Self.offered(descriptor)
    let converted = ConvertedFormat.all.filter { offered.contains($0.fourCC) }
    guard let wanted = wish.format else {
      let own = preferred(CameraFormat.allCases.filter { offered.contains($0.fourCC) })
      guard !own.isEmpty || !converted.isEmpty else {
        let found =
          offered.isEmpty ? "none" : offered.map { CameraFormat.letters($0) }.joined(separator: ", ")
        throw CaptureError(
          .refused, path,
          "offers none of the formats \(CameraFormat.names), nor one that libv4lconvert turns into them "
            + "(it offers \(found)); see vigil devices")
      }
      return own.map(Candidate.own) + converted.map(Candidate.converted)
    }
    let own = CameraFormat.allCases.first { $0.name == wanted.uppercased() }
    let other = ConvertedFormat.all.first { CameraFormat.letters($0.fourCC) == wanted }
    guard let candidate = own.map(Candidate.own) ?? other.map(Candidate.converted) else {
      throw CaptureError(
        .refused, path,
        "\(wanted) is not one of \(CameraFormat.names), nor one that libv4lconvert turns into them")
    }
    guard offered.contains(candidate.fourCC) else {
      throw CaptureError(.refused, path, "does not offer \(wanted); see vigil devices")
    }
    return [candidate]
  }

  /// Raw formats first while they reach the rate: above 640x480 only when the driver says that they do, because raw
  /// video of that size rarely passes through USB 2.
  private func preferred(_ known: [CameraFormat]) -> [CameraFormat] {
    func reachesRate(_ format: CameraFormat) -> Bool {
      guard wish.size.area > 640 * 480, !format.isCompressed else { return true }
      guard let fastest = CameraOffers.fastestRate(descriptor, format.fourCC, wish.size) else { return false }
      return fastest >= 0.9 * Double(wish.framesPerSecond)
    }
    return known.filter(reachesRate) + known.filter { !reachesRate($0) }
  }

  static func offered(_ descriptor: Int32) -> [UInt32] {
    var formats: [UInt32] = []
    for number in 0..<256 {
      var description = v4l2_fmtdesc()
      description.index = UInt32(number)
      description.type = v4_capture
      guard v4_enumerate_format(descriptor, &description) == 0 else { break }
      formats.append(description.pixelformat)
    }
    return formats
  }

  private func setRate() -> Double? {
    var parameters = v4l2_streamparm()
    parameters.type = v4_capture
    let denominator = UInt32(max(1, wish.framesPerSecond))
    parameters.parm.capture.timeperframe = v4l2_fract(numerator: 1, denominator: denominator)
    _ = v4_set_parameters(descriptor, &parameters)
    guard v4_get_parameters(descriptor, &parameters) == 0 else { return nil }
    return CameraOffers.rate(parameters.parm.capture.timeperframe)
  }
}

/// What a driver says that it can do.
enum CameraOffers {
  /// Frames a second of a frame interval; nil for 0/0, which some drivers report and which means unknown.
  static func rate(_ interval: v4l2_fract) -> Double? {
    interval.numerator > 0 && interval.denominator > 0
      ? Double(interval.denominator) / Double(interval.numerator) : nil
  }

  /// The highest rate of a format at a size; nil when the driver does not say.
  static func fastestRate(_ descriptor: Int32, _ fourCC: UInt32, _ size: PixelSize) -> Double? {
    var fastest: Double?
    for number in 0..<64 {
      var interval = v4l2_frmivalenum()
      interval.index = UInt32(number)
      interval.pixel_format = fourCC
      interval.width = UInt32(size.width)
      interval.height = UInt32(size.height)
      guard v4_enumerate_interval(descriptor, &interval) == 0 else { break }
      let shortest =
        interval.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue ? interval.discrete : interval.stepwise.min
      if let rate = rate(shortest) { fastest = max(fastest ?? 0, rate) }
    }
    return fastest
  }

  /// Discrete sizes of a format, or the largest of a range.
  static func sizes(_ descriptor: Int32, _ fourCC: UInt32) -> [PixelSize] {
    var sizes: [PixelSize] = []
    for number in 0..<128 {
      var entry = v4l2_frmsizeenum()
      entry.index = UInt32(number)
      entry.pixel_format = fourCC
      guard v4_enumerate_size(descriptor, &entry) == 0 else { break }
      if entry.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue {
        sizes.append(PixelSize(width: Int(entry.discrete.width), height: Int(entry.discrete.height)))
      } else {
        let range = entry.stepwise
        sizes.append(PixelSize(width: Int(range.max_width), height: Int(range.max_height)))
        break
      }
    }
    return sizes
  }
}
