package import Calibration
import Foundation
public import IdentityCheck
import Imaging
import Observations
import Quantities

/// What really was the case in a simulated light challenge.
public struct LightTruth: Sendable {
  /// Light of the room on the face, in lux.
  public let ambient: Double
  /// Light of the white screen on the face against that of the room.
  public let share: Double
  /// Seconds from showing to the frame's stamp, the attacker's machine included.
  public let delay: Double

  package init(ambient: Double, share: Double, delay: Double) {
    (self.ambient, self.share, self.delay) = (ambient, share, delay)
  }
}

/// One simulated light challenge: a real clip lit anew, frame by frame, through sampler, state machine and measure.
public struct LightRehearsal: Sendable {
  /// Frames a second.
  public var fps = 30.0
  private let clips: [[LitScene]]
  private let limits: LightLimits

  /// A rehearsal on clips, each a run of pictures.
  package init(_ clips: [[LitScene]], _ limits: LightLimits) { (self.clips, self.limits) = (clips, limits) }

  /// A session of `actor`; everything follows from `seed`.
  public func run(_ actor: LightActor, seed: UInt64) -> (result: LightResult?, truth: LightTruth) {
    var random = SimulationGenerator(seed: seed &* 6_364_136_223_846_793_005 &+ 99)
    let stage = LightRoom(actor, &random)
    let clip = clips[Int(random.next() % UInt64(clips.count))]
    var generator = ChaChaGenerator(seed: seed)
    var other = ChaChaGenerator(seed: seed ^ 0x5DEE_CE66)
    let recorded = LightSequence(using: &other)
    let start = MonotonicInstant(seconds: 100)
    var challenge = LightChallenge(LightSequence(using: &generator), limits, at: start)
    var camera = LightCamera(
      locked: actor != .personUnlocked, lux: stage.ambient * (1 + stage.share * 0.5), seed: seed &+ 5)
    // The clip goes to and fro, so that it has no jump.
    let first = Int(random.next() % UInt64(clip.count))
    var seen: [(at: Double, zones: LightZones)] = []
    var frame = 0
    while challenge.result == nil, frame < 400 {
      let time = Double(frame) / fps + Double.random(in: -0.002...0.002, using: &random)
      // Between frames the program looks every 8 ms whether the screen has to change.
      for step in 0..<4 {
        let now = time - 1 / fps + Double(step) * 0.008
        challenge.observe(nil, at: start + .nanoseconds(Int64(max(now, 0) * 1e9)))
        let zones = challenge.screen.zones
        if seen.last?.zones != zones {
          challenge.shown(zones, at: start + .nanoseconds(Int64(now * 1e9)))
          seen.append((now + stage.screenDelay, zones))
        }
      }
      let phase = (first + frame) % max(2 * clip.count - 2, 1)
      let scene = clip[actor == .still ? first : phase < clip.count ? phase : 2 * clip.count - 2 - phase]
      let moments = (0..<3).map { part in
        time - stage.cameraDelay - Double(part) * stage.exposure / 3 - actor.delay
      }
      let live = moments.map { moment in seen.last { $0.at <= moment }?.zones ?? .rest }
      let past = moments.map { recorded.zones(at: $0 - LightChallenge.lead + stage.shift) }
      let light = stage.light(on: scene, live: live, past: past)
      let stamp = FrameStamp(
        index: UInt64(frame), captured: start + .nanoseconds(Int64(time * 1e9)), camera: "simulated")
      let picture = camera.picture(
        scene, light, holds: time > LightChallenge.lead * 0.5, seconds: 1 / fps, stamp: stamp)
      challenge.observe(LightSampler.sample(scene.face, in: picture, mirrored: false), at: stamp.captured)
      frame += 1
    }
    let delay = stage.screenDelay + stage.cameraDelay + stage.exposure / 2 + actor.delay
    return (challenge.result, LightTruth(ambient: stage.ambient, share: stage.share, delay: delay))
  }
}

/// The room, the screen and the attacker's means of one session.
struct LightRoom {
  /// Light of the room on the face, in lux.
  let ambient: Double
  /// Seconds until the screen has changed, and until the camera's stamp.
  let screenDelay, cameraDelay: Double
  /// Seconds over which a frame gathers light.
  let exposure: Double
  /// How far a recording's pattern begins beside the real one's, in seconds.
  let shift: Double
  private let actor: LightActor
  private let color: SIMD3<Float>
  private let nits: Float
  private let screen: ScreenPlace
  private let albedo: Float
  private let wall: (share: Float, ambient: Float)
  private let glass: (nits: Float, glare: Float)
  private let strength, leak: Float
  private let hasLitBackground: Bool

  /// Metres of a distance between the eyes.
  private static let eyes: Float = 0.063

