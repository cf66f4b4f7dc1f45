import CPNG
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// Pictures written as PNG (ISO/IEC 15948), read back chunk by chunk and by libpng.
@Suite struct PNGTests {
  private let folder: TemporaryFolder
  private let image: RGBImage

  init() throws {
    folder = try TemporaryFolder()
    var random = SeededNumbers(15948)
    let bytes = (0..<17 * 5 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
    image = RGBImage(size: PixelSize(width: 17, height: 5)) { _ = $0.update(fromContentsOf: bytes) }
  }

  private func refusal(_ path: String) -> PictureWriteError? {
    do throws(PictureWriteError) {
      try image.writePNG(to: path)
      return nil
    } catch { return error }
  }

  /// Name and content of each chunk; checks signature, lengths and sums.
  private func chunks(_ path: String) throws -> [(name: String, data: [UInt8])] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    try #require(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    var (found, at) = ([(name: String, data: [UInt8])](), 8)
    while at < bytes.count {
      let (length, name) = (number(at), String(decoding: bytes[at + 4..<at + 8], as: UTF8.self))
      let data = Array(bytes[at + 8..<at + 8 + length])
      #expect(UInt32(number(at + 8 + length)) == Self.sum(bytes[at + 4..<at + 8 + length]), "\(name)")
      found.append((name, data))
      at += 12 + length
    }
    return found
  }

  /// CRC-32 of Annex D.
  private static func sum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
  }

  @Test(arguments: [true, false]) func thePictureIsReadBackAsItWas(quickly: Bool) throws {
    let path = folder.file("a.png")
    try image.writePNG(to: path, quickly: quickly)
    let chunks = try chunks(path)
    #expect(chunks.first?.name == "IHDR" && chunks.last?.name == "IEND")
    // 17 x 5, 8 bits, colour type 2 (R, G, B), no interlace.
    #expect(chunks.first?.data == [0, 0, 0, 17, 0, 0, 0, 5, 8, 2, 0, 0, 0])
    #expect(chunks.contains { $0.name == "sRGB" || $0.name == "gAMA" })
    var reader = png_image()
    reader.version = png_uint_32(vigil_png_image_version)
    try #require(png_image_begin_read_from_file(&reader, path) != 0)
    reader.format = png_uint_32(vigil_png_format_rgb)
    var read = [UInt8](repeating: 0, count: image.bytes.count)
    try #require(png_image_finish_read(&reader, nil, &read, 0, nil) != 0)
    #expect(read == image.bytes && folder.names == ["a.png"])
  }

  @Test func anOlderPictureIsReplacedWhole() throws {
    let path = try folder.write("a.png", [UInt8](repeating: 7, count: 100_000))
    #expect(refusal(path) == nil)
    #expect(try chunks(path).last?.name == "IEND")
  }

  @Test func whatCannotBeWrittenIsNamedAndLeavesNothing() throws {
    let absent = folder.file("absent/a.png")
    let error = refusal(absent)
    #expect(error?.path == absent && error?.reason == "No such file or directory")
    #expect(
      error?.description
        == "cannot write the picture \(absent): No such file or directory; check that the folder exists, may be "
        + "written and has room")
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: false)
    #expect(refusal(folder.file("sub"))?.reason == "Is a directory")
    #expect(folder.names == ["sub"])
  }

  @Test func aLinkKeepsLeadingToItsFile() throws {
    symlink("target.png", folder.file("link.png"))
    #expect(refusal(folder.file("link.png")) == nil)
    var status = stat()
    #expect(lstat(folder.file("link.png"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(try chunks(folder.file("target.png")).last?.name == "IEND")
    #expect(folder.names == ["link.png", "target.png"])
  }
}
