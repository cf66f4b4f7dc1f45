import Capture
import Foundation
import Imaging
import Quantities
import Testing
import VigilTesting

/// Options with waits short enough for tests.
private func hurried() -> SourceOptions {
  var options = SourceOptions(decoder: BuiltPrograms.vigil)
  options.patience.firstWait = .milliseconds(1)
  options.patience.longestWait = .milliseconds(4)
  options.log = .silent()
  return options
}

/// Reads until a frame comes; gives the other events on the way.
private func untilFrame(_ camera: Camera, limit: Int = 200) throws -> [String] {
  var events: [String] = []
  for _ in 0..<limit {
    switch try camera.next() {
    case .frame: return events
    case .timeout: events.append("timeout")
    case .dropped: events.append("dropped")
    case .lost: events.append("lost")
    case .ended: events.append("ended")
    }
  }
  Issue.record("no frame within \(limit) events: \(events.prefix(10))")
  return events
}

/// A camera over scripted devices; the script runs through `steps` and then gives frames for ever.
private func camera(_ steps: [ScriptedDevice.Step], then: ScriptedDevice.Step = .frame()) throws -> (
  Camera, ScriptedDevice
) {
  var rest = steps[...]
  let device = ScriptedDevice { rest.popFirst() ?? then }
  let camera = try Camera(
    path: "/dev/video0", options: hurried(), opener: { _, _ in device }, locate: { _, path in path })
  return (camera, device)
}

@Suite struct CameraTests {
  @Test func damagedAndLostFramesAreCountedByName() throws {
    let (camera, device) = try camera([
      .frame(), .frame(flagged: true), .frame(short: true), .frame(lostBefore: 3), .frame(),
    ])
    var stamps: [UInt64] = []
    for _ in 0..<5 { if case .frame(let frame) = try camera.next() { stamps.append(frame.index) } }
    #expect(stamps == [0, 6, 7])
    #expect(camera.counters.damaged == 2 && camera.counters.lost == 3 && camera.counters.delivered == 3)
    #expect(camera.counters.accounted == device.numbered)
    #expect(device.requeued == device.dequeued)
  }

  @Test func stallRestartsTheStream() throws {
    let (camera, _) = try camera([.frame(), .silence, .frame()])
    #expect(try untilFrame(camera) == [])
    #expect(try untilFrame(camera) == ["timeout"])
    #expect(camera.counters.restarts == 1)
  }

  @Test func unpluggedCameraIsOpenedAgain() throws {
    let (camera, _) = try camera([.frame(), .fault(ENODEV), .frame()])
    _ = try untilFrame(camera)
    #expect(try untilFrame(camera).contains("lost"))
    #expect(camera.counters.reconnects == 1)
    #expect(camera.recoveries.count == 1)
  }

  /// While the camera is away another device appears in its place: a virtual camera must not slip in.
  /// A camera that is away is looked for in the real list of devices, for two seconds, and costs next to nothing.
  @Test func lookingForALostCameraTakesUnderOnePercentOfACore() throws {
    func used() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    var options = SourceOptions(decoder: BuiltPrograms.vigil)
    options.log = .silent()
    let device = ScriptedDevice { .fault(ENODEV) }
    let camera = try Camera(
      path: "/dev/video250", options: options, opener: { _, _ in device },
      locate: { CameraList.path(of: $0, lastSeenAt: $1) })
    _ = try camera.next()
    let (start, before) = (MonotonicInstant.now(), used())
    var lost = 0
    while MonotonicInstant.now() - start < .seconds(2) { if case .lost = try camera.next() { lost += 1 } }
    let share = (used() - before) / (MonotonicInstant.now() - start).inSeconds
    #expect(lost >= 4)
    // Debug builds are slower than what people run; optimized it is about a tenth of this.
    #expect(share < 0.01, "\(share * 100) % of a core")
  }

  @Test func anotherDeviceInItsPlaceIsRefused() throws {
    var openings = 0
    let camera = try Camera(
      path: "/dev/video0", options: hurried(),
      opener: { _, _ in
        openings += 1
        let impostor = (2...4).contains(openings)
        let device = ScriptedDevice(entry: ScriptedDevice.entry(card: impostor ? "OBS" : "Paper")) {
          .frame()
        }
        if openings == 1 { device.script = { .fault(ENODEV) } }
        return device
      }, locate: { _, path in path })
    let events = try untilFrame(camera)
    #expect(openings == 5)
    #expect(events.filter { $0 == "lost" }.count >= 4)
    #expect(camera.counters.reconnects == 1)
  }

  @Test func withoutBandwidthSmallerPicturesAreTried() throws {
    var sizes: [PixelSize] = []
    _ = try Camera(
      path: "/dev/video0", options: hurried(),
      opener: { path, wish throws(CaptureError) in
        sizes.append(wish.size)
        if sizes.count < 3 { throw DriverFault("starting the stream", ENOSPC).error(path) }
        return ScriptedDevice { .frame() }
      }, locate: { _, path in path })
    #expect(sizes.map(\.width) == [1280, 640, 320])
  }

  @Test(arguments: [
    (ENOENT, CaptureError.Kind.missing, "vigil devices"), (EBUSY, .busy, "fuser"),
    (EACCES, .forbidden, "group"),
    (ENOSPC, .refused, "bandwidth"), (EIO, .refused, "Input/output"), (ENODEV, .lost, "plug"),
  ]) func faultsSayWhatToDo(code: Int32, kind: CaptureError.Kind, words: String) {
    let error = #expect(throws: CaptureError.self) {
      _ = try Camera(
        path: "/dev/video9", options: hurried(),
        opener: { path, _ throws(CaptureError) in throw DriverFault("opening", code).error(path) },
        locate: { _, path in path })
    }
    #expect(error?.kind == kind)
    #expect(error?.description.contains(words) == true)
    #expect(error?.description.contains("/dev/video9") == true)
  }

  /// A soak in small: random faults; every number that the drivers counted is accounted for, every buffer went back.
  @Test(arguments: 1...20) func soak(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var devices: [ScriptedDevice] = []
    func step() -> ScriptedDevice.Step {
      switch Int.random(in: 0..<40, using: &random) {
      case 0: .silence
      case 1: .fault(ENODEV)
      case 2: .fault(EIO)
      case 3...5: .frame(flagged: true)
      case 6: .frame(short: true)
      case 7...9: .frame(lostBefore: UInt32.random(in: 1...5, using: &random))
      default: .frame()
      }
    }
    let camera = try Camera(
      path: "/dev/video0", options: hurried(),
      opener: { path, _ throws(CaptureError) in
        if !devices.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
          throw DriverFault("opening", ENOENT).error(path)
        }
        let device = ScriptedDevice(script: step)
        device.restartFaults = Bool.random(using: &random) ? [EIO] : []
        devices.append(device)
        return device
      }, locate: { _, path in path })
    var last: UInt64?
    for _ in 0..<1500 {
      guard case .frame(let frame) = try camera.next() else { continue }
      #expect(last.map { frame.index > $0 } ?? true)
      last = frame.index
    }
    #expect(camera.counters.accounted == devices.reduce(0) { $0 + $1.numbered })
    #expect(devices.allSatisfy { $0.dequeued == $0.requeued })
    #expect(camera.counters.delivered > 500)
  }
}