  init(_ actor: LightActor, _ random: inout SimulationGenerator) {
    self.actor = actor
    func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
    func between(_ range: ClosedRange<Float>) -> Float { Float.random(in: range, using: &random) }
    // 10 to 1,000 lux, as often dim as bright.
    ambient = pow(10, draw(1...3))
    // From lamps to shade: red and blue against green.
    let warmth = between(-0.35...0.25)
    color = SIMD3(1 - warmth, 1, 1 + warmth)
    nits = between(150...400)
    let width = between(0.34...0.60)
    screen = ScreenPlace(
      width: width / Self.eyes, height: width * 0.5625 / Self.eyes, distance: between(0.35...0.75) / Self.eyes
    )
    (screenDelay, cameraDelay) = (draw(0.008...0.045), draw(0.0...0.03))
    exposure = draw(0.008...0.033)
    shift = draw(-0.15...0.15)
    albedo = between(0.06...0.5)
    // A wall behind: the screen's light falls with the square of the distance.
    let behind = between(0.5...2.5) / Self.eyes
    let fall = screen.distance / (screen.distance + behind)
    wall = (fall * fall, between(0.3...1.2))
    glass = (between(80...400), between(0.003...0.03))
    (strength, leak) = (between(0.7...1.05), between(0...0.3))
    hasLitBackground = random.next() & 1 == 0
  }

  /// Light of the white screen on the face against that of the room.
  var share: Double { Double(nits) * white / ambient }

  /// Solid angle of the whole screen, weighted by both cosines.
  private var white: Double {
    (0..<3).reduce(0) { $0 + screen.light($1, .zero, SIMD3(0, 0, -1), mirrored: false) }
  }

  /// Linear light that each pixel sends to the camera, as a mean over the moments of the exposure.
  func light(on scene: LitScene, live: [LightZones], past: [LightZones]) -> [SIMD3<Float>] {
    let (now, then) = (Self.mean(live), Self.mean(past))
    let room = color * Float(ambient)
    let ahead = SIMD3<Float>(0, 0, -1)
    let even = falling(.zero, ahead, now)
    return scene.pixels.map { pixel in
      let own = pixel.albedo * albedo
      switch pixel.part {
      case .background: return own * background(room, even, then)
      case .neck where actor.skin == .own || actor.skin == .mean: return own * (room + even * 0.8)
      case .neck, .face: break
      }
      switch actor.skin {
      case .own:
        let isPuppet = actor.delay > 0
        let lit = falling(pixel.place, pixel.normal, now) * (isPuppet ? strength : 1)
        return own * (room + lit) + (isPuppet ? .zero : gloss(pixel, now))
      case .flat: return own * (room + falling(SIMD3(pixel.place.x, pixel.place.y, 0), ahead, now))
      case .mean:
        let lit = falling(pixel.place, pixel.normal, now)
        return own * (room + (even * (1 - leak) + lit * leak) * strength)
      case .plain: return own * room
      case .otherPattern: return own * (room + falling(pixel.place, pixel.normal, then))
      case .glass:
        let shown = actor == .still ? room : room + falling(pixel.place, pixel.normal, then)
        return own * shown / (room.y * albedo) * glass.nits * .pi + even * glass.glare
      }
    }
  }

  private func background(_ room: SIMD3<Float>, _ even: SIMD3<Float>, _ then: [SIMD3<Float>]) -> SIMD3<Float>
  {
    let around = room * wall.ambient
    switch actor.skin {
    case .own where actor.delay > 0 && !hasLitBackground: return around
    case .own, .mean, .flat: return around + even * wall.share
    case .plain: return around
    case .otherPattern: return around + falling(.zero, SIMD3(0, 0, -1), then) * wall.share
    case .glass: return (around / room.y) * glass.nits * .pi / albedo + even * glass.glare / albedo
    }
  }

  /// Lux of the screen on a place, in each channel.
  private func falling(_ place: SIMD3<Float>, _ normal: SIMD3<Float>, _ zones: [SIMD3<Float>]) -> SIMD3<Float>
  {
    (0..<3).reduce(SIMD3<Float>.zero) { sum, zone in
      sum + zones[zone] * (Float(screen.light(zone, place, normal, mirrored: false)) * nits)
    }
  }

  /// The skin's gloss: a little of each part's light where it mirrors it to the camera.
  private func gloss(_ pixel: LitScene.Pixel, _ zones: [SIMD3<Float>]) -> SIMD3<Float> {
    let ways = [SIMD3<Float>(0, 0.35, -1), SIMD3(0.35, -0.1, -1), SIMD3(-0.35, -0.1, -1)]
    var sum = SIMD3<Float>.zero
    for (zone, way) in ways.enumerated() {
      let half = way / (way * way).sum().squareRoot() + SIMD3(0, 0, -1)
      let cosine = max(0, (pixel.normal * half).sum() / (half * half).sum().squareRoot())
      let (two, four) = (cosine * cosine, cosine * cosine * cosine * cosine)
      sum += zones[zone] * (four * four * four * two * 0.03)
    }
    return sum * nits * 0.5
  }

  /// Top, left, right.
  private static func mean(_ moments: [LightZones]) -> [SIMD3<Float>] {
    func vector(_ color: LightColor) -> SIMD3<Float> {
      SIMD3(Float(color.red), Float(color.green), Float(color.blue)) / Float(moments.count)
    }
    return moments.reduce(into: [SIMD3<Float>](repeating: .zero, count: 3)) { sums, zones in
      sums[0] += vector(zones.top)
      sums[1] += vector(zones.left)
      sums[2] += vector(zones.right)
    }
  }
}
