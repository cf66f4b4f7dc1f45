internal import CSDL2
import Foundation
public import Imaging
public import Overlay
public import Quantities

/// The monitor's window: the only sink that sees pixels.
///
/// For the thread that opened it only, as SDL demands; in the program that is the main thread. A call from another
/// one traps.
/// Frames go to the driver as the source gave them (YUV, NV12, YUYV, RGB); the list is drawn over them with SDL's
/// renderer, on the graphics processor when there is one. Never waits for the screen's refresh.
public final class MonitorWindow {
  private let handles: WindowHandles
  private let owner = pthread_self()
  private let texts: TextTextures
  private var frameTexture: FrameTexture?
  private var mesh = TriangleMesh()
  private var vertices: [SDL_Vertex] = []

  /// Opens a window of `size` points (at most the screen's), or a full screen.
  ///
  /// Throws when there is no screen. Cost: about 50 ms.
  public init(title: String, size: PixelSize, fullScreen: Bool, typesetter: Typesetter) throws(DisplayError) {
    handles = try WindowHandles(title: title, size: size, fullScreen: fullScreen)
    texts = TextTextures(handles.renderer, typesetter)
    SDL_SetRenderDrawColor(handles.renderer, 10, 12, 16, 255)
    SDL_RenderClear(handles.renderer)
    SDL_RenderPresent(handles.renderer)
  }

  /// Whether drawing runs on a graphics processor.
  public var isAccelerated: Bool { handles.isAccelerated }

  /// The canvas with a frame of this size on it: what lists for ``present(_:_:)`` are made for.
  public func viewport(for frame: PixelSize) -> Viewport {
    Viewport(frame: frame, canvas: handles.canvas, density: handles.density)
  }

  /// Shows a frame (none: only the background) with a list over it. The list must come from
  /// ``viewport(for:)``; a list for another size is drawn where it says, at worst partly outside.
  /// `mirrored` turns the frame, not the list, left to right, as people know themselves from mirrors.
  public func present(_ frame: Frame?, _ list: DrawList, mirrored: Bool = false) throws(DisplayError) {
    checkThread()
    let renderer = handles.renderer
    let back = list.background
    SDL_SetRenderDrawColor(renderer, back.red, back.green, back.blue, 255)
    SDL_RenderClear(renderer)
    if let frame { try draw(frame, in: list.viewport.frameArea, mirrored: mirrored) }
    for item in list.items {
      switch item {
      case .text(let run):
        flush()
        texts.draw(run)
      case .patch(let patch, let rect):
        flush()
        draw(patch, into: rect)
      case .panel(let rect, let radius, let color) where radius < 0.5: fill(rect, color)
      default: mesh.add(item)
      }
    }
    flush()
    SDL_RenderPresent(renderer)
    texts.sweep()
  }

  /// What happened since the last call, oldest first; also keeps the window answering. Call at least ten times a
  /// second.
  public func pollEvents() -> [WindowEvent] {
    checkThread()
    var events: [WindowEvent] = []
    var event = SDL_Event()
    while SDL_PollEvent(&event) != 0 {
      if let known = translate(event) { events.append(known) }
    }
    return events
  }

  private func checkThread() {
    precondition(pthread_equal(owner, pthread_self()) != 0, "a window belongs to the thread that opened it")
  }

  private func draw(_ frame: Frame, in area: PixelRect, mirrored: Bool) throws(DisplayError) {
    if frameTexture?.fits(frame.layout) != true {
      frameTexture = nil
      frameTexture = FrameTexture(handles.renderer, frame.layout)
    }
    guard let frameTexture, frameTexture.update(frame) else { throw WindowHandles.failure("frame texture") }
    var target = SDL_FRect(x: area.x, y: area.y, w: area.width, h: area.height)
    let flip = mirrored ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE
    SDL_RenderCopyExF(handles.renderer, frameTexture.texture, nil, &target, 0, nil, flip)
  }

  private func fill(_ rect: PixelRect, _ color: DrawColor) {
    flush()
    SDL_SetRenderDrawColor(handles.renderer, color.red, color.green, color.blue, color.alpha)
    var target = SDL_FRect(x: rect.x, y: rect.y, w: rect.width, h: rect.height)
    SDL_RenderFillRectF(handles.renderer, &target)
  }

  private func draw(_ patch: Patch, into rect: PixelRect) {
    let made = SDL_CreateTexture(
      handles.renderer, SDL_PIXELFORMAT_ABGR8888.rawValue, Int32(SDL_TEXTUREACCESS_STATIC.rawValue),
      Int32(patch.size.width), Int32(patch.size.height))
    guard let texture = made else { return }
    defer { SDL_DestroyTexture(texture) }
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND)
    patch.rgba.withUnsafeBufferPointer {
      _ = SDL_UpdateTexture(texture, nil, $0.baseAddress, Int32(patch.size.width * 4))
    }
    var target = SDL_FRect(x: rect.x, y: rect.y, w: rect.width, h: rect.height)
    SDL_RenderCopyF(handles.renderer, texture, nil, &target)
  }

  /// Hands the collected triangles to the driver in one call.
  private func flush() {
    guard !mesh.indices.isEmpty else { return }
    vertices.removeAll(keepingCapacity: true)
    for vertex in mesh.vertices {
      let color = SDL_Color(
        r: vertex.color.red, g: vertex.color.green, b: vertex.color.blue, a: vertex.color.alpha)
      vertices.append(
        SDL_Vertex(
          position: SDL_FPoint(x: vertex.x, y: vertex.y), color: color, tex_coord: SDL_FPoint(x: 0, y: 0)))
    }
    SDL_RenderGeometry(
      handles.renderer, nil, vertices, Int32(vertices.count), mesh.indices, Int32(mesh.indices.count))
    mesh.removeAll()
  }

  private func translate(_ event: SDL_Event) -> WindowEvent? {
    switch SDL_EventType(rawValue: event.type) {
    case SDL_QUIT: return .quit
    case SDL_KEYDOWN where event.key.repeat == 0:
      let key = event.key.keysym
      let isShifted = key.mod & UInt16(KMOD_LSHIFT.rawValue | KMOD_RSHIFT.rawValue) != 0
      let known = WindowEvent.key(symbol: key.sym, position: key.scancode, isShifted: isShifted)
      if known == .toggleFullScreen { handles.toggleFullScreen() }
      return known
    // A finger's touch comes as a press of the mouse, too.
    case SDL_MOUSEBUTTONDOWN:
      let density = handles.density
      return .pressed(PixelPoint(Float(event.button.x) * density, Float(event.button.y) * density))
    case SDL_WINDOWEVENT:
      switch SDL_WindowEventID(rawValue: UInt32(event.window.event)) {
      case SDL_WINDOWEVENT_SIZE_CHANGED: return .resized(handles.canvas)
      case SDL_WINDOWEVENT_EXPOSED: return .exposed
      default: return nil
      }
    default: return nil
    }
  }
}
