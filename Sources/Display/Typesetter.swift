internal import CSDL2
public import Overlay
import Quantities
import Synchronization

/// A line of text as coverage: how much of each pixel the letters cover.
package final class TextBitmap {
  /// Columns and rows.
  package let width, height: Int
  /// Rows above the base line.
  package let ascent: Int
  /// width x height values, 0...255.
  package let coverage: [UInt8]

  init(width: Int, height: Int, ascent: Int, coverage: [UInt8]) {
    (self.width, self.height, self.ascent, self.coverage) = (width, height, ascent, coverage)
  }
}

/// Shapes and rasterizes lines of text with SDL2_ttf (FreeType and HarfBuzz); keeps what it made.
///
/// Not thread-safe: one owner. Fonts are closed in `deinit`. Bitmaps unused for 240 sweeps (frames) are let go.
/// Cost: about 50 µs for a new line, a dictionary look-up for a known one.
public final class Typesetter: TextMetrics {
  private struct Key: Hashable {
    let text: String
    let style: TextStyle
    let rightToLeft: Bool
  }

  private struct Entry<Value> {
    let value: Value
    var lastUse: Int
  }

  private struct Face: Hashable {
    let path: String
    let size: Int
  }

  private let files: FontFiles
  private var fonts: [Face: OpaquePointer] = [:]
  private var bitmaps: [Key: Entry<TextBitmap>] = [:]
  private var widths: [Key: Entry<Float>] = [:]
  private var sweeps = 0

  /// FreeType's library handle inside SDL2_ttf is shared by all threads of the process.
  private static let lock = Mutex(false)

  /// Opens the fonts; throws when one cannot be read or Arabic cannot be shaped.
  public init(_ files: FontFiles) throws(DisplayError) {
    self.files = files
    let failure: DisplayError? = Self.lock.withLock { isReady in
      if !isReady, TTF_Init() != 0 { return .fontUnreadable(path: files.latin, reason: Self.lastError) }
      isReady = true
      var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
      TTF_GetHarfBuzzVersion(&major, &minor, &patch)
      return major == 0 ? .shapingMissing : nil
    }
    if let failure { throw failure }
    for path in [files.latin, files.latinBold, files.arabic, files.arabicBold] {
      _ = try font(Face(path: path, size: 14), isArabic: path == files.arabic || path == files.arabicBold)
    }
  }

  deinit {
    Self.lock.withLock { _ in
      for font in fonts.values { TTF_CloseFont(font) }
    }
  }

  /// Width of one line in canvas pixels; 0 for a text that cannot be shaped.
  public func width(of text: String, style: TextStyle, rightToLeft: Bool) -> Float {
    let key = Key(text: text, style: style, rightToLeft: rightToLeft)
    if let entry = widths[key] {
      widths[key]?.lastUse = sweeps
      return entry.value
    }
    var width = 0
    for run in visualRuns(text, rightToLeft: rightToLeft) {
      guard let font = try? font(run, style) else { continue }
      var (w, h): (Int32, Int32) = (0, 0)
      Self.lock.withLock { _ in _ = TTF_SizeUTF8(font, run.text, &w, &h) }
      width += Int(w)
    }
    widths[key] = Entry(value: Float(width), lastUse: sweeps)
    return Float(width)
  }

  /// The line's coverage; nil when there is nothing to see.
  package func bitmap(_ run: TextRun) -> TextBitmap? {
    let key = Key(text: run.text, style: run.style, rightToLeft: run.rightToLeft)
    if let entry = bitmaps[key] {
      bitmaps[key]?.lastUse = sweeps
      return entry.value
    }
    guard let bitmap = rasterize(run) else { return nil }
    bitmaps[key] = Entry(value: bitmap, lastUse: sweeps)
    return bitmap
  }

  /// Call once a frame: lets go of what was not used for 240 frames.
  package func sweep() {
    sweeps += 1
    guard sweeps % 60 == 0 else { return }
    bitmaps = bitmaps.filter { sweeps - $0.value.lastUse < 240 }
    widths = widths.filter { sweeps - $0.value.lastUse < 240 }
  }

  private func font(_ run: DirectionalRun, _ style: TextStyle) throws(DisplayError) -> OpaquePointer {
    let path =
      run.isArabic
      ? (style.bold ? files.arabicBold : files.arabic) : (style.bold ? files.latinBold : files.latin)
    return try font(Face(path: path, size: min(style.size, 400)), isArabic: run.isArabic)
  }

  private func font(_ face: Face, isArabic: Bool) throws(DisplayError) -> OpaquePointer {
    // One file may serve both scripts, with other shaping settings, so the key tells them apart.
    let key = Face(path: (isArabic ? "ar:" : "") + face.path, size: face.size)
    if let font = fonts[key] { return font }
    let opened: OpaquePointer? = Self.lock.withLock { _ in
      guard let font = TTF_OpenFont(face.path, Int32(face.size)) else { return nil }
      TTF_SetFontHinting(font, TTF_HINTING_LIGHT_SUBPIXEL)
      TTF_SetFontDirection(font, isArabic ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR)
      TTF_SetFontScriptName(font, isArabic ? "Arab" : "Latn")
      return font
    }
    guard let opened else { throw .fontUnreadable(path: face.path, reason: Self.lastError) }
    fonts[key] = opened
    return opened
  }

  private static var lastError: String { String(cString: SDL_GetError()) }
}

extension Typesetter {
  /// Each run drawn by SDL2_ttf, set side by side on one base line.
  private func rasterize(_ line: TextRun) -> TextBitmap? {
    var parts: [(surface: UnsafeMutablePointer<SDL_Surface>, ascent: Int)] = []
    defer { for part in parts { SDL_FreeSurface(part.surface) } }
    let white = SDL_Color(r: 255, g: 255, b: 255, a: 255)
    for run in visualRuns(line.text, rightToLeft: line.rightToLeft) {
      guard let font = try? font(run, line.style) else { continue }
      Self.lock.withLock { _ in
        guard let surface = TTF_RenderUTF8_Blended(font, run.text, white) else { return }
        parts.append((surface, Int(TTF_FontAscent(font))))
      }
    }
    let ascent = parts.map(\.ascent).max() ?? 0
    let below = parts.map { Int($0.surface.pointee.h) - $0.ascent }.max() ?? 0
    let width = parts.reduce(0) { $0 + Int($1.surface.pointee.w) }
    guard width > 0, ascent + below > 0 else { return nil }
    var coverage = [UInt8](repeating: 0, count: width * (ascent + below))
    var x = 0
    for (surface, partAscent) in parts {
      Self.copyAlpha(surface.pointee, into: &coverage, width: width, x: x, y: ascent - partAscent)
      x += Int(surface.pointee.w)
    }
    return TextBitmap(width: width, height: ascent + below, ascent: ascent, coverage: coverage)
  }

  private static func copyAlpha(
    _ surface: SDL_Surface, into coverage: inout [UInt8], width: Int, x: Int, y: Int
  ) {
    guard let pixels = surface.pixels, surface.format.pointee.BytesPerPixel == 4 else { return }
    for row in 0..<Int(surface.h) {
      let source = pixels.advanced(by: row * Int(surface.pitch)).assumingMemoryBound(to: UInt32.self)
      let target = (y + row) * width + x
      for column in 0..<Int(surface.w) {
        coverage[target + column] = UInt8(truncatingIfNeeded: source[column] >> 24)
      }
    }
  }
}
