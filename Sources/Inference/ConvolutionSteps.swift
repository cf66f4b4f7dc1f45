import CKernels

/// A full convolution. Parts are a few pixels, or panels of output channels where pixels are few.
struct ConvolutionStep: PartitionedStep {
  private let description: vk_convolution
  private let input: Floats
  private let output: Floats
  private let batch: Int
  private let pixels: Int
  /// Output channels of one part; all of them when parts are pixels.
  private let channels: Int
  let parts: Int
  let grain: Int
  let nanoseconds: Int

  /// Pixels of one part, a third of the widest tile: 49 pixels in tiles of 12 could not be cut in halves.
  private static let few = 4
  /// Parts of the widest tile.
  private static let tile = 3
  /// So few pixels read all weights hardly more often than once.
  private static let fewPixels = 24
  /// Channels of one part where all pixels take one panel of weights after the other: a multiple of every panel's width.
  private static let panel = 32
  /// Floats of weights above which they are read once rather than for every tile of pixels, as long as the input is
  /// small: half of a core's second cache, and an eighth.
  private static let (manyWeights, smallInput) = (1 << 17, 1 << 15)

  init(_ description: vk_convolution, input: Floats, output: Floats, batch: Int) {
    (self.description, self.input, self.output, self.batch) = (description, input, output, batch)
    pixels = Int(description.out_height * description.out_width)
    let all = Int(description.out_channels)
    let weights = Int(description.kernel_height * description.kernel_width * description.channels) * all
    let (height, width) = (Int(description.in_height), Int(description.in_width))
    let isSmall = height * width * Int(description.pixel_stride) <= Self.smallInput
    if batch == 1, all > Self.panel, pixels <= Self.fewPixels || (isSmall && weights >= Self.manyWeights) {
      // One or two pixels take four panels side by side.
      channels = pixels > 2 ? Self.panel : 4 * Self.panel
      parts = (all + channels - 1) / channels
      grain = 1
    } else {
      channels = all
      parts = batch * ((pixels + Self.few - 1) / Self.few)
      grain = Self.tile
    }
    let taps = weights / max(all, 1)
    // About 100 multiply-adds a nanosecond, or 20 bytes of weights.
    nanoseconds = batch * pixels * taps * all / 100 + taps * all / 5
  }

  func run(_ range: Range<Int>) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    var picture = description
    (picture.input, picture.output) = (UnsafePointer(source), target)
    if channels < Int(description.out_channels) {
      for panel in range { run(panel: panel, picture) }
      return
    }
    let each = parts / batch
    for index in range.lowerBound / each...(range.upperBound - 1) / each {
      let first = max(range.lowerBound - index * each, 0) * Self.few
      let last = min(min(range.upperBound - index * each, each) * Self.few, pixels)
      picture.input = UnsafePointer(source + index * (input.count / batch))
      picture.output = target + index * (output.count / batch)
      picture.residual = description.residual.map { $0 + index * pixels * Int(description.residual_stride) }
      vk_convolve(&picture, Int32(first), Int32(last))
    }
  }

  private func run(panel: Int, _ whole: vk_convolution) {
    var picture = whole
    let first = panel * channels
    let steps = Int(picture.kernel_height * picture.kernel_width * picture.channels)
    picture.weights = picture.weights.map { $0 + vk_packed_count(first, steps, 1) }
    picture.slope = picture.slope.map { $0 + first }
    picture.scale = picture.scale.map { $0 + first }
    picture.shift = picture.shift.map { $0 + first }
    picture.residual = picture.residual.map { $0 + first }
    picture.residual_channels = max(picture.residual_channels - Int32(first), 0)
    picture.output = picture.output.map { $0 + first }
    picture.out_channels = Int32(min(first + channels, Int(picture.out_channels)) - first)
    vk_convolve(&picture, 0, Int32(pixels))
  }
}

/// A depthwise convolution. Parts are rows of the output.
struct DepthwiseStep: PartitionedStep {
  private let description: vk_convolution
  private let input: Floats
  private let output: Floats
  private let batch: Int
  let parts: Int
  let nanoseconds: Int

  init(_ description: vk_convolution, input: Floats, output: Floats, batch: Int) {
    (self.description, self.input, self.output, self.batch) = (description, input, output, batch)
    parts = batch * Int(description.out_height)
    nanoseconds = output.count * Int(description.kernel_height * description.kernel_width) / 40
  }

  func run(_ range: Range<Int>) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    var picture = description
    let rows = parts / batch
    let pixels = Int(description.out_height * description.out_width)
    for index in range.lowerBound / rows...(range.upperBound - 1) / rows {
      picture.input = UnsafePointer(source + index * (input.count / batch))
      picture.output = target + index * (output.count / batch)
      picture.residual = description.residual.map { $0 + index * pixels * Int(description.residual_stride) }
      vk_depthwise(
        &picture, Int32(max(range.lowerBound - index * rows, 0)),
        Int32(min(range.upperBound - index * rows, rows)))
    }
  }
}
