internal import Foundation
internal import ModelFormats

extension OnnxLowering {
  /// Reads the ONNX file in `bytes` and turns it into the engine's graph.
  ///
  /// Axes that the file leaves open become 1.
  static func graph(
    _ bytes: ModelBytes, file: String, choices: OnnxChoices = OnnxChoices()
  ) throws(OnnxError) -> Graph {
    let model = try OnnxReader(bytes.data, file: file).model(choices)
    return try graph(StaticNetwork(model, file: file))
  }
}

extension ModelBytes {
  /// The bytes without a copy; they live as long as the data does.
  var data: Data {
    guard let start = UnsafeMutableRawPointer(mutating: buffer.baseAddress), !buffer.isEmpty else {
      return Data()
    }
    return Data(bytesNoCopy: start, count: buffer.count, deallocator: .custom { [self] _, _ in _ = self })
  }

  /// True when the file names itself a TFLite network.
  var isTFLite: Bool { buffer.count >= 8 && buffer[4..<8].elementsEqual("TFL3".utf8) }
}

extension NetworkError {
  /// What is merely not supported is told apart from what is broken.
  init(_ error: OnnxError) {
    self =
      error.problem == .unsupported
      ? .unsupported(file: error.file, place: error.place, problem: error.reason)
      : .format(ModelFormatError(file: error.file, place: error.place, problem: error.reason))
  }
}
