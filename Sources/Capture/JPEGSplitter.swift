/// Cuts a stream of bytes into JPEG pictures by walking their markers (ITU-T T.81, annex B).
///
/// A picture runs from its start marker to its own end marker: segments are skipped by their length, so that a
/// thumbnail's end marker inside them is no end. Bytes between pictures (multipart headers, rubbish) are skipped.
/// Bounded: a picture larger than `limit` is thrown away and counted. Cost: each byte is looked at once.
package struct JPEGSplitter {
  /// Largest picture kept, in bytes.
  package let limit: Int
  /// Pictures thrown away because they were larger than the limit.
  package private(set) var oversized: UInt64 = 0
  /// Pictures that broke off: another began, or a marker came that cannot be.
  package private(set) var broken: UInt64 = 0
  private var buffer: [UInt8] = []
  /// Where the picture in progress begins; what lies before is spent.
  private var start = 0
  /// The next byte to look at.
  private var place = 0
  private var phase = Phase.searching
  /// Whether data of the picture in progress have come: only few markers may follow.
  private var hasData = false

  private enum Phase {
    /// Looking for FF D8 FF.
    case searching
    /// At a marker of a picture, before or behind the first data.
    case marker
    /// In entropy-coded data, up to the next marker.
    case data
  }

  /// A splitter that keeps pictures of at most `limit` bytes.
  package init(limit: Int = 32 << 20) { self.limit = limit }

  /// Adds bytes of the stream.
  package mutating func append(_ bytes: some Collection<UInt8>) {
    if start > 0 {
      buffer.removeFirst(start)
      place -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole picture; nil when more bytes are needed.
  package mutating func next() -> ArraySlice<UInt8>? {
    while true {
      switch phase {
      case .searching:
        guard search() else { return nil }
      case .marker:
        switch readMarker() {
        case .more: return nil
        case .goOn: continue
        case .end: return finish()
        }
      case .data:
        guard skipData() else { return nil }
      }
      if place - start > limit { dropOversized() }
    }
  }

  /// The stream has ended: a picture in progress broke off.
  package mutating func end() {
    if phase != .searching { breakOff() }
  }

  private mutating func finish() -> ArraySlice<UInt8> {
    let picture = buffer[start..<place]
    start = place
    phase = .searching
    return picture
  }

  /// Gives the picture in progress up; the next one is looked for from here.
  private mutating func breakOff() {
    broken += 1
    start = place
    phase = .searching
  }

  private mutating func dropOversized() {
    oversized += 1
    start = place
    phase = .searching
  }

  private mutating func search() -> Bool {
    while place + 2 < buffer.count {
      if buffer[place] == 0xFF, buffer[place + 1] == 0xD8, buffer[place + 2] == 0xFF {
        start = place
        place += 2
        phase = .marker
        hasData = false
        return true
      }
      place += 1
    }
    start = place
    return false
  }

  private enum Step { case more, goOn, end }

  private mutating func readMarker() -> Step {
    guard place + 1 < buffer.count else { return waiting }
    guard buffer[place] == 0xFF else {
      breakOff()
      return .goOn
    }
    switch buffer[place + 1] {
    case 0xFF: place += 1  // A fill byte.
    case 0xD9:
      place += 2
      return .end
    case 0xD8: breakOff()  // Another picture begins: this one broke off.
    case 0x01, 0xD0...0xD7: place += 2
    case 0x00: breakOff()
    // Damaged data look like markers: what cannot follow data is data, and the decoder will say what it is worth.
    case let marker where hasData && !Self.mayFollowData(marker):
      place += 2
      phase = .data
    case let marker:
      guard place + 3 < buffer.count else { return waiting }
      let length = Int(buffer[place + 2]) << 8 | Int(buffer[place + 3])
      guard length >= 2 else {
        breakOff()
        return .goOn
      }
      // The segment's bytes may still have to come; looking goes on behind them.
      guard place + 2 + length <= buffer.count else { return waiting }
      if hasData, let next = Self.start(in: buffer[place + 4..<place + 2 + length]) {
        // A segment between data that holds another picture's start is none: this picture broke off before it.
        place = next
        breakOff()
        return .goOn
      }
      place += 2 + length
      if marker == 0xDA {
        phase = .data
        hasData = true
      }
    }
    return .goOn
  }

  /// Tables, comments, application data, another scan, number of lines, restart interval (T.81, table B.1).
  private static func mayFollowData(_ marker: UInt8) -> Bool {
    [0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE].contains(marker) || (0xE0...0xEF).contains(marker)
  }

  /// Where FF D8 FF stands in `bytes`.
  private static func start(in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count > 2 else { return nil }
    return (bytes.startIndex..<bytes.endIndex - 2).first {
      bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 && bytes[$0 + 2] == 0xFF
    }
  }

  /// More bytes are needed; a picture that is too large already is not waited for.
  private var waiting: Step {
    mutating get {
      guard buffer.count - start > limit else { return .more }
      place = buffer.count
      dropOversized()
      return .goOn
    }
  }

  private mutating func skipData() -> Bool {
    while place + 1 < buffer.count {
      if buffer[place] == 0xFF {
        let next = buffer[place + 1]
        // A stuffed zero and restart markers belong to the data.
        if next != 0, !(0xD0...0xD7).contains(next) {
          phase = .marker
          return true
        }
        place += 1
      }
      place += 1
    }
    if place - start > limit {
      dropOversized()
      return true
    }
    return false
  }
}
