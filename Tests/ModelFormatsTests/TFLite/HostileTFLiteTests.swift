import ModelFormats
import Testing
import VigilTesting

/// TFLite files that lie: each is refused with the place named.
@Suite struct HostileTFLiteTests {
  @Test func soundFileIsRead() throws {
    let graph = try TFLiteFile().graph()
    #expect(graph.tensors.map(\.name) == ["x", "w", "sum", "y"])
    #expect(graph.nodes.count == 2)
    #expect(graph.inputs == [0] && graph.outputs == [3])
  }

  @Test func otherFilesAreRefused() {
    for bytes in [[], [1, 2, 3], [UInt8](repeating: 0, count: 64), [UInt8]("GIF89a and more".utf8)]
      as [[UInt8]]
    {
      #expect(throws: ModelFormatError.self) { try TFLiteReader.read(ModelBytes(copying: bytes), file: "f") }
    }
  }

  @Test func everyTruncationIsRefused() {
    let whole = TFLiteFile().bytes()
    for count in 0..<whole.count {
      #expect(throws: ModelFormatError.self, "\(count) bytes of \(whole.count)") {
        try TFLiteReader.read(ModelBytes(copying: Array(whole[..<count])), file: "cut.tflite")
      }
    }
  }

  @Test func flippedBytesNeverTrap() {
    let whole = TFLiteFile().bytes()
    var random = SeededNumbers(20_261_121)
    var (read, refused) = (0, 0)
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        _ = try TFLiteReader.read(ModelBytes(copying: bytes), file: "mutated.tflite")
        read += 1
      } catch {
        #expect(!error.place.isEmpty && !error.problem.isEmpty && error.file == "mutated.tflite")
        refused += 1
      }
    }
    // Both ends are reached: flips in weights and names are read, flips in structure are refused.
    #expect(read > 1000)
    #expect(refused > 1000)
  }

  @Test(arguments: [[-3], [0], [1 << 25], [1 << 20, 1 << 20], [4]] as [[Int32]])
  func sizesThatDoNotFit(shape: [Int32]) {
    var file = TFLiteFile()
    file.tensors[1].shape = shape
    #expect(file.error()?.place == "tensor 1 \"w\"")
    #expect(file.error()?.description.hasPrefix("test.tflite: tensor 1") == true)
  }

  @Test(arguments: [4, 9, 17, -1] as [Int8]) func typesThatAreNotKnown(type: Int8) {
    var file = TFLiteFile()
    file.tensors[1].type = type
    #expect(file.error()?.problem.contains("element type number \(type)") == true)
  }

  @Test func weightsOfTheWrongLengthAreRefused() {
    var file = TFLiteFile()
    file.weights.removeLast()
    #expect(file.error()?.problem.contains("11 bytes of weights") == true)
  }

  @Test(arguments: [2, -1, Int32.max] as [Int32]) func missingBufferIsRefused(buffer: Int32) {
    var file = TFLiteFile()
    file.tensors[1].buffer = buffer
    #expect(file.error()?.problem.contains("of 2") == true)
  }

  @Test func externalDataIsRefused() {
    var file = TFLiteFile()
    file.weights = []
    file.outside = [.number(1 << 20)]
    #expect(file.error()?.place == "tensor 1 \"w\"")
    #expect(file.error()?.problem.contains("outside") == true)
  }

  @Test func weightThatIsNotANumberIsRefused() {
    var file = TFLiteFile()
    file.weights.replaceSubrange(4..<8, with: [0, 0, 0xc0, 0x7f])
    #expect(file.error()?.place == "tensor 1 \"w\"")
    #expect(file.error()?.problem.contains("NaN") == true)
  }

  @Test func halfThatIsNotANumberIsRefused() {
    var file = TFLiteFile()
    (file.tensors[1].type, file.weights) = (1, [0, 0x3c, 0xff, 0x7f, 0, 0x7c])
    #expect(file.error()?.problem.contains("NaN") == true)
    file.weights[3] = 0x3c
    #expect(file.error() == nil)
  }

  @Test func unknownOperatorNamesTheNode() {
    var file = TFLiteFile()
    file.codes[1] = 103
    #expect(file.error()?.place == "node 1, TFLite operator 103")
    file.nodes[1].code = 7
    #expect(file.error()?.problem == "operator code 7 of 2")
  }

  @Test(arguments: [4, -1, -2, Int32.min, Int32.max] as [Int32]) func tensorsThatDoNotExist(index: Int32) {
    var file = TFLiteFile()
    file.outputs = [index]
    #expect(file.error()?.place == "outputs")
    file.outputs = [3]
    file.nodes[1].inputs = [index]
    #expect(file.error()?.place.hasPrefix("node 1") == true)
  }

  @Test(arguments: [0, 2]) func anythingButOneGraphIsRefused(count: Int) {
    var file = TFLiteFile()
    file.subgraphs = count
    #expect(file.error()?.problem.contains("\(count) subgraphs") == true)
  }

  @Test func cycleIsRefused() {
    var file = TFLiteFile()
    file.nodes[0].inputs = [0, 3]
    #expect(file.error()?.place == "node 0")
    #expect(file.error()?.problem == "input y is given nowhere before this node (missing, or a cycle)")
    // A node that reads its own result.
    file.nodes[0].inputs = [0, 2]
    #expect(file.error()?.problem == "input sum is given nowhere before this node (missing, or a cycle)")
  }

  @Test func missingWeightIsRefused() {
    var file = TFLiteFile()
    file.tensors[1].buffer = 0
    #expect(file.error()?.place == "node 0")
    #expect(file.error()?.problem.contains("input w is given nowhere") == true)
  }

  @Test(arguments: [2, 0, 1] as [Int32]) func valueGivenTwiceIsRefused(output: Int32) {
    var file = TFLiteFile()
    // An earlier result, the caller's input, a constant.
    file.nodes[1].outputs = [output]
    file.outputs = [2]
    #expect(file.error()?.place == "node 1")
    #expect(file.error()?.problem.contains("twice") == true)
  }

  @Test func outputThatNothingComputesIsRefused() {
    var file = TFLiteFile()
    file.nodes.removeLast()
    #expect(file.error()?.description == "test.tflite: outputs: y is computed nowhere")
  }

  @Test func nodeWithoutOutputIsRefused() {
    var file = TFLiteFile()
    file.nodes[1].outputs = []
    #expect(file.error()?.problem == "0 outputs; expected 1")
  }
}
