import Capture
import Foundation
import Testing

@Suite struct FileNameTests {
  /// Names that are UTF-8 stay as they are; others come back byte for byte.
  @Test(
    arguments: [
      Array("plain.jpg".utf8), Array("ünï صورة 照片.jpg".utf8), Array("back\\slash".utf8),
      [0x62, 0xFF, 0xFE, 0x2E],
      [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], Array("\u{EF85}".utf8),
      [0x80, 0x81, 0x0A],
    ] as [[UInt8]]) func bytesComeBack(bytes: [UInt8])
  {
    let name = FileName.decode(bytes)
    #expect(FileName.bytes(name) == bytes)
    let isText = String(validating: bytes, as: UTF8.self) != nil && bytes != Array("\u{EF85}".utf8)
    #expect(FileName.isEscaped(name) == !isText)
    if isText { #expect(FileName.shown(name) == String(decoding: bytes, as: UTF8.self)) }
  }

  @Test(arguments: 1...20) func anyBytesComeBack(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        UInt8.random(in: 1...255, using: &random)
      }
      #expect(FileName.bytes(FileName.decode(bytes)) == bytes)
    }
  }

  @Test func whatPeopleSeeIsReversible() {
    let name = FileName.decode(Array("a\\b".utf8) + [0xFF])
    #expect(FileName.shown(name) == #"a\\b\xff"#)
    #expect(FileName.last(FileName.decode(Array("dir/x".utf8) + [0xFE])) == #"x\xfe"#)
  }

  private func list(_ bytes: [UInt8], _ separator: FileNameList.Separator) throws -> [String] {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
    try pipe.fileHandleForWriting.close()
    var list = FileNameList(descriptor: pipe.fileHandleForReading.fileDescriptor, separator: separator)
    var names: [String] = []
    while let name = try list.next() { names.append(name) }
    return names
  }

  @Test func listsAreRead() throws {
    #expect(try list(Array("a b\r\nc\n\nd".utf8), .newline) == ["a b", "c", "d"])
    #expect(try list(Array("a\nb\0c\r\0".utf8), .null) == ["a\nb", "c\r"])
    #expect(try list([], .null) == [])
    #expect(FileName.bytes(try list([0xFF, 0x0A], .newline)[0]) == [0xFF])
    #expect(throws: FileNameList.Problem.self) { _ = try list(Array("a\0b\0".utf8), .newline) }
  }

  @Test func aNameThatIsNoTextIsOpened() throws {
    let folder = FileManager.default.temporaryDirectory.path
    let bytes = Array("\(folder)/\(UUID().uuidString)".utf8) + [0xFF, 0xFE] + Array(".ppm".utf8)
    let descriptor = (bytes + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer {
      open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600)
    }
    #expect(descriptor >= 0)
    let picture = Array("P6\n1 1\n255\n".utf8) + [1, 2, 3]
    #expect(write(descriptor, picture, picture.count) == picture.count)
    close(descriptor)
    let file = try MediaFile(path: FileName.decode(bytes))
    #expect(file.description.name.hasSuffix(#"\xff\xfe.ppm"#))
  }
}
