package import Observations
package import Quantities

/// The index of a HEIF or AVIF picture: which item is shown, where its bytes lie, of which tiles it is made.
///
/// Reads the boxes of ISO/IEC 23008-12 (HEIF) on ISO/IEC 14496-12: `ftyp`, `meta` with `pitm`, `iinf`, `iloc`, `iref`,
/// `iprp` and `idat`. Everything is checked: a place outside the file, a loop or a number that cannot be is a nil or an
/// error with the box's name. Bounded: 16 MiB of index, 4096 items. Cost: one pass over the index.
package struct HEIFContainer {
  /// Why the index cannot be used.
  package struct Problem: Error, Equatable { package let words: String }

  /// One coded or derived picture.
  struct Item {
    var type = ""
    var isInIndex = false
    var extents: [(offset: Int, length: Int)] = []
    var properties: [Int] = []
  }

  /// A picture that is to be put together.
  package struct Picture {
    /// Codec, as the item's type: `hvc1` or `av01`.
    package let type: String
    /// The decoder's set-up: the contents of `hvcC` or `av1C`.
    package let setUp: [UInt8]
    /// The coded tiles, row by row; one when there is no grid.
    package let tiles: [[UInt8]]
    /// Columns of tiles.
    package let columns: Int
    /// Size of the whole, in pixels.
    package let size: PixelSize
    /// How it is turned to stand upright (`irot`, `imir`).
    package let orientation: PictureOrientation
    /// `pasp`: width to height of a pixel.
    package let aspect: (horizontal: Int, vertical: Int)
    /// `colr` of kind `nclx`: primaries, transfer, matrix (ISO/IEC 23091-2), and whether the range is full.
    package let colors: (primaries: Int, transfer: Int, matrix: Int, isFull: Bool)?
  }

  private static let stillBrands = ["heic", "heix", "heim", "heis", "mif1", "avif", "miaf"]
  private static let largestIndex = 1 << 24
  private static let mostItems = 4096

  private let file: FileBytes
  private var items: [Int: Item] = [:]
  private var primary = 0
  private var tilesOf: [Int: [Int]] = [:]
  private var boxes: [Box] = []
  private var embedded: [UInt8] = []

  /// One box: its type and what it holds.
  private struct Box {
    let type: String
    let body: ArraySlice<UInt8>
    /// What follows version and flags.
    var inner: ArraySlice<UInt8> { body.dropFirst(4) }
    var version: Int { body.number(at: 0, size: 1) ?? 0 }
    var flags: Int { body.number(at: 1, size: 3) ?? 0 }
  }

  /// Whether the file begins as a HEIF or AVIF still picture; sequences (which have `moov` as videos do) are not.
  package static func isPicture(_ file: FileBytes) -> Bool {
    let start = file[0, 256]
    guard start.has("ftyp", at: 4), let length = start.number(at: 0, size: 4), length >= 16 else {
      return false
    }
    let brands = stride(from: 8, to: min(length, start.count) - 3, by: 4).filter { $0 != 12 }
      .compactMap { String(validating: start[$0..<$0 + 4], as: UTF8.self) }
    guard brands.contains(where: stillBrands.contains) else { return false }
    return !(brands.first.map { ["avis", "hevc", "hevx", "msf1"].contains($0) } ?? false)
  }

  /// Reads the index.
  package init(_ file: FileBytes) throws(Problem) {
    self.file = file
    guard let meta = try Self.metaBox(file) else { throw Problem(words: "has no index of pictures (meta)") }
    for box in Self.boxes(meta.inner) {
      switch box.type {
      case "pitm": primary = box.inner.number(at: 0, size: box.version == 0 ? 2 : 4) ?? 0
      case "iinf": readNames(box)
      case "iloc": readPlaces(box)
      case "iref": readReferences(box)
      case "iprp": readProperties(box)
      case "idat": embedded = Array(box.body)
      default: break
      }
    }
  }

  private static func metaBox(_ file: FileBytes) throws(Problem) -> Box? {
    var place = 0
    for _ in 0..<64 {
      let head = file[place, 16]
      guard head.count >= 8, var length = head.number(at: 0, size: 4) else { return nil }
      var start = 8
      if length == 1 {
        guard let long = head.number(at: 9, size: 7), head[8] == 0 else { return nil }
        (length, start) = (long, 16)
      }
      if length == 0 { length = file.count - place }
      guard length >= start else { return nil }
      if head.has("meta", at: 4) {
        guard length <= largestIndex else { throw Problem(words: "has an index larger than 16 MiB") }
        return Box(type: "meta", body: file[place + start, length - start][...])
      }
      place += length
    }
    return nil
  }

  private static func boxes(_ bytes: ArraySlice<UInt8>) -> [Box] {
    var found: [Box] = []
    var place = 0
    while place + 8 <= bytes.count, found.count < 2 * mostItems {
      guard let length = bytes.number(at: place, size: 4), length >= 8, place + length <= bytes.count else {
        break
      }
      let start = bytes.startIndex + place
      let type = String(decoding: bytes[start + 4..<start + 8], as: UTF8.self)
      found.append(Box(type: type, body: bytes[start + 8..<start + length]))
      place += length
    }
    return found
  }

  private mutating func readNames(_ box: Box) {
    for entry in Self.boxes(box.inner.dropFirst(box.version == 0 ? 2 : 4)) where entry.type == "infe" {
      let wide = entry.version >= 3
      guard entry.version >= 2, let id = entry.inner.number(at: 0, size: wide ? 4 : 2),
        items.count < Self.mostItems
      else { continue }
      let type = entry.inner.dropFirst(wide ? 6 : 4).prefix(4)
      items[id, default: Item()].type = String(decoding: type, as: UTF8.self)
    }
  }

  /// `iloc`: sizes of its numbers, then for each item its extents.
  private mutating func readPlaces(_ box: Box) {
    let bytes = box.inner
    var place = 0
    func next(_ size: Int) -> Int? {
      guard size > 0 else { return size == 0 ? 0 : nil }
      // Numbers of eight bytes are read without their first, which must be 0 in any real file.
      let value =
        size == 8 ? bytes.number(at: place + 1, size: 7) : bytes.number(at: place, size: size)
      place += size
      return value
    }
    guard let sizes = next(2) else { return }
    let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
    let indexSize = box.version == 0 ? 0 : sizes & 15
    guard [offsetSize, lengthSize, baseSize, indexSize].allSatisfy([0, 4, 8].contains),
      let count = next(box.version < 2 ? 2 : 4)
    else { return }
    for _ in 0..<min(count, Self.mostItems) {
      guard let id = next(box.version < 2 ? 2 : 4), let method = box.version == 0 ? 0 : next(2),
        next(2) != nil, let base = next(baseSize), let extents = next(2)
      else { return }
      var item = items[id] ?? Item()
      item.isInIndex = method & 15 == 1
      for _ in 0..<min(extents, 1024) {
        guard next(indexSize) != nil, let offset = next(offsetSize), let length = next(lengthSize) else {
          return
        }
        item.extents.append((base + offset, length))
      }
      items[id] = item
    }
  }

  private mutating func readReferences(_ box: Box) {
    let size = box.version == 0 ? 2 : 4
    for entry in Self.boxes(box.inner) where entry.type == "dimg" {
      guard let from = entry.body.number(at: 0, size: size), let count = entry.body.number(at: size, size: 2)
      else { continue }
      tilesOf[from] = (0..<min(count, Self.mostItems)).compactMap {
        entry.body.number(at: size + 2 + $0 * size, size: size)
      }
    }
  }

  private mutating func readProperties(_ box: Box) {
    for part in Self.boxes(box.body) {
      if part.type == "ipco" { boxes = Self.boxes(part.body) }
      guard part.type == "ipma", let count = part.inner.number(at: 0, size: 4) else { continue }
      let (idSize, wide) = (part.version == 0 ? 2 : 4, part.flags & 1 == 1)
      var place = 4
      for _ in 0..<min(count, Self.mostItems) {
        guard let id = part.inner.number(at: place, size: idSize),
          let links = part.inner.number(at: place + idSize, size: 1)
        else { break }
        place += idSize + 1
        for _ in 0..<links {
          guard let link = part.inner.number(at: place, size: wide ? 2 : 1) else { break }
          place += wide ? 2 : 1
          items[id]?.properties.append((link & (wide ? 0x7FFF : 0x7F)) - 1)
        }
      }
    }
  }
}

