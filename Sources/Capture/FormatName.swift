/// Names formats by their first bytes, so that a file that cannot be read is called what it is, with what to do.
enum FormatName {
  /// A sentence about a file that no decoder here reads; nil when its format is not known either.
  static func sentence(_ file: FileBytes) -> String? {
    let start = file[0, 64]
    let advice = "convert it to JPEG or PNG, or a recording to MP4"
    if isAnimatedWebP(start) {
      return "an animated WebP, which cannot be decoded here; convert it to GIF or MP4"
    }
    if let name = picture(start) { return "a \(name) picture, which cannot be decoded here; \(advice)" }
    if let name = other(start) { return "\(name), not a photo or video; give a JPEG, PNG or MP4 file" }
    return nil
  }

  /// Whether the bytes begin a WebP file with frames: VP8X with the animation flag (RFC 9649, 2.7).
  static func isAnimatedWebP(_ start: [UInt8]) -> Bool {
    start.has("RIFF", at: 0) && start.has("WEBP", at: 8) && start.has("VP8X", at: 12)
      && start.count > 20 && start[20] & 2 != 0
  }

  private static func picture(_ start: [UInt8]) -> String? {
    if start.starts(with: [0xFF, 0x0A]) || start.has("JXL ", at: 4) { return "JPEG XL" }
    if start.has("jP  ", at: 4) || start.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) { return "JPEG 2000" }
    if start.has("8BPS", at: 0) { return "Photoshop" }
    if start.has("ftypcrx ", at: 4) || start.has("FUJIFILMCCD-RAW", at: 0) || start.has("FOVb", at: 0) {
      return "camera raw"
    }
    if start.has("<svg", at: 0) { return "SVG" }
    if start.starts(with: [0, 0, 1, 0]) { return "Windows icon" }
    if start.starts(with: [0x76, 0x2F, 0x31, 0x01]) { return "OpenEXR" }
    if start.has("SDPX", at: 0) || start.has("XPDS", at: 0) { return "DPX" }
    if start.has("DDS ", at: 0) { return "DirectDraw" }
    return nil
  }

  private static func other(_ start: [UInt8]) -> String? {
    if start.has("%PDF", at: 0) { return "a PDF document" }
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return "a ZIP archive or office document" }
    if start.starts(with: [0x1F, 0x8B]) { return "a gzip archive" }
    if start.has("ID3", at: 0) || start.has("fLaC", at: 0) { return "a sound file" }
    if start.has("RIFF", at: 0), start.has("WAVE", at: 8) { return "a sound file" }
    if start.starts(with: [0xFF, 0xFB]) || start.starts(with: [0xFF, 0xF3]) { return "a sound file" }
    return start.has("<", at: 0) ? "a text or web page" : nil
  }
}
