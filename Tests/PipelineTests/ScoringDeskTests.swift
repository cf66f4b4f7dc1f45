import Calibration
import FaceScoring
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Synchronization
import Testing
import VigilTesting

/// The desk with networks that can be worked out by hand: the mean of red minus a half.
@Suite struct ScoringDeskTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "desk-\(UUID().uuidString)")

  private func frame(_ index: Int, red: UInt8) -> Frame {
    RGBImage(size: PixelSize(width: 160, height: 120)) { out in
      for pixel in 0..<160 * 120 { (out[pixel * 3], out[pixel * 3 + 1], out[pixel * 3 + 2]) = (red, 9, 9) }
    }.frame(
      stamp: FrameStamp(
        index: UInt64(index), captured: MonotonicInstant(seconds: Double(index) / 30), camera: "t"))
  }

  private var face: Face? {
    Landmarks68((0..<68).map { PixelPoint(60 + Float($0 % 10) * 4, 40 + Float($0 / 10) * 6) }).map {
      Face(
        box: PixelRect(x: 60, y: 40, width: 40, height: 40), presence: Confidence(1), landmarks: $0,
        quality: FaceQuality(interocularPixels: 30, sharpness: 90, exposure: 0.5))
    }
  }

  private func time(_ index: Int) -> MonotonicInstant { MonotonicInstant(seconds: Double(index) / 30) }

  private func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

  @Test func everyNthFrameIsScoredAndJoinedByTheRules() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let hash = try TinyNetworks.install("net", in: folder)
    let later = try TinyNetworks.installSequence("time", of: "net", length: 6, least: 3, in: folder)
    var options = ScoringOptions()
    options.every = .frames(3)
    options.mapsAttention = true
    let rules = ScoreRules.Question(
      joined: [
        .init(
          members: [
            .init(name: "net", sha256: hash, weight: 2), .init(name: "time", sha256: later, weight: 1),
          ], bias: 0.5), .init(members: [.init(name: "net", sha256: hash, weight: 4)], bias: 0),
      ], limits: [:])
    options.rules = ScoreRules(
      origin: .init(id: "t", date: "d", data: "d", metric: "m", tool: "t"), forgery: rules, spoof: nil)
    let seen = Mutex<[UInt64]>([])
    options.observer = { crop in seen.withLock { $0.append(crop.frame) } }
    let desk = ScoringDesk(ScorerSet(folder: folder), options: options, pace: .inline)
    let face = try #require(face)
    for index in 0..<30 {
      desk.offer(face, of: TrackID(1), in: frame(index, red: 255))
      let scores = desk.scores(of: TrackID(1), at: time(index))
      #expect(scores.spoof == .unavailable(.noModel))
      let count = index / 3 + 1
      guard count >= 5 else {
        #expect(scores.forgery == .pending(observed: Double(count), required: 5))
        continue
      }
      // Logit 0.5 of every crop. Five of the sequence network (0 each) come two crops later.
      let expected = count >= 7 ? 2 * 0.5 + 0.5 : 4 * 0.5
      let found = try #require(scores.forgery.value)
      #expect(abs(found.probability.value - logistic(expected)) < 1e-4, "\(index)")
      #expect(found.framesScored == count)
      let map = try #require(scores.forgeryMap)
      #expect(map.method == .classActivation && map.values.allSatisfy { abs($0 - 0.5) < 1e-4 })
    }
    #expect(seen.withLock { $0 } == (0..<10).map { UInt64($0 * 3) })
    #expect(desk.scores(of: TrackID(1), at: time(200)).forgery == .unavailable(.stale))
    desk.keepOnly([])
    #expect(desk.scores(of: TrackID(1), at: time(30)).forgery == .pending(observed: 0, required: 5))
  }

  /// A third of a second lies between two looks at any rate; a source with fewer frames is scored in every one.
  @Test(arguments: [(120.0, 24), (30, 24), (25, 23), (10, 20), (5, 20), (2, 16), (0.5, 4)])
  func aCameraOfAnyRateIsScoredAlike(rate: Double, looks: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder)
    let seen = Mutex<[Double]>([])
    var options = ScoringOptions()
    options.observer = { crop in seen.withLock { $0.append(Double(crop.frame) / rate) } }
    let desk = ScoringDesk(ScorerSet(folder: folder), options: options, pace: .inline)
    let picture = frame(0, red: 40)
    var firstAnswer: Double?
    for index in 0..<Int(8 * rate) {
      let now = MonotonicInstant(seconds: Double(index) / rate)
      desk.offer(
        try #require(face), of: TrackID(1),
        in: picture.rgbImage().frame(stamp: FrameStamp(index: UInt64(index), captured: now, camera: "t")))
      if firstAnswer == nil, desk.scores(of: TrackID(1), at: now).forgery.value != nil {
        firstAnswer = Double(index) / rate
      }
    }
    let times = seen.withLock { $0 }
    #expect(times.count == looks, "\(times)")
    if rate >= 2 { #expect(try #require(firstAnswer) <= 2) } else { #expect(firstAnswer == nil) }
  }

  /// A covered face is not shown to the other networks; what they said of it before stays, until it is too old.
  @Test func aCoveredFaceIsNotShownToTheOthers() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder)
    try TinyNetworks.install("cover", task: "cover", threshold: 0.5, scale: 20, in: folder)
    var options = ScoringOptions()
    options.every = .frames(1)
    options.coverLimit = 0.5
    let scored = Mutex<Int>(0)
    options.observer = { crop in scored.withLock { $0 += crop.manifest.name == "net" ? 1 : 0 } }
    let desk = ScoringDesk(ScorerSet(folder: folder), options: options, pace: .inline)
    let (one, face) = (TrackID(1), try #require(face))
    for index in 0..<9 { desk.offer(face, of: one, in: frame(index, red: 10)) }
    #expect(scored.withLock { $0 } == 9 && desk.cover(of: one, at: time(8)) == nil)
    for index in 9..<60 { desk.offer(face, of: one, in: frame(index, red: 250)) }
    let seen = try #require(desk.cover(of: one, at: time(59)))
    #expect(seen.reason == .covered && seen.measure == .covered && seen.value > 0.9 && seen.limit == 0.5)
    #expect(scored.withLock { $0 } == 9 && desk.scores(of: one, at: time(59)).forgery.value != nil)
    #expect(desk.cover(of: one, at: time(59) + .seconds(2)) == nil)
    #expect(
      desk.scores(of: one, at: time(120)).hindered(by: .covered).forgery == .unavailable(.covered))
    desk.offer(face, of: one, in: frame(120, red: 10))
    #expect(desk.cover(of: one, at: time(120)) == nil && scored.withLock { $0 } == 10)
  }

  @Test func anIntervalIsReadWithItsUnitOrRefused() {
    #expect(ScoringInterval("333ms") == .standard && ScoringInterval("0.5s") == .time(.milliseconds(500)))
    #expect(ScoringInterval("10") == .frames(10))
    for text in [
      "", "s", "ms", "0", "301", "-5", "5ms", "11s", "nans", "1e3ms", "0x10s", "１s", "10 ms", "infs",
    ] {
      #expect(ScoringInterval(text) == nil, "\(text)")
    }
    for interval in [ScoringInterval.standard, .frames(7), .time(.microseconds(20_500))] {
      #expect(ScoringInterval(interval.description) == interval)
    }
  }

  @Test func aStillPictureIsLookedAtFiveTimes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", task: "spoof", in: folder)
    let desk = ScoringDesk(ScorerSet(folder: folder), options: .init(), pace: .inline, isStill: true)
    desk.offer(try #require(face), of: TrackID(1), in: frame(0, red: 0))
    let scores = desk.scores(of: TrackID(1), at: time(0))
    let found = try #require(scores.spoof.value)
    #expect(abs(found.probability.value - logistic(-0.5)) < 1e-4 && found.framesScored == 5)
    #expect(scores.forgery == .unavailable(.noModel) && scores.spoofMap == nil)
  }

  @Test func besidesKeepsToItsShareAndServesAllFaces() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyNetworks.install("net", in: folder)
    var options = ScoringOptions()
    options.every = .frames(1)
    options.share = 0.02
    let seen = Mutex<[TrackID: Int]>([:])
    options.observer = { crop in seen.withLock { $0[crop.track, default: 0] += 1 } }
    let desk = ScoringDesk(ScorerSet(folder: folder), options: options, pace: .besides)
    let face = try #require(face)
    let picture = frame(0, red: 40)
    // Offers until each face was looked at three times, however long a look takes on this machine.
    var offers = 0
    while seen.withLock({ $0.count < 3 || ($0.values.min() ?? 0) < 3 }) {
      offers += 1
      let stamp = FrameStamp(index: UInt64(offers), captured: picture.captured, camera: "t")
      let frame = picture.rgbImage().frame(stamp: stamp)
      for track in 1...3 { desk.offer(face, of: TrackID(track), in: frame) }
      try await Task.sleep(for: .milliseconds(2))
    }
    let counts = seen.withLock { $0 }
    let most = counts.values.max() ?? 0
    #expect(counts.count == 3 && most < offers, "\(counts) of \(offers)")
    #expect((counts.values.min() ?? 0) + 2 >= most, "\(counts)")
  }

  @Test func theBudgetPausesAsLongAsTheRunWasDear() {
    var budget = CoreShare(share: 0.15)
    let start = MonotonicInstant(seconds: 10)
    #expect(budget.allows(at: start))
    budget.ran(from: start, cost: .milliseconds(15))
    #expect(!budget.allows(at: start + .milliseconds(99)) && budget.allows(at: start + .milliseconds(101)))
    // Runs as early as allowed: fifteen hundredths of the time.
    var (now, busy) = (start, 0.0)
    for step in 0..<10_000 {
      let at = start + .milliseconds(step)
      guard budget.allows(at: at) else { continue }
      budget.ran(from: at, cost: .milliseconds(9))
      (now, busy) = (at, busy + 0.009)
    }
    #expect(busy / (now - start).inSeconds < 0.152 && busy > 1.2)
  }
}
