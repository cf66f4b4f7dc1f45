import Display
import Foundation
import Imaging
import Observations
import Overlay
import Quantities
import Testing
import VigilTesting

/// Opens the real window on a screen of its own (Xvfb) and looks at it with xdotool and ImageMagick's `import`.
/// SDL keeps its window on the main thread, hence `@MainActor`; one after the other.
@Suite(.serialized, .enabled(if: VirtualScreen.isPossible, "Xvfb or xdotool is not installed"))
@MainActor struct WindowTests {
  @Test func keysBecomeEvents() throws {
    let screen = try VirtualScreen()
    defer { screen.stop() }
    let window = try open(screen)
    try show(window, gray(128))
    let expected: [(String, WindowEvent)] = [
      ("space", .togglePause), ("period", .step), ("l", .toggleLandmarks), ("i", .toggleDetails),
      ("s", .snapshot), ("question", .toggleHelp), ("F1", .toggleHelp), ("q", .quit), ("Escape", .quit),
    ]
    for (key, event) in expected {
      try screen.press(key, until: event, in: window)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5]) func everyLayoutShowsItsColour(kind: Int) throws {
    let screen = try VirtualScreen()
    defer { screen.stop() }
    let window = try open(screen)
    let (frame, expected) = try Self.coloured(kind)
    let viewport = window.viewport(for: frame.size)
    let list = DrawList(viewport: viewport, background: DrawColor(0x102030))
    for _ in 0..<3 {
      try window.present(frame, list)
      _ = window.pollEvents()
    }
    let seen = try screen.pixel(320, 240)
    #expect(zip(seen, expected).allSatisfy { abs($0 - $1) <= 6 }, "\(seen), expected \(expected)")
    // A 4:3 window around a 16:9 frame: bars above and below.
    #expect(try screen.pixel(320, 10) == [0x10, 0x20, 0x30])
  }

  @Test func theListIsDrawnOverTheFrame() throws {
    let screen = try VirtualScreen()
    defer { screen.stop() }
    let window = try open(screen)
    let frame = gray(128)
    var list = DrawList(viewport: window.viewport(for: frame.size), background: DrawColor(0))
    list.items = [
      .panel(PixelRect(x: 100, y: 150, width: 80, height: 60), radius: 0, color: DrawColor(0xFF0000)),
      .polygon(
        points: [PixelPoint(300, 150), PixelPoint(400, 150), PixelPoint(350, 250)], color: DrawColor(0x00FF00)
      ),
      .text(
        TextRun(
          text: "MMMMMM", origin: PixelPoint(100, 320), anchor: .left, style: TextStyle(size: 60, bold: true),
          color: DrawColor(0x0000FF), rightToLeft: false)),
    ]
    for _ in 0..<3 {
      try window.present(frame, list)
      _ = window.pollEvents()
    }
    #expect(try screen.pixel(140, 180) == [255, 0, 0])
    #expect(try screen.pixel(350, 180) == [0, 255, 0])
    #expect(try (100..<200).contains { try screen.pixel($0, 300) == [0, 0, 255] })
    // SDL's grays of full-range luma may be one off.
    #expect(try screen.pixel(500, 240).allSatisfy { abs($0 - 128) <= 2 })
  }

  @Test func noScreenIsAClearError() throws {
    setenv("SDL_VIDEODRIVER", "x11", 1)
    setenv("DISPLAY", ":4999", 1)
    let setter = try Typesetter(FontFiles.find())
    let error = #expect(throws: DisplayError.self) {
      try MonitorWindow(
        title: "t", size: PixelSize(width: 64, height: 64), fullScreen: false, typesetter: setter)
    }
    #expect(error?.description.contains("--headless") == true)
  }

  private func open(_ screen: VirtualScreen) throws -> MonitorWindow {
    setenv("SDL_VIDEODRIVER", "x11", 1)
    setenv("DISPLAY", screen.name, 1)
    return try MonitorWindow(
      title: "Vigil test", size: PixelSize(width: 640, height: 480), fullScreen: false,
      typesetter: Typesetter(FontFiles.find()))
  }

  private func show(_ window: MonitorWindow, _ frame: Frame) throws {
    try window.present(frame, DrawList(viewport: window.viewport(for: frame.size), background: DrawColor(0)))
    _ = window.pollEvents()
  }

  private static let size = PixelSize(width: 320, height: 180)
  private static let stamp = FrameStamp(index: 0, captured: MonotonicInstant(seconds: 0), camera: "test")

  private func gray(_ level: UInt8) -> Frame {
    Frame(layout: .gray(Self.size), stamp: Self.stamp) { bytes in
      for index in bytes.indices { bytes[index] = level }
    }
  }

  /// A frame of one colour in each arrangement, and what must be seen: Y 120, Cb 90, Cr 170 in BT.601.
  private static func coloured(_ kind: Int) throws -> (Frame, [Int]) {
    // R = Y + 1.402 (Cr-128), G = Y - 0.344136 (Cb-128) - 0.714136 (Cr-128), B = Y + 1.772 (Cb-128)
    let full = [179, 103, 53]
    let layouts: [PixelLayout] = [
      .i420(size, .bt601, .full), .planar(size, chromaShift: (1, 0), .bt601, .full),
      .nv12(size, .bt601, .full),
      .yuyv(size, rowStride: 640, .bt601, .full), .planar(size, chromaShift: (0, 0), .bt601, .full),
      .rgb24(size),
    ]
    let layout = layouts[kind]
    let values: [UInt8] = kind == 5 ? [179, 103, 53] : [120, 90, 170]
    let frame = Frame(layout: layout, stamp: stamp) { bytes in
      for (plane, value) in zip(layout.planes, values) {
        for row in 0...((size.height - 1) >> plane.verticalShift) {
          for column in 0...((size.width - 1) >> plane.horizontalShift) {
            bytes[plane.offset + row * plane.rowStride + column * plane.pixelStride] = value
          }
        }
      }
    }
    return (frame, full)
  }
}
