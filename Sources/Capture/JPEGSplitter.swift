/// Cuts a stream of bytes into JPEG pictures: from a start marker (FF D8 FF) to the end marker (FF D9) of the same
/// picture. Bytes between pictures are skipped. Bounded: a picture larger than `limit` is thrown away and counted.
struct JPEGSplitter {
  /// Largest picture kept, in bytes.
  let limit: Int
  /// Pictures thrown away because they were larger.
  private(set) var oversized: UInt64 = 0
  private var buffer: [UInt8] = []
  private var scanned = 0

  init(limit: Int = 32 << 20) { self.limit = limit }

  /// Adds bytes of the stream.
  mutating func append(_ bytes: some Collection<UInt8>) { buffer.append(contentsOf: bytes) }

  /// The next whole picture; nil when more bytes are needed.
  mutating func next() -> [UInt8]? {
    guard let start = findStart() else {
      // Keep two bytes: a start marker may be cut by the end of the bytes so far.
      buffer.removeFirst(max(0, buffer.count - 2))
      scanned = 0
      return nil
    }
    if start > 0 {
      buffer.removeFirst(start)
      scanned = 0
    }
    var place = max(scanned, 2)
    while place + 1 < buffer.count {
      if buffer[place] == 0xFF, buffer[place + 1] == 0xD9 {
        let picture = Array(buffer[0..<place + 2])
        buffer.removeFirst(place + 2)
        scanned = 0
        return picture
      }
      // A new start marker before the end: the first picture was cut off.
      if place > 3, buffer[place] == 0xFF, buffer[place + 1] == 0xD8, place + 2 < buffer.count,
        buffer[place + 2] == 0xFF, !isThumbnail(place)
      {
        buffer.removeFirst(place)
        place = 2
        continue
      }
      place += 1
    }
    scanned = max(2, place - 1)
    if buffer.count > limit {
      oversized += 1
      buffer.removeAll(keepingCapacity: false)
      scanned = 0
    }
    return nil
  }

  /// A start marker inside the first 64 KiB may be a thumbnail in the picture's metadata.
  private func isThumbnail(_ place: Int) -> Bool {
    place < 65_600 && buffer.count > 3 && (buffer[3] == 0xE1 || buffer[3] == 0xE0)
  }

  private func findStart() -> Int? {
    guard buffer.count >= 3 else { return nil }
    for place in 0...(buffer.count - 3)
    where buffer[place] == 0xFF && buffer[place + 1] == 0xD8 && buffer[place + 2] == 0xFF {
      return place
    }
    return nil
  }
}
