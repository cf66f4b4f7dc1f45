import Foundation
import ModelFormats
import Testing
import VigilTesting

/// Files of networks before anything of them is read.
@Suite struct ModelBytesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func problem(_ path: String, limit: Int = 1 << 20) -> String? {
    do throws(ModelFormatError) {
      _ = try ModelBytes(path: path, limit: limit)
      return nil
    } catch {
      #expect(error.file == path && error.place == "file")
      return error.problem
    }
  }

  @Test func aFileIsItsBytes() throws {
    let path = try folder.write("a", [1, 2, 3, 4, 5])
    let mapped = try ModelBytes(path: path)
    withExtendedLifetime(mapped) { #expect(Array(mapped.buffer) == [1, 2, 3, 4, 5]) }
    // The bytes live as long as their owner.
    let (copied, none) = (ModelBytes(copying: [7, 8]), ModelBytes(copying: []))
    withExtendedLifetime((copied, none)) {
      #expect(Array(copied.buffer) == [7, 8] && none.buffer.isEmpty)
    }
  }

  @Test func boundsOfAFile() throws {
    let path = try folder.write("a", [UInt8](repeating: 1, count: 100))
    #expect(problem(path, limit: 100) == nil)
    #expect(problem(path, limit: 99) == "100 bytes; expected 1 to 99")
    #expect(problem(try folder.write("empty", [])) == "0 bytes; expected 1 to 1048576")
  }

  @Test func whatIsNoFileIsSaid() throws {
    #expect(problem(folder.file("absent")) == "No such file or directory; fetch it with: make models")
    #expect(problem(folder.path) == "not an ordinary file" && problem("/dev/null") == "not an ordinary file")
    symlink("absent", folder.file("dangling"))
    #expect(problem(folder.file("dangling")) != nil)
  }

  @Test func aWindowIsPointwiseOnlyWhenNothingElseIsSeen() {
    #expect(Window(kernel: (1, 1), stride: (1, 1)).isPointwise)
    #expect(
      !Window(kernel: (1, 2), stride: (1, 1)).isPointwise
        && !Window(kernel: (1, 1), stride: (2, 1)).isPointwise)
    let padded = Window(kernel: (3, 3), stride: (1, 1), padding: (1, 2, 3, 4)).padded(
      top: 1, bottom: 1, left: 1, right: 1)
    #expect(padded.padding == (2, 3, 4, 5) && !padded.isPointwise)
    #expect(!Window(kernel: (1, 1), stride: (1, 1)).padded(top: 0, bottom: 0, left: 0, right: 1).isPointwise)
  }
}
