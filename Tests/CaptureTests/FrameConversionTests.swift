import Capture
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// Formats that libv4lconvert converts: their colours, their paddings, and what happens to damaged ones, in the fenced
/// process where the program is built beside the tests.
@Suite struct FrameConversionTests {
  private static let size = PixelSize(width: 64, height: 48)
  /// Formats whose bytes can be made here; `scripts/test-device.sh` has others from the kernel's own generator.
  static let made = ConvertedFormat.all.map(\.name).filter { CameraBytes(size: size).bytes($0) != nil }

  private func conversion(
    _ name: String, _ size: PixelSize = size, stride: Int = 0, bytes: Int = 1 << 20
  ) throws -> FrameConversion {
    let format = try #require(ConvertedFormat.all.first { $0.name == name })
    return try #require(FrameConversion(format, size, rowStride: stride, bufferBytes: bytes))
  }

  private func converter(_ conversion: FrameConversion) -> any FrameConverting {
    if let program = BuiltPrograms.vigil {
      return ConversionProcess(
        program: program, conversion: conversion, source: "test", log: .silent())
    }
    guard let converter = LibraryConverter(conversion) else {
      preconditionFailure("the library has no converter for \(conversion)")
    }
    return converter
  }

  private func picture(_ bytes: [UInt8], _ conversion: FrameConversion) -> RGBImage? {
    let pool = FramePool(bytesPerFrame: conversion.layout.byteCount, capacity: 1)
    guard let target = pool.take() else { return nil }
    let converter = converter(conversion)
    let isMade = bytes.withUnsafeBytes { bytes in
      target.withMutableBytes { converter.convert(bytes, into: $0) }
    }
    let stamp = FrameStamp(index: 0, captured: .now(), camera: "test")
    return isMade ? target.finish(layout: conversion.layout, stamp: stamp).rgbImage() : nil
  }

  private func differs(_ image: RGBImage, _ x: Int, _ y: Int, from color: [Double]) -> Bool {
    (0..<3).contains { abs(Double(image[x, y, $0]) - color[$0]) > 11 }
  }

  /// Luma of a gray format stands for all three.
  private func expected(_ name: String, _ color: [Double]) -> [Double] {
    guard name.hasPrefix("Y1") else { return color }
    let luma = 16 + (65.481 * color[0] + 128.553 * color[1] + 24.966 * color[2]) / 255
    return [luma, luma, luma]
  }

  @Test(arguments: made) func coloursComeOut(name: String) throws {
    let bytes = try #require(CameraBytes(size: Self.size).bytes(name))
    let image = try #require(picture(bytes, try conversion(name, bytes: bytes.count)))
    for row in [4, 23, 43] {
      #expect(!differs(image, 16, row, from: expected(name, CameraBytes.left)), "left, row \(row)")
      #expect(!differs(image, 47, row, from: expected(name, CameraBytes.right)), "right, row \(row)")
    }
  }

  /// The library ignores the padding of rows in some formats, so it never sees any.
  @Test(arguments: ["NV16", "YV12", "M420", "RG10", "YVYU"]) func paddedRows(name: String) throws {
    let tight = try #require(CameraBytes(size: Self.size).bytes(name))
    let format = try #require(ConvertedFormat.all.first { $0.name == name })
    let stride = format.rowBytes(Self.size.width) + 32
    let conversion = try conversion(name, stride: stride)
    var padded: [UInt8] = []
    var from = 0
    guard case .rows(let blocks) = format.shape else { return }
    for block in blocks {
      let rowBytes = Self.size.width * block.bits / 8
      for _ in 0..<Self.size.height * block.halves / 2 {
        let gap = stride * block.bits / blocks[0].bits - rowBytes
        padded += tight[from..<from + rowBytes] + [UInt8](repeating: 0xA5, count: gap)
        from += rowBytes
      }
    }
    let image = try #require(picture(padded, conversion))
    #expect(image == picture(tight, try self.conversion(name)))
    #expect(!differs(image, 16, 40, from: CameraBytes.left))
  }

  /// One byte less than a picture is refused before the library is called.
  @Test(arguments: made.filter { $0 != "P207" }) func shortPicturesAreRefused(name: String) throws {
    let bytes = try #require(CameraBytes(size: Self.size).bytes(name))
    let conversion = try conversion(name)
    #expect(conversion.leastBytes == bytes.count)
    let space = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { space.deallocate() }
    bytes.withUnsafeBytes {
      #expect(conversion.pack(UnsafeRawBufferPointer(rebasing: $0.dropLast()), into: space) == nil)
      #expect(conversion.pack($0, into: space) == bytes.count)
      #expect(space.elementsEqual($0))
    }
  }

  @Test func oddSizesAreRefused() {
    for (width, height) in [(63, 48), (64, 47), (6, 48), (64, 2)] {
      let size = PixelSize(width: width, height: height)
      for format in ConvertedFormat.all {
        #expect(FrameConversion(format, size, rowStride: 0, bufferBytes: 1 << 20) == nil, "\(format.name)")
      }
    }
  }

  /// What the program reads itself, and what the library gets wrong, is not on the list; no format is on it twice.
  @Test func theListIsClean() {
    let codes = ConvertedFormat.all.map(\.fourCC)
    #expect(Set(codes).count == codes.count)
    #expect(Set(codes).isDisjoint(with: CameraFormat.allCases.map(\.fourCC)))
    let wrong = ["Y04", "Y06", "VYUY", "NV21", "Y10", "Y12", "HM12", "O511", "O518"]
    #expect(Set(ConvertedFormat.all.map { CameraFormat.letters($0.fourCC) }).isDisjoint(with: wrong))
    for format in ConvertedFormat.all { #expect(CameraFormat.letters(format.fourCC) == format.name) }
  }

  /// Noise in every format, whole and cut: a picture or none, and the process or its successor still works after it.
  @Test(arguments: ConvertedFormat.all.map(\.name)) func noise(name: String) throws {
    let conversion = try conversion(name, bytes: 1 << 14)
    let pool = FramePool(bytesPerFrame: conversion.layout.byteCount, capacity: 1)
    var random = SeededGenerator(seed: 7)
    let converter = converter(conversion)
    for round in 0..<12 {
      let count = round % 3 == 2 ? conversion.leastBytes : max(conversion.capacity, conversion.leastBytes)
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Starts that the compressed forms look for.
      if round % 2 == 1 { bytes.replaceSubrange(0..<4, with: [0x1E, 0xE1, 0xFF, 0xD8]) }
      guard let target = pool.take() else { return }
      _ = bytes.withUnsafeBytes { bytes in
        target.withMutableBytes { converter.convert(bytes, into: $0) }
      }
    }
  }
}
