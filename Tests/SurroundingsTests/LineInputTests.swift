import Foundation
import Surroundings
import Testing

/// Pieces from a pipe, however the bytes arrive.
@Suite struct LineInputTests {
  /// Reads everything of a pipe whose writer writes `pieces` one by one from another thread.
  private func lines(_ pieces: [[UInt8]], separator: UInt8 = 0x0A) throws -> [[UInt8]] {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let writer = Thread {
      for piece in pieces { _ = piece.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) } }
      close(writing)
    }
    writer.start()
    defer { close(reading) }
    let input = LineInput(descriptor: reading, separator: separator)
    var found: [[UInt8]] = []
    while let line = input.next() { found.append(line) }
    // The end stays the end.
    #expect(input.next() == nil)
    return found
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func linesAreCutAtTheirFeeds() throws {
    #expect(try lines([bytes("a\nbc\n")]) == [bytes("a"), bytes("bc")])
    #expect(try lines([bytes("a"), bytes("b\n"), bytes("\n"), bytes("c")]) == [bytes("ab"), [], bytes("c")])
    #expect(try lines([]) == [] && lines([bytes("\n")]) == [[]])
  }

  @Test func aLastLineWithoutAnEndIsOne() throws {
    #expect(try lines([bytes("a\nb")]) == [bytes("a"), bytes("b")])
  }

  @Test func anotherSeparatorAndAnyBytes() throws {
    #expect(try lines([[1, 0, 0xFF, 0x0A, 0]], separator: 0) == [[1], [0xFF, 0x0A]])
  }

  /// Longer than the buffer and than the pipe.
  @Test func aLongLineArrivesWhole() throws {
    let long = [UInt8](repeating: 0x78, count: 300_000)
    #expect(try lines([long, [0x0A, 0x79]]) == [long, [0x79]])
  }
}
