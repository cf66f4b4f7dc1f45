import CX11
import Foundation
import Imaging
import Quantities

/// Pictures of the X11 screen, a rectangle of it, or a window: the window of a call.
///
/// A window is followed when it moves; parts of it that other windows cover show those. The bytes are kept as the
/// screen has them (four a pixel). Cost: one copy by the X server, one here. Waits between pictures so that not more
/// than the wished rate come.
final class ScreenSource: FrameSource {
  /// What is looked at.
  enum Target {
    case all
    case rectangle(PixelRect)
    case window(xcb_window_t, title: String)
  }

  private static let clickedTitle = "chosen by click"
  let description: SourceDescription
  private(set) var counters = SourceCounters()
  private let screen: Screen
  private var target: Target
  private let period: Duration
  private let mostPixels: Int
  private var due = MonotonicInstant.now()
  private var pool: FramePool?
  private var index: UInt64 = 0
  private var isAway = false

  /// Opens the display that `DISPLAY` names.
  init(_ specification: SourceSpecification, options: SourceOptions) throws(CaptureError) {
    screen = try Screen()
    mostPixels = options.mostPixels
    target = try Self.target(specification, screen)
    let rate = min(max(options.wish.framesPerSecond, 1), 120)
    period = .seconds(1) / rate
    guard let area = screen.area(of: target) else {
      throw CaptureError(
        .missing, "screen", "nothing of it is on the screen; show it, or give another rectangle")
    }
    let name: String =
      switch target {
      case .window(_, let title): "window \(title)"
      case .all, .rectangle: "screen"
      }
    description = SourceDescription(
      name: name, kind: .live, size: PixelSize(width: Int(area.width), height: Int(area.height)),
      framesPerSecond: Double(rate))
  }

  private static func target(
    _ specification: SourceSpecification, _ screen: Screen
  ) throws(CaptureError) -> Target {
    switch specification {
    case .window("click"):
      guard let window = screen.clicked() else {
        throw CaptureError(
          .missing, "window:click", "no window was chosen; click on one with the left button")
      }
      return .window(window, title: Self.clickedTitle)
    case .window(let title):
      guard !title.isEmpty, let window = screen.window(title) else {
        throw CaptureError(.missing, "window:\(title)", "no window on the screen has this in its title")
      }
      return .window(window, title: title)
    case .screen(let rectangle?): return .rectangle(rectangle)
    default: return .all
    }
  }

  func next() throws(CaptureError) -> SourceEvent {
    let wait = due - .now()
    if wait > .zero { usleep(UInt32(min(wait, .seconds(1)).inSeconds * 1e6)) }
    // Late pictures are not made up for: the next one is a period after this one.
    due = max(due + period, .now())
    guard !isAway || foundAgain(), let area = screen.area(of: target) else {
      isAway = true
      usleep(200_000)
      return .lost(reason: "the window is not on the screen")
    }
    try MediaFile.checkSize(description.name, Int(area.width), Int(area.height), most: mostPixels)
    let taken = screen.grab(area)
    if taken == VX_NO_DISPLAY.rawValue {
      throw CaptureError(.lost, "screen", "the display is gone; start it and try again")
    }
    guard taken == 0 else {
      counters.undecodable += 1
      index += 1
      return .dropped
    }
    return frame(PixelSize(width: Int(area.width), height: Int(area.height)))
  }

  /// Looks for a window that was away. Its number alone is not trusted: the server gives it to others.
  private func foundAgain() -> Bool {
    if case .window(_, let title) = target, title != Self.clickedTitle {
      guard let window = screen.window(title) else { return false }
      target = .window(window, title: title)
    }
    guard screen.area(of: target) != nil else { return false }
    isAway = false
    counters.reconnects += 1
    return true
  }

  private func frame(_ size: PixelSize) -> SourceEvent {
    let layout = PixelLayout(
      size: size, color: .rgb,
      planes: [2, 1, 0].map { Plane(offset: $0, rowStride: 4 * size.width, pixelStride: 4) },
      byteCount: 4 * size.area)
    if (pool?.bytesPerFrame ?? 0) < layout.byteCount {
      pool = FramePool(bytesPerFrame: layout.byteCount, capacity: 6)
    }
    defer { index += 1 }
    guard let buffer = pool?.take() else {
      counters.poolExhausted += 1
      return .dropped
    }
    buffer.withMutableBytes { screen.copyPixels(to: $0, count: layout.byteCount) }
    counters.delivered += 1
    let stamp = FrameStamp(index: index, captured: .now(), camera: description.name)
    return .frame(buffer.finish(layout: layout, stamp: stamp))
  }
}

/// A connection to the X server; closed in `deinit`.
final class Screen {
  private var handle = vx_screen()

  init() throws(CaptureError) {
    let opened = vx_open(&handle)
    guard opened != 0 else { return }
    let problem =
      switch opened {
      case VX_FORMAT.rawValue: "its pixels are not of 32 bits; use a screen of 24-bit colour"
      case VX_NO_SHARED_MEMORY.rawValue:
        "the X server shares no memory with this program; run on the same machine"
      default: "no X11 display to look at; set DISPLAY, or log in to a desktop (Wayland: an X11 session)"
      }
    throw CaptureError(.missing, "screen", problem)
  }

  deinit { vx_close(&handle) }

  func window(_ title: String) -> xcb_window_t? {
    let window = vx_find(&handle, title)
    return window == 0 ? nil : window
  }

  func clicked() -> xcb_window_t? {
    let window = vx_click(&handle)
    return window == 0 ? nil : window
  }

  /// The part of the target that is on the screen; nil when nothing is.
  func area(of target: ScreenSource.Target) -> vx_area? {
    var area = vx_area(x: 0, y: 0, width: handle.width, height: handle.height)
    switch target {
    case .all: break
    case .rectangle(let rectangle):
      area = vx_area(
        x: Int32(rectangle.x), y: Int32(rectangle.y), width: Int32(rectangle.width),
        height: Int32(rectangle.height))
    case .window(let window, _):
      guard vx_place(&handle, window, &area) == 0 else { return nil }
    }
    let (left, top) = (max(area.x, 0), max(area.y, 0))
    let right = min(area.x + area.width, handle.width)
    let bottom = min(area.y + area.height, handle.height)
    guard right > left, bottom > top else { return nil }
    return vx_area(x: left, y: top, width: right - left, height: bottom - top)
  }

  func grab(_ area: vx_area) -> Int32 { vx_grab(&handle, area) }

  func copyPixels(to target: UnsafeMutableRawBufferPointer, count: Int) {
    guard let pixels = handle.pixels, count <= Int(handle.capacity) else { return }
    target.copyMemory(from: UnsafeRawBufferPointer(start: pixels, count: count))
  }
}
