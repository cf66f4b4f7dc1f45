internal import CSDL2
import Foundation
import Quantities

/// The window and its renderer: made together, released together in `deinit`, on the main thread.
final class WindowHandles {
  let window: OpaquePointer
  let renderer: OpaquePointer
  /// Whether the driver draws on the graphics processor.
  let isAccelerated: Bool

  init(title: String, size: PixelSize, fullScreen: Bool) throws(DisplayError) {
    // Ctrl-C is the program's own affair; a desktop's effects need not stop for us.
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear")
    try Self.chooseScreen()
    guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else { throw Self.failure("SDL_InitSubSystem") }
    // SDL plays into memory when it finds no screen; nobody would see it.
    let driver = SDL_GetCurrentVideoDriver().map { String(cString: $0) } ?? ""
    guard Self.isWished || !["offscreen", "dummy", "evdev"].contains(driver) else {
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .noScreen
    }
    let flags =
      SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
      | (fullScreen ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0)
    let center = Int32(bitPattern: 0x2FFF_0000)  // SDL_WINDOWPOS_CENTERED, a macro with arguments
    let made = SDL_CreateWindow(title, center, center, Int32(size.width), Int32(size.height), flags)
    guard let made else {
      let error = Self.failure("SDL_CreateWindow")
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw error
    }
    guard let drawing = Self.makeRenderer(made) else {
      let error = Self.failure("SDL_CreateRenderer")
      SDL_DestroyWindow(made)
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw error
    }
    (window, renderer) = (made, drawing)
    var info = SDL_RendererInfo()
    SDL_GetRendererInfo(renderer, &info)
    isAccelerated = info.flags & SDL_RENDERER_ACCELERATED.rawValue != 0
    SDL_SetWindowMinimumSize(window, 480, 300)
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_BLEND)
  }

  deinit {
    SDL_DestroyRenderer(renderer)
    SDL_DestroyWindow(window)
    SDL_QuitSubSystem(SDL_INIT_VIDEO)
  }

  /// Size of the canvas in physical pixels.
  var canvas: PixelSize {
    var (width, height): (Int32, Int32) = (0, 0)
    guard SDL_GetRendererOutputSize(renderer, &width, &height) == 0 else {
      return PixelSize(width: 1, height: 1)
    }
    return PixelSize(width: max(1, Int(width)), height: max(1, Int(height)))
  }

  /// Physical pixels a point of the screen.
  var density: Float {
    var (width, height): (Int32, Int32) = (0, 0)
    SDL_GetWindowSize(window, &width, &height)
    return width > 0 ? Float(canvas.width) / Float(width) : 1
  }

  func toggleFullScreen() {
    let isFull = SDL_GetWindowFlags(window) & SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue != 0
    SDL_SetWindowFullscreen(window, isFull ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue)
  }

  private static let environment = ProcessInfo.processInfo.environment

  /// Whether somebody chose the video driver: tests and embedded systems do.
  private static var isWished: Bool { environment["SDL_VIDEODRIVER"].map { !$0.isEmpty } ?? false }

  /// Keeps SDL from looking for screens that cannot be there; its libraries complain loudly.
  private static func chooseScreen() throws(DisplayError) {
    guard !isWished else { return }
    func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
    let cards = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/dri")) ?? []
    let hasConsole = cards.contains { $0.hasPrefix("card") }
    let hasWayland = isSet("XDG_RUNTIME_DIR")
    guard isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") || hasWayland || hasConsole else { throw .noScreen }
    guard !hasWayland else { return }
    SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, hasConsole ? "x11,KMSDRM" : "x11", SDL_HINT_OVERRIDE)
  }

  static func failure(_ operation: String) -> DisplayError {
    .window(operation: operation, reason: String(cString: SDL_GetError()))
  }

  /// Without a render node an "accelerated" driver is Mesa's processor emulation: slow to load and slower than
  /// SDL's own software renderer. SDL_RENDER_DRIVER in the environment decides otherwise.
  private static func makeRenderer(_ window: OpaquePointer) -> OpaquePointer? {
    let hasDevice =
      access("/dev/dri/renderD128", R_OK | W_OK) == 0 || access("/dev/nvidia0", R_OK | W_OK) == 0
    if hasDevice || ProcessInfo.processInfo.environment["SDL_RENDER_DRIVER"] != nil {
      if let renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_ACCELERATED.rawValue) { return renderer }
    }
    return SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue)
      ?? SDL_CreateRenderer(window, -1, 0)
  }
}
