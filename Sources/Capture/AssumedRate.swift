/// Whether a file says how fast its frames follow each other, or FFmpeg's readers assume 25 a second.
enum AssumedRate {
  /// Raw streams have no times; those of H.264 and H.265 may carry a rate inside, which the decoder tells later.
  private static let raw = ["mjpeg", "jpeg_pipe", "h264", "hevc"]

  /// Whether the rate of the container called `name` is assumed, as far as its own bytes show.
  static func isAssumed(container name: String, _ file: FileBytes) -> Bool {
    if raw.contains(name) { return true }
    if name == "avi" { return !hasRateOfAVI(file[0, 1 << 16]) }
    if name == "yuv4mpegpipe" { return !hasRateOfY4M(file[0, 256]) }
    return false
  }

  /// AVI: `dwScale` and `dwRate` of the video's stream header, else `dwMicroSecPerFrame` of the main header.
  private static func hasRateOfAVI(_ start: [UInt8]) -> Bool {
    var place = 12
    var period = 0
    while place + 8 <= start.count {
      let length = start.number(at: place + 4, size: 4, littleEndian: true) ?? 0
      if start.has("LIST", at: place) {
        guard !start.has("movi", at: place + 8) else { break }
        place += 12
        continue
      }
      if start.has("avih", at: place) {
        period = start.number(at: place + 8, size: 4, littleEndian: true) ?? 0
      }
      if start.has("strh", at: place), start.has("vids", at: place + 8) {
        let scale = start.number(at: place + 28, size: 4, littleEndian: true) ?? 0
        let rate = start.number(at: place + 32, size: 4, littleEndian: true) ?? 0
        if scale > 0, rate > 0 { return true }
      }
      place += 8 + length + length % 2
    }
    return period > 0
  }

  /// YUV4MPEG2: the word `F` and a ratio above zero.
  private static func hasRateOfY4M(_ start: [UInt8]) -> Bool {
    let words = start.prefix { $0 != 10 }.split(separator: 32)
    guard let rate = words.first(where: { $0.first == UInt8(ascii: "F") }) else { return false }
    return rate.dropFirst().first.map { $0 != UInt8(ascii: "0") } ?? false
  }
}
