import Capture
import Testing

/// A JPEG picture's bytes with every kind of segment, made by hand; not decodable, but well formed.
private func picture(_ mark: UInt8, thumbnail: Bool = false) -> [UInt8] {
  var bytes: [UInt8] = [0xFF, 0xD8]
  // An application segment; with a thumbnail it holds a whole small picture.
  let inner: [UInt8] = thumbnail ? [0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 1, 2, 0xFF, 0xD9] : [1, 2, 3]
  bytes += [0xFF, 0xE1, 0, UInt8(2 + inner.count)] + inner
  bytes += [0xFF, 0xFF, 0xDB, 0, 4, mark, mark]
  bytes += [0xFF, 0xDA, 0, 3, 1]
  bytes += [mark, 0xFF, 0x00, 7, 0xFF, 0xD0, 8, 0xFF, 0xD7, 9]
  return bytes + [0xFF, 0xD9]
}

/// Everything a splitter finds in `bytes`, fed in pieces of `size`.
private func split(_ bytes: [UInt8], pieces size: Int, limit: Int = 1 << 20) -> (
  pictures: [[UInt8]], splitter: JPEGSplitter
) {
  var splitter = JPEGSplitter(limit: limit)
  var pictures: [[UInt8]] = []
  for start in stride(from: 0, to: bytes.count, by: size) {
    splitter.append(bytes[start..<min(start + size, bytes.count)])
    while let found = splitter.next() { pictures.append(Array(found)) }
  }
  return (pictures, splitter)
}

@Suite struct JPEGSplitterTests {
  @Test(arguments: [1, 2, 3, 7, 64, 4096]) func picturesAreFoundHoweverTheBytesCome(size: Int) {
    let boundary = Array("\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n".utf8)
    let wanted = [picture(1), picture(2, thumbnail: true), picture(3)]
    let stream = wanted.flatMap { boundary + $0 } + boundary
    let (pictures, splitter) = split(stream, pieces: size)
    #expect(pictures == wanted)
    #expect(splitter.broken == 0 && splitter.oversized == 0)
  }

  @Test(arguments: [1, 5, 100]) func aPictureThatBreaksOffIsCountedAndTheNextIsFound(size: Int) {
    let cut = Array(picture(1).dropLast(4))
    let (pictures, splitter) = split(cut + picture(2), pieces: size)
    #expect(pictures == [picture(2)])
    #expect(splitter.broken >= 1)
  }

  @Test func memoryIsBounded() {
    let endless: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + [UInt8](repeating: 5, count: 5000)
    let (pictures, splitter) = split(endless + picture(9), pieces: 100, limit: 1000)
    #expect(splitter.oversized >= 1)
    #expect(pictures == [picture(9)])
  }

  /// Whatever comes, the splitter stays within its limits and finds a good picture behind it.
  @Test(arguments: 1...40) func fuzzedStreams(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    for _ in 0..<60 {
      var part = picture(UInt8.random(in: 0...255, using: &random), thumbnail: Bool.random(using: &random))
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        part[Int.random(in: 0..<part.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes += part.prefix(Int.random(in: 1...part.count, using: &random))
    }
    // Two good ones: the first may be taken for the rest of a broken segment, which is at most 64 KiB long.
    let rest = [UInt8](repeating: 0, count: 70_000) + picture(77)
    let (pictures, _) = split(bytes + rest, pieces: Int.random(in: 1...300, using: &random), limit: 1 << 17)
    #expect(pictures.last == picture(77))
    #expect(pictures.allSatisfy { $0.starts(with: [0xFF, 0xD8, 0xFF]) && $0.suffix(2) == [0xFF, 0xD9] })
  }
}

/// Damage inside a picture costs that picture and no other.
@Suite struct JPEGSplitterDamageTests {
  @Test func aFalseSegmentInTheDataDoesNotSwallowTheNextPicture() {
    // FF C5 with a length that reaches over the next picture; and a comment (which may follow data) of that length.
    for marker in [UInt8(0xC5), 0xFE] {
      var spoilt = picture(1)
      let place = spoilt.count - 6
      spoilt.replaceSubrange(place..<place, with: [0xFF, marker, 0, 60])
      let (pictures, splitter) = split(spoilt + picture(2) + picture(3), pieces: 5)
      #expect(pictures.suffix(2) == [picture(2), picture(3)])
      #expect(pictures.count + Int(splitter.broken) == 3)
    }
  }

  @Test func aPictureThatTheEndCutsIsCounted() {
    var splitter = JPEGSplitter()
    splitter.append(picture(1) + picture(2).dropLast(5))
    #expect(splitter.next() == picture(1)[...])
    #expect(splitter.next() == nil)
    splitter.end()
    #expect(splitter.broken == 1)
  }
}