// MARK: The picture that is shown

extension HEIFContainer {
  /// The primary picture with its tiles' bytes.
  package func picture() throws(Problem) -> Picture {
    guard let item = items[primary] else { throw Problem(words: "does not say which picture is shown") }
    var (parts, columns, size) = ([item], 1, Self.size(properties(of: item)))
    if item.type == "grid" {
      let ids = tilesOf[primary] ?? []
      parts = ids.compactMap { items[$0] }
      let grid = try Self.grid(try bytes(of: item))
      columns = grid.columns
      size = grid.size
      guard parts.count == ids.count, parts.count == grid.columns * grid.rows, grid.columns > 0 else {
        throw Problem(words: "says its tiles wrongly")
      }
    }
    guard let first = parts.first, ["hvc1", "av01"].contains(first.type),
      parts.allSatisfy({ $0.type == first.type })
    else {
      throw Problem(
        words: "is coded as \(Self.printable(parts.first?.type ?? item.type)), which is not known here")
    }
    let configuration = first.type == "hvc1" ? "hvcC" : "av1C"
    guard let setUp = properties(of: first).first(where: { $0.type == configuration }), let size,
      (1...16384).contains(size.width), (1...16384).contains(size.height)
    else { throw Problem(words: "does not say its size or its decoder's set-up") }
    var tiles: [[UInt8]] = []
    for part in parts { tiles.append(try bytes(of: part)) }
    let all = properties(of: item) + (item.type == "grid" ? properties(of: first) : [])
    return Picture(
      type: first.type, setUp: Array(setUp.body), tiles: tiles, columns: columns, size: size,
      orientation: Self.orientation(properties(of: item)), aspect: Self.aspect(all), colors: Self.colors(all))
  }

