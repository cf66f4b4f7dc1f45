import CKernels

/// A full convolution, each picture of the batch in turn.
final class ConvolutionStep: Step {
  private var description: vk_convolution
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  private let batch: Int

  init(
    _ description: vk_convolution, input: UnsafeMutableBufferPointer<Float>,
    output: UnsafeMutableBufferPointer<Float>, batch: Int
  ) {
    (self.description, self.input, self.output, self.batch) = (description, input, output, batch)
  }

  func run() {
    eachPicture(&description, input, output, batch) { picture in
      vk_convolve(&picture, 0, picture.out_height * picture.out_width)
    }
  }
}

/// A convolution of a picture with few channels, through a padded copy of it.
final class PaddedConvolutionStep: Step {
  private var description: vk_convolution
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  private let scratch: UnsafeMutablePointer<Float>
  private let inside: (rows: Int, floats: Int)
  private let corner: Int
  private let batch: Int

  init(
    _ description: vk_convolution, input: UnsafeMutableBufferPointer<Float>,
    output: UnsafeMutableBufferPointer<Float>, scratch: UnsafeMutablePointer<Float>,
    inside: (rows: Int, floats: Int), corner: Int, batch: Int
  ) {
    (self.description, self.input, self.output, self.scratch) = (description, input, output, scratch)
    (self.inside, self.corner, self.batch) = (inside, corner, batch)
  }

  func run() {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let rowStride = Int(description.in_width) * Int(description.pixel_stride)
    for index in 0..<batch {
      let picture = source + index * (input.count / batch)
      for row in 0..<inside.rows {
        (scratch + corner + row * rowStride).update(from: picture + row * inside.floats, count: inside.floats)
      }
      description.output = target + index * (output.count / batch)
      vk_convolve(&description, 0, description.out_height * description.out_width)
    }
  }
}

/// A depthwise convolution, each picture of the batch in turn.
final class DepthwiseStep: Step {
  private var description: vk_convolution
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  private let batch: Int

  init(
    _ description: vk_convolution, input: UnsafeMutableBufferPointer<Float>,
    output: UnsafeMutableBufferPointer<Float>, batch: Int
  ) {
    (self.description, self.input, self.output, self.batch) = (description, input, output, batch)
  }

  func run() {
    eachPicture(&description, input, output, batch) { vk_depthwise(&$0, 0, $0.out_height) }
  }
}

/// Points a description at each picture of a batch in turn.
private func eachPicture(
  _ description: inout vk_convolution, _ input: UnsafeMutableBufferPointer<Float>,
  _ output: UnsafeMutableBufferPointer<Float>, _ batch: Int, _ body: (inout vk_convolution) -> Void
) {
  guard let source = input.baseAddress, let target = output.baseAddress else { return }
  let residual = description.residual
  for index in 0..<batch {
    description.input = UnsafePointer(source + index * (input.count / batch))
    description.output = target + index * (output.count / batch)
    let residualCount = Int(description.residual_channels * description.out_height * description.out_width)
    description.residual = residual.map { $0 + index * residualCount }
    body(&description)
  }
  description.residual = residual
}
