import Foundation
import Observations
import Overlay
import Quantities
import Testing
import VigilTesting
import Wording

/// Whole overlays as text: every item, place, colour and word. Written anew with `VIGIL_WRITE_GOLDENS=1`.
@Suite struct GoldenTests {
  private func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/\(name).txt").path
  }

  @Test(arguments: [
    ("live", VerdictLabel.live, 0.12 as Double?), ("fake", .fake, 0.93), ("pending", .undecided, nil),
  ])
  func aFaceInEnglish(name: String, label: VerdictLabel, risk: Double?) throws {
    let list = compose(oneFace(label, risk: risk))
    #expect(try Golden.difference(list.described, from: golden(name)) == nil)
  }

  @Test func aFaceInArabicOnALightTheme() throws {
    let list = compose(oneFace(.suspect, risk: 0.45)) {
      ($0.language, $0.theme, $0.showsHelp) = (.arabic, .light, true)
    }
    #expect(try Golden.difference(list.described, from: golden("arabic-light")) == nil)
  }

  @Test func aCallOfSixWithoutDetails() throws {
    let list = compose(SyntheticReports.grid(6, size: screen)) {
      ($0.showsDetails, $0.notices) = (false, ["camera lost"])
    }
    #expect(try Golden.difference(list.described, from: golden("six")) == nil)
  }

  @Test func aWindowWithoutAPicture() throws {
    let list = compose(nil) { $0.notices = ["camera lost"] }
    #expect(try Golden.difference(list.described, from: golden("empty")) == nil)
  }
}

extension DrawList {
  /// One line an item, from back to front; places in whole tenths of a pixel.
  fileprivate var described: String {
    (["background \(background.hex)"] + items.map(\.described)).joined(separator: "\n") + "\n"
  }
}

extension DrawColor {
  fileprivate var hex: String {
    [red, green, blue, alpha].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension DrawItem {
  private static func number(_ value: Float) -> String {
    let tenths = (value * 10).rounded()
    return tenths == 0
      ? "0" : "\(Int(tenths) / 10).\(abs(Int(tenths)) % 10)\(tenths < 0 && tenths > -10 ? "-" : "")"
  }

  private static func points(_ points: [PixelPoint]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  private static func rect(_ rect: PixelRect) -> String {
    [rect.x, rect.y, rect.width, rect.height].map(number).joined(separator: " ")
  }

  fileprivate var described: String {
    switch self {
    case .line(let points, let closed, let width, let color):
      "line \(closed ? "closed" : "open") \(Self.number(width)) \(color.hex): \(Self.points(points))"
    case .polygon(let points, let color): "polygon \(color.hex): \(Self.points(points))"
    case .panel(let rect, let radius, let color):
      "panel \(Self.number(radius)) \(color.hex): \(Self.rect(rect))"
    case .outline(let rect, let radius, let width, let color):
      "outline \(Self.number(radius)) \(Self.number(width)) \(color.hex): \(Self.rect(rect))"
    case .dots(let centers, let radius, let color):
      "dots \(Self.number(radius)) \(color.hex): \(Self.points(centers))"
    case .text(let run):
      "text \(run.style.size)\(run.style.bold ? " bold" : "") \(run.anchor) \(run.color.hex)"
        + "\(run.rightToLeft ? " rtl" : "") \(Self.points([run.origin])): \(run.text)"
    case .patch(let patch, let rect): "patch \(patch.size.width)x\(patch.size.height): \(Self.rect(rect))"
    }
  }
}
