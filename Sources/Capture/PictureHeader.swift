package import Observations

/// What the header of a picture file says besides its pixels: EXIF's orientation, and whether further pictures in the
/// file belong to the first (depth, gain map, second eye).
///
/// Reads JPEG, PNG, WebP and TIFF (EXIF: CIPA DC-008, whose header is TIFF's; multi-picture: CIPA DC-007). Whatever
/// does not fit is taken as "upright": a broken header is no reason to refuse a picture. Bounded: at most 512 segments.
package struct PictureHeader: Equatable {
  /// Which side is up.
  package var orientation = PictureOrientation.upright
  /// The file holds several pictures of which only the first is shown.
  package var hasFurtherPictures = false

  /// The header of the picture in `file`.
  package init(_ file: FileBytes) {
    let start = file[0, 16]
    if start.starts(with: [0xFF, 0xD8, 0xFF]) {
      readJPEG(file)
    } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      readChunks(file, from: 8, type: "eXIf", littleEndian: false)
    } else if start.has("RIFF", at: 0), start.has("WEBP", at: 8) {
      readChunks(file, from: 12, type: "EXIF", littleEndian: true)
    } else if start.has("II", at: 0) || start.has("MM", at: 0) {
      orientation = Self.orientation(file, from: 0) ?? .upright
    }
  }

  /// JPEG: segments up to the first scan.
  private mutating func readJPEG(_ file: FileBytes) {
    var place = 2
    for _ in 0..<512 {
      let head = file[place, 18]
      guard head.count >= 4, head[0] == 0xFF else { return }
      if head[1] == 0xFF {  // A fill byte.
        place += 1
        continue
      }
      guard let length = head.number(at: 2, size: 2), length >= 2, head[1] != 0xDA, head[1] != 0xD9 else {
        return
      }
      if head[1] == 0xE1, head.has("Exif\0\0", at: 4) {
        orientation = Self.orientation(file, from: place + 10) ?? orientation
      }
      if head[1] == 0xE2, head.has("MPF\0", at: 4) { hasFurtherPictures = true }
      place += 2 + length
    }
  }

  /// PNG (length, type, data, checksum) and RIFF (type, length, data, padding): the first chunk of `type`.
  private mutating func readChunks(_ file: FileBytes, from start: Int, type: String, littleEndian: Bool) {
    var place = start
    for _ in 0..<512 {
      let head = file[place, 14]
      guard head.count >= 8,
        let length = head.number(at: littleEndian ? 4 : 0, size: 4, littleEndian: littleEndian)
      else { return }
      if head.has(type, at: littleEndian ? 0 : 4) {
        // Some programs leave JPEG's mark before the header.
        let mark = head.has("Exif\0\0", at: 8) ? 6 : 0
        orientation = Self.orientation(file, from: place + 8 + mark) ?? .upright
        return
      }
      place += littleEndian ? 8 + length + length % 2 : 12 + length
    }
  }

  /// Tag 274 of the first directory of the TIFF header at `base`.
  private static func orientation(_ file: FileBytes, from base: Int) -> PictureOrientation? {
    let head = file[base, 8]
    let little = head.has("II", at: 0)
    guard little || head.has("MM", at: 0), head.number(at: 2, size: 2, littleEndian: little) == 42,
      let first = head.number(at: 4, size: 4, littleEndian: little),
      let count = file[base + first, 2].number(at: 0, size: 2, littleEndian: little)
    else { return nil }
    let entries = file[base + first + 2, min(count, 512) * 12]
    for place in stride(from: 0, to: entries.count - 11, by: 12) {
      func value(_ offset: Int, _ size: Int) -> Int? {
        entries.number(at: place + offset, size: size, littleEndian: little)
      }
      // A SHORT (type 3); some programs write a LONG (type 4).
      guard value(0, 2) == 274, let type = value(2, 2), type == 3 || type == 4 else { continue }
      return value(8, type == 3 ? 2 : 4).flatMap { PictureOrientation(rawValue: $0) }
    }
    return nil
  }
}
