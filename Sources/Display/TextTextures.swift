internal import CSDL2
import Overlay
import Quantities

/// Lines of text as textures: white letters, coloured when drawn. Textures unused for 240 frames are let go.
final class TextTextures {
  private struct Key: Hashable {
    let text: String
    let style: TextStyle
    let rightToLeft: Bool
  }

  private struct Entry {
    let texture: OpaquePointer
    let bitmap: TextBitmap
    var lastUse: Int
  }

  private let renderer: OpaquePointer
  private let typesetter: Typesetter
  private var entries: [Key: Entry] = [:]
  private var frame = 0

  init(_ renderer: OpaquePointer, _ typesetter: Typesetter) {
    (self.renderer, self.typesetter) = (renderer, typesetter)
  }

  deinit { for entry in entries.values { SDL_DestroyTexture(entry.texture) } }

  func draw(_ run: TextRun) {
    let key = Key(text: run.text, style: run.style, rightToLeft: run.rightToLeft)
    guard let entry = entries[key] ?? make(run) else { return }
    entries[key] = Entry(texture: entry.texture, bitmap: entry.bitmap, lastUse: frame)
    guard let place = entry.bitmap.topLeft(run) else { return }
    SDL_SetTextureColorMod(entry.texture, run.color.red, run.color.green, run.color.blue)
    SDL_SetTextureAlphaMod(entry.texture, run.color.alpha)
    var target = SDL_Rect(
      x: Int32(place.x), y: Int32(place.y), w: Int32(entry.bitmap.width), h: Int32(entry.bitmap.height))
    SDL_RenderCopy(renderer, entry.texture, nil, &target)
  }

  /// Call after each frame.
  func sweep() {
    frame += 1
    typesetter.sweep()
    guard frame % 60 == 0 else { return }
    for (key, entry) in entries where frame - entry.lastUse > 240 {
      SDL_DestroyTexture(entry.texture)
      entries[key] = nil
    }
  }

  private func make(_ run: TextRun) -> Entry? {
    guard let bitmap = typesetter.bitmap(run) else { return nil }
    let pixels = bitmap.coverage.map { UInt32($0) << 24 | 0xFF_FFFF }
    let made = SDL_CreateTexture(
      renderer, SDL_PIXELFORMAT_ARGB8888.rawValue, Int32(SDL_TEXTUREACCESS_STATIC.rawValue),
      Int32(bitmap.width),
      Int32(bitmap.height))
    guard let texture = made else { return nil }
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND)
    pixels.withUnsafeBufferPointer {
      _ = SDL_UpdateTexture(texture, nil, $0.baseAddress, Int32(bitmap.width * 4))
    }
    return Entry(texture: texture, bitmap: bitmap, lastUse: frame)
  }
}
