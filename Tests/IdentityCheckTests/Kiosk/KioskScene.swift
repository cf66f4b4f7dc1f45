import Foundation
import IdentityCheck
import Imaging
import Overlay
import Quantities
import Wording

/// One state of the kiosk's screen, for goldens and for pictures to be looked at.
struct KioskScene {
  let name: String
  let view: KioskView
  let look: KioskLook
  let viewport: Viewport

  /// The size of the camera's frame in every scene.
  static let frame = PixelSize(width: 640, height: 360)

  /// Every state that a person can see, on one screen.
  static func all(_ language: Language, on size: PixelSize) -> [KioskScene] {
    let face = PixelRect(x: 255, y: 90, width: 110, height: 140)
    let far = PixelRect(x: 200, y: 120, width: 50, height: 64)
    let amber = LightColor(0.95, 0.58, 0.08)
    let zones = LightZones(top: amber, left: LightColor(0.14, 0.24, 1.0), right: amber)
    func result(_ outcome: CheckOutcome) -> CheckPrompt {
      .finished(CheckResult(outcome, onTimeout: .undecided, completed: 2, asked: 4, seconds: 9))
    }
    let states: [(String, CheckPrompt, (inout KioskView) -> Void)] = [
      ("empty", .lookStraight(.lookStraight), { $0.progress = (0, 4) }),
      ("far", .lookStraight(.comeCloser), { ($0.face, $0.nearness, $0.progress) = (far, 0.45, (0, 4)) }),
      ("still", .lookStraight(.none), { ($0.face, $0.nearness, $0.progress) = (face, 0.9, (0, 4)) }),
      ("wait", .wait, { $0.face = face }),
      ("turn", .perform(.turnLeft, count: 1, done: 0), { ($0.face, $0.timeLeft) = (face, 0.8) }),
      (
        "mouth", .perform(.mouthOpen, count: 2, done: 1),
        { ($0.face, $0.timeLeft, $0.seconds) = (face, 0.4, 2.6) }
      ),
      ("lean", .perform(.tiltRightMouth, count: 1, done: 0), { ($0.timeLeft, $0.seconds) = (0.3, 2.6) }),
      ("blink", .perform(.blink, count: 2, done: 0), { $0.timeLeft = 1 }),
      ("nod", .perform(.nod, count: 1, done: 0), { $0.timeLeft = 0.9 }),
      ("up", .perform(.lookUp, count: 1, done: 0), { $0.timeLeft = 0.9 }),
      (
        "closer", .perform(.closer, count: 1, done: 0),
        { ($0.face, $0.nearness, $0.timeLeft, $0.progress) = (face, 0.6, 0.5, (3, 4)) }
      ),
      ("back", .comeBack, { $0.face = face }),
      ("notice", .lookStraight(.none), { ($0.face, $0.nearness, $0.announcesLight) = (face, 0.9, true) }),
      ("notice-nod", .perform(.nod, count: 1, done: 0), { ($0.announcesLight, $0.seconds) = (true, 2.6) }),
      ("light-said", .light(.announced), { $0.lightDone = 0.1 }),
      (
        "light", .light(.zones(zones)), { $0.lightDone = 0.6 }
      ),
      ("passed", result(.passed), { _ in }), ("failed", result(.wrongGesture), { _ in }),
      ("undecided", result(.tooDark), { _ in }), ("locked", .wait, { $0.locked = 250 }),
    ]
    var scenes = states.map { name, prompt, change in
      var view = KioskView(prompt: prompt, progress: (1, 4), seconds: 0.7)
      change(&view)
      return KioskScene(
        name: name, view: view, look: KioskLook(language: language),
        viewport: Viewport(frame: frame, canvas: size))
    }
    for (name, contrast, large) in [("contrast", true, false), ("large", false, true)] {
      let look = KioskLook(language: language, isHighContrast: contrast, isLargeText: large)
      scenes.append(KioskScene(name: name, view: scenes[5].view, look: look, viewport: scenes[5].viewport))
    }
    return scenes
  }

  /// The list's background with a grey stand-in for the camera's picture: a face-like oval where the scenes' face is.
  static func picture(_ list: DrawList) -> RGBImage {
    let area = list.viewport.frameArea
    let (ground, size) = (list.background, list.viewport.canvas)
    let face = list.viewport.place(PixelRect(x: 255, y: 85, width: 110, height: 150))
    let middle = PixelPoint(area.x + area.maxX - face.center.x, face.center.y)
    return RGBImage(size: size) { bytes in
      for y in 0..<size.height {
        for x in 0..<size.width {
          let point = PixelPoint(Float(x) + 0.5, Float(y) + 0.5)
          var color = [ground.red, ground.green, ground.blue]
          if area.contains(point) {
            let offset = (point.vector - middle.vector) / SIMD2(face.width, face.height) * 2
            color = (offset * offset).sum() < 1 ? [196, 160, 138] : [92, 104, 112]
          }
          for channel in 0..<3 { bytes[(y * size.width + x) * 3 + channel] = color[channel] }
        }
      }
    }
  }
}
