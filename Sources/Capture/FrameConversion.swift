import CV4L2
package import Imaging
package import Quantities

/// What libv4lconvert is to do with a camera's buffers: their format and size, and what comes of them.
///
/// The library is old C that reads past the end of short buffers and writes into the buffers of some Bayer formats. It
/// gets a copy of its own, padded with zeros, only of pictures that are long enough, and it runs behind the decoder's
/// fence (``ConversionProcess``).
package struct FrameConversion: Equatable, Sendable {
  package let format: ConvertedFormat
  package let size: PixelSize
  /// Bytes from row to row of the first block as the driver gives them.
  let rowStride: Int
  /// Bytes of the largest packed picture.
  package let capacity: Int
  /// How the result is read.
  package let layout: PixelLayout

  /// The conversion of what a driver granted; nil when its rows are too short or its size is none that the library may
  /// be given.
  init?(_ format: ConvertedFormat, _ pixels: v4l2_pix_format) {
    let size = PixelSize(width: Int(pixels.width), height: Int(pixels.height))
    guard size.width <= 16384, size.height <= 16384, size.area <= MediaFile.largestArea else { return nil }
    self.init(
      format, size, rowStride: Int(pixels.bytesperline), bufferBytes: Int(pixels.sizeimage),
      CameraFormat.matrix(pixels), CameraFormat.range(pixels))
  }

  /// As above; a stride of 0 is rows without padding, `bufferBytes` what the driver's buffers hold at most.
  package init?(
    _ format: ConvertedFormat, _ size: PixelSize, rowStride: Int, bufferBytes: Int,
    _ matrix: ColorMatrix = .bt601, _ range: ColorRange = .limited
  ) {
    guard format.fits(size) else { return nil }
    let tight = format.rowBytes(size.width)
    self.rowStride = rowStride == 0 ? tight : rowStride
    guard self.rowStride >= tight else { return nil }
    // No compressed form takes more than its picture as RGB.
    capacity = format.byteCount(size) ?? min(max(bufferBytes, size.area), 3 * size.area)
    (self.format, self.size) = (format, size)
    layout =
      switch format.target {
      case .yuv420: .i420(size, matrix, range)
      case .rgb24: .rgb24(size)
      }
  }

  /// The fewest bytes of a whole picture as the driver gives it. Of compressed ones a byte a row is the least; whether
  /// the rest is there is the library's to say.
  package var leastBytes: Int {
    switch format.shape {
    case .whole: return capacity
    case .compressed: return size.height
    case .rows(let blocks):
      var end = 0
      var least = 0
      for block in blocks {
        let stride = stride(block, blocks)
        let rows = rows(block)
        least = end + (rows - 1) * stride + size.width * block.bits / 8
        end += rows * stride
      }
      return least
    }
  }

  private func rows(_ block: ConvertedFormat.Block) -> Int { size.height * block.halves / 2 }

  /// Blocks with shorter rows have a shorter stride, as in V4L2's planar formats.
  private func stride(_ block: ConvertedFormat.Block, _ blocks: [ConvertedFormat.Block]) -> Int {
    rowStride * block.bits / blocks[0].bits
  }

  /// Copies a driver's picture without the padding of its rows; the number of bytes, or nil when it is too short.
  package func pack(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
    guard bytes.count >= leastBytes, target.count >= capacity else { return nil }
    guard case .rows(let blocks) = format.shape else {
      let count = min(bytes.count, capacity)
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
      return count
    }
    var (from, to) = (0, 0)
    for block in blocks {
      let (stride, rowBytes) = (stride(block, blocks), size.width * block.bits / 8)
      for _ in 0..<rows(block) {
        UnsafeMutableRawBufferPointer(rebasing: target[to..<to + rowBytes])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + rowBytes]))
        (from, to) = (from + stride, to + rowBytes)
      }
    }
    return to
  }
}

extension FrameConversion {
  /// The conversion as the decoder process is told of it.
  var words: String { "\(format.fourCC) \(size.width) \(size.height) \(capacity)" }

  /// The conversion of packed pictures that the words name; nil when they name none.
  init?(words: String) {
    let numbers = words.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 4, let format = ConvertedFormat.all.first(where: { Int($0.fourCC) == numbers[0] }),
      (1...16384).contains(numbers[1]), (1...16384).contains(numbers[2]), numbers[3] > 0
    else { return nil }
    self.init(
      format, PixelSize(width: numbers[1], height: numbers[2]), rowStride: 0, bufferBytes: numbers[3])
  }
}

/// Turns a camera's buffers into pictures that this program reads.
package protocol FrameConverting: AnyObject {
  /// Writes the picture into `target`, which has `layout.byteCount` bytes at least; false when it cannot be made.
  func convert(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool
}
