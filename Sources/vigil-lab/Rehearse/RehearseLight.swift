import ArgumentParser
import Calibration
import Capture
import Dispatch
import Foundation
import IdentityCheck
import Imaging
import Observations
import Quantities
import Simulation

/// `vigil-lab rehearse light`: coloured light on real clips lit anew, persons and attackers, counted.
struct RehearseLight: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "light",
    abstract: "Simulates the light challenge on real clips lit anew and counts what becomes of it.",
    discussion: """
      Room light of 10 to 1,000 lux, screens of 150 to 400 nits and 13 to 27 inches at 35 to 75 cm, skin that reflects 6 \
      to 50 %, everything drawn from the session's seed. Sessions are numbered from --first; limits are chosen on other \
      numbers than those that are reported. Writes tables in Markdown. With --answers every session's numbers go to a \
      file of tab-separated values.

      Example: rehearse light --count 10000 clips/*.mp4
      """)

  @Argument(help: "Clips of people, the first face of each is lit.") var clips: [String]
  @Option(help: "Sessions of each kind.") var count = 1000
  @Option(help: "Number of the first session.") var first: UInt64 = 0
  @Option(help: "Frames a second.") var fps = 30.0
  @Option(help: "Limits of the answer.") var limits = "Calibration/light.json"
  @Option(help: "Only this kind; may be given several times.") var only: [String] = []
  @Option(help: "Pictures taken of each clip.") var pictures = 100
  @Option(help: "File for every session's numbers.") var answers: String?
  @Option(help: "Folder of the fetched networks.") var models = "Models/third-party"

  func run() throws {
    guard (1...1_000_000).contains(count) else { throw ValidationError("--count: give 1 to 1000000") }
    guard (5...120).contains(fps) else { throw ValidationError("--fps: give 5 to 120") }
    guard (2...1000).contains(pictures) else { throw ValidationError("--pictures: give 2 to 1000") }
    let actors = LightActor.allCases.filter { only.isEmpty || only.contains($0.rawValue) }
    guard !actors.isEmpty else {
      throw ValidationError("--only: give \(LightActor.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let finder = try FaceFinder(models: models)
    let scenes = try clips.compactMap { try LitClip.read($0, finder, most: pictures) }
    guard !scenes.isEmpty else { throw ValidationError("no face in any of the clips") }
    print("\(scenes.count) of \(clips.count) clips, \(scenes.map(\.count).reduce(0, +)) pictures\n")
    var rehearsal = LightRehearsal(scenes, try LightLimits(path: limits))
    rehearsal.fps = fps
    var table = ["actor\tseed\toutcome\treason\tshare\tambient\ttrue_delay\t" + Self.columns]
    print(Self.head)
    for actor in actors {
      let sessions = Self.sessions(of: actor, rehearsal, first, count)
      for group in Self.groups(actor) { print(group.row(actor, sessions)) }
      table += sessions.enumerated().map { Self.line(actor, first + UInt64($0.offset), $0.element) }
      fflush(nil)
    }
    if let answers {
      try (table.joined(separator: "\n") + "\n").write(toFile: answers, atomically: true, encoding: .utf8)
    }
  }

  private typealias Session = (result: LightResult?, truth: LightTruth)

  private static func sessions(
    of actor: LightActor, _ rehearsal: LightRehearsal, _ first: UInt64, _ count: Int
  ) -> [Session] {
    let none: Session = (nil, LightTruth(ambient: 0, share: 0, delay: 0))
    let results = UnsafeMutableBufferPointer<Session>.allocate(capacity: count)
    results.initialize(repeating: none)
    defer {
      results.deinitialize()
      results.deallocate()
    }
    // Every session writes its own place.
    nonisolated(unsafe) let places = results
    DispatchQueue.concurrentPerform(iterations: count) { index in
      places[index] = rehearsal.run(actor, seed: first + UInt64(index))
    }
    return Array(results)
  }

  /// Persons are told apart by how much of the light on them is the screen's; attackers are counted together.
  private struct Group {
    let name: String
    let shares: Range<Double>

    func row(_ actor: LightActor, _ all: [Session]) -> String {
      let sessions = all.filter { shares.contains($0.truth.share) }
      func count(_ outcome: LightOutcome) -> Int { sessions.count { $0.result?.outcome == outcome } }
      let passed = count(.passed)
      let bounds = Binomial.bounds(passed, of: max(sessions.count, 1))
      var words: [String: Int] = [:]
      for session in sessions {
        guard let result = session.result, let reason = result.reason else { continue }
        words["\(result.outcome.rawValue) \(reason.rawValue)", default: 0] += 1
      }
      let listed = words.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.key) \($0.value)" }
      return "| \(actor.rawValue)\(name) | \(sessions.count) | \(passed) "
        + String(
          format: "(%.2f %%) | %.3f–%.3f %% ", 100 * Double(passed) / Double(max(sessions.count, 1)),
          bounds.0,
          bounds.1)
        + "| \(count(.failed)) | \(count(.unavailable)) | \(listed.joined(separator: ", ")) |"
    }
  }

  private static func groups(_ actor: LightActor) -> [Group] {
    guard actor == .person || actor == .personUnlocked else {
      return [Group(name: "", shares: 0..<(.infinity))]
    }
    return [
      Group(name: ", screen a tenth of the room's light or more", shares: 0.1..<(.infinity)),
      Group(name: ", less", shares: 0..<0.1),
    ]
  }

  private static let head = """
    | who | sessions | passed | 95 % bounds | failed | unavailable | why |
    |---|---|---|---|---|---|---|
    """

  private static let columns =
    "frames\tcorrelation\tdelay\tgain\tactivity\trelief\trelief_error\tbackground\tneck"

  private static func line(_ actor: LightActor, _ seed: UInt64, _ session: Session) -> String {
    func text(_ value: Double?) -> String { value.map { String(format: "%.5f", $0) } ?? "" }
    let (result, truth) = session
    let answer = result?.answer
    return [
      actor.rawValue, "\(seed)", result?.outcome.rawValue ?? "", result?.reason?.rawValue ?? "",
      text(truth.share), text(truth.ambient), text(truth.delay), "\(answer?.frames ?? 0)",
      text(answer?.correlation), text(answer?.delay), text(answer?.gain), text(answer?.activity),
      text(answer?.relief), text(answer?.reliefError), text(answer?.background), text(answer?.neck),
    ].joined(separator: "\t")
  }
}

