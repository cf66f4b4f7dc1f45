import CV4L2
import CV4LConvert
import Foundation
import Imaging
import Quantities

/// libv4lconvert itself, in this process; behind the fence unless isolation is switched off.
package final class LibraryConverter: FrameConverting {
  /// Zeros behind the picture: the library's loops look at whole blocks and pairs of rows.
  private static let margin = 64 << 10

  private let conversion: FrameConversion
  private let handle: OpaquePointer
  private let source: UnsafeMutableRawBufferPointer
  private let converted: UnsafeMutableRawBufferPointer

  /// Nil when the library does not start.
  package init?(_ conversion: FrameConversion) {
    // No controls of its own, which would lie in memory that other programs share: white balance and flips are the
    // camera's. Without this variable it also refuses to start without a device.
    setenv("LIBV4LCONTROL_CONTROLS", "0", 1)
    guard let handle = v4lconvert_create(-1) else { return nil }
    self.handle = handle
    self.conversion = conversion
    source = .allocate(
      byteCount: max(conversion.capacity, 4 * conversion.size.area) + Self.margin, alignment: 64)
    converted = .allocate(byteCount: conversion.layout.byteCount + Self.margin, alignment: 64)
  }

  deinit {
    v4lconvert_destroy(handle)
    source.deallocate()
    converted.deallocate()
  }

  package func convert(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let count = conversion.pack(bytes, into: source) else { return false }
    UnsafeMutableRawBufferPointer(rebasing: source[count...]).initializeMemory(as: UInt8.self, repeating: 0)
    return convert(count, into: target)
  }

  private func convert(_ count: Int, into target: UnsafeMutableRawBufferPointer) -> Bool {
    let byteCount = conversion.layout.byteCount
    guard target.count >= byteCount else { return false }
    let stride = conversion.format.rowBytes(conversion.size.width)
    var from = format(conversion.format.fourCC, stride, conversion.capacity)
    var to =
      conversion.format.target == .rgb24
      ? format(v4c_rgb24, 3 * conversion.size.width, byteCount)
      : format(v4c_yuv420, conversion.size.width, byteCount)
    let made = v4lconvert_convert(
      handle, &from, &to, source.bindMemory(to: UInt8.self).baseAddress, Int32(count),
      converted.bindMemory(to: UInt8.self).baseAddress, Int32(byteCount))
    guard made == byteCount else { return false }
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: converted[0..<byteCount]))
    return true
  }

  private func format(_ fourCC: UInt32, _ stride: Int, _ bytes: Int) -> v4l2_format {
    var format = v4l2_format()
    format.type = v4c_capture
    format.fmt.pix.width = UInt32(conversion.size.width)
    format.fmt.pix.height = UInt32(conversion.size.height)
    format.fmt.pix.pixelformat = fourCC
    format.fmt.pix.field = v4c_progressive
    format.fmt.pix.bytesperline = UInt32(stride)
    format.fmt.pix.sizeimage = UInt32(bytes)
    return format
  }
}