  private static func printable(_ type: String) -> String {
    type.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  private func properties(of item: Item) -> [Box] {
    item.properties.compactMap { boxes.indices.contains($0) ? boxes[$0] : nil }
  }

  private func bytes(of item: Item) throws(Problem) -> [UInt8] {
    var result: [UInt8] = []
    for extent in item.extents {
      let length = extent.length == 0 && !item.isInIndex ? file.count - extent.offset : extent.length
      guard extent.offset >= 0, length >= 0, result.count + length <= Self.largestIndex * 4 else {
        throw Problem(words: "gives a place outside the file")
      }
      let part =
        item.isInIndex
        ? Array(embedded.dropFirst(extent.offset).prefix(length)) : pieces(extent.offset, length)
      guard part.count == length else { throw Problem(words: "is cut off: a part lies behind its end") }
      result += part
    }
    return result
  }

  private func pieces(_ offset: Int, _ length: Int) -> [UInt8] {
    var (result, place): ([UInt8], Int) = ([], offset)
    while result.count < length {
      let more = file[place, length - result.count]
      guard !more.isEmpty else { break }
      result += more
      place += more.count
    }
    return result
  }

  /// `grid`: version, flags (1: numbers of four bytes), rows - 1, columns - 1, width, height.
  private static func grid(_ bytes: [UInt8]) throws(Problem) -> (rows: Int, columns: Int, size: PixelSize) {
    let size = (bytes.number(at: 1, size: 1) ?? 0) & 1 == 1 ? 4 : 2
    guard let rows = bytes.number(at: 2, size: 1), let columns = bytes.number(at: 3, size: 1),
      let width = bytes.number(at: 4, size: size), let height = bytes.number(at: 4 + size, size: size),
      (rows + 1) * (columns + 1) <= 1024
    else { throw Problem(words: "has a grid of tiles that cannot be read") }
    return (rows + 1, columns + 1, PixelSize(width: width, height: height))
  }

  private static func size(_ properties: [Box]) -> PixelSize? {
    guard let box = properties.first(where: { $0.type == "ispe" }),
      let width = box.inner.number(at: 0, size: 4), let height = box.inner.number(at: 4, size: 4)
    else { return nil }
    return PixelSize(width: width, height: height)
  }

  /// `irot` (quarter turns counterclockwise) and `imir` (0: top and bottom change places, 1: left and right), in the
  /// order in which they stand.
  private static func orientation(_ properties: [Box]) -> PictureOrientation {
    var result = PictureOrientation.upright
    for box in properties {
      let value = box.body.number(at: 0, size: 1) ?? 0
      if box.type == "imir" { result = result.then(value & 1 == 0 ? .flipped : .mirrored) }
      if box.type == "irot" {
        let turns: [PictureOrientation] = [.upright, .quarterCounterclockwise, .halfTurn, .quarterClockwise]
        result = result.then(turns[value & 3])
      }
    }
    return result
  }

  private static func aspect(_ properties: [Box]) -> (horizontal: Int, vertical: Int) {
    guard let box = properties.first(where: { $0.type == "pasp" }),
      let horizontal = box.body.number(at: 0, size: 4), let vertical = box.body.number(at: 4, size: 4)
    else { return (0, 1) }
    return (horizontal, vertical)
  }

  private static func colors(
    _ properties: [Box]
  ) -> (primaries: Int, transfer: Int, matrix: Int, isFull: Bool)? {
    guard let box = properties.first(where: { $0.type == "colr" && $0.body.has("nclx", at: 0) }),
      let primaries = box.body.number(at: 4, size: 2), let transfer = box.body.number(at: 6, size: 2),
      let matrix = box.body.number(at: 8, size: 2), let range = box.body.number(at: 10, size: 1),
      [primaries, transfer, matrix].allSatisfy({ $0 < 256 })
    else { return nil }
    return (primaries, transfer, matrix, range & 128 != 0)
  }
}