/// The pictures of a clip, cut about the face, ready to be lit.
private enum LitClip {
  /// Distance between the eyes in the cuts, and their side, in pixels.
  private static let (eyes, side) = (Float(36), 200)

  static func read(_ path: String, _ finder: FaceFinder, most: Int) throws -> [LitScene]? {
    let file = try MediaFile(path: path)
    var scenes: [LitScene] = []
    var last: Face?
    var isOver = false
    while !isOver, scenes.count < most {
      switch try file.next() {
      case .frame(let frame):
        last = try finder.face(in: frame, after: last)
        guard let face = last, let scene = cut(frame, face) else { continue }
        scenes.append(scene)
      case .ended: isOver = true
      case .timeout, .dropped, .lost: continue
      }
    }
    return scenes.count >= 2 ? scenes : nil
  }

  private static func cut(_ frame: Frame, _ face: Face) -> LitScene? {
    let scale = face.landmarks.interocularDistance / eyes
    guard scale > 0.2 else { return nil }
    let nose = face.landmarks.points[28]
    let (left, top) = (nose.x - Float(side) / 2 * scale, nose.y - Float(side) / 2 * scale)
    let map = AffineTransform2D(a: scale, b: 0, tx: left, c: 0, d: scale, ty: top)
    func move(_ point: PixelPoint) -> PixelPoint {
      PixelPoint((point.x - left) / scale, (point.y - top) / scale)
    }
    guard let landmarks = Landmarks68(face.landmarks.points.map(move)),
      let box = PixelRect(around: landmarks.points)
    else { return nil }
    let mesh = face.mesh.map { MeshPoint(($0.x - left) / scale, ($0.y - top) / scale, $0.z / scale) }
    let picture = frame.warpedImage(size: PixelSize(width: side, height: side), map: map)
    return LitScene(
      picture,
      Face(
        box: box, presence: face.presence, landmarks: landmarks, mesh: mesh,
        quality: FaceQuality(interocularPixels: eyes, sharpness: 100, exposure: 0.5)))
  }
}
