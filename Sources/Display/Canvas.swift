public import Imaging
public import Overlay
import Quantities

/// Draws lists onto pictures without a screen: for `--render`, snapshots and tests.
///
/// Uses the same triangles and letters as the window. Not thread-safe: one owner. Cost at 1280 x 720: see the
/// benchmark in the module's tests.
public final class PictureRenderer {
  private let typesetter: Typesetter
  private var mesh = TriangleMesh()

  /// A renderer that sets texts with `typesetter`.
  public init(typesetter: Typesetter) { self.typesetter = typesetter }

  /// The frame with the list drawn over it: a picture of the list's canvas size.
  public func render(_ frame: Frame, _ list: DrawList) -> RGBImage {
    let (canvas, area) = (list.viewport.canvas, list.viewport.frameArea)
    let scale = Float(frame.size.width) / max(area.width, 1e-3)
    let map = AffineTransform2D(
      a: scale, b: 0, tx: -area.x * scale, c: 0, d: scale, ty: -area.y * scale)
    var picture =
      canvas == frame.size && area.x == 0 && area.y == 0
      ? frame.rgbImage() : frame.warpedImage(size: canvas, map: map, border: .black)
    draw(list, onto: &picture)
    return picture
  }

  /// Draws the list's items onto a picture of the canvas's size.
  public func draw(_ list: DrawList, onto picture: inout RGBImage) {
    let size = picture.size
    picture.bytes.withUnsafeMutableBufferPointer { bytes in
      let raster = Raster(bytes: bytes, size: size)
      for item in list.items {
        switch item {
        case .text(let run):
          flush(raster)
          if let bitmap = typesetter.bitmap(run) { raster.blend(bitmap, at: bitmap.topLeft(run), run.color) }
        case .patch(let patch, let rect):
          flush(raster)
          raster.blend(patch, into: rect)
        default: mesh.add(item)
        }
      }
      flush(raster)
    }
    typesetter.sweep()
  }

  private func flush(_ raster: Raster) {
    raster.fill(mesh)
    mesh.removeAll()
  }
}

extension TextBitmap {
  /// Column and row of the bitmap's top left pixel on the canvas; nil when that is far outside.
  func topLeft(_ run: TextRun) -> (x: Int, y: Int)? {
    let origin = run.origin
    guard abs(origin.x) < 32_768, abs(origin.y) < 32_768 else { return nil }
    let x = Int(origin.x.rounded())
    let left =
      switch run.anchor {
      case .left: x
      case .center: x - width / 2
      case .right: x - width
      }
    return (left, Int(origin.y.rounded()) - ascent)
  }
}
