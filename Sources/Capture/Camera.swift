import Foundation
import Imaging
public import Observations
public import Quantities

/// A V4L2 camera that is kept alive: stalls restart it, unplugging waits for it, errors are counted by name.
///
/// Each frame is copied (or decoded) once into a pooled buffer and the driver's buffer is queued again at once.
/// Times are the driver's, on CLOCK_MONOTONIC. When the receiver was slow, older waiting frames are dropped and
/// counted: what comes is the newest. See ``CameraLife`` for its turns.
public final class Camera: FrameSource {
  /// Opens a device; tests put a scripted one here.
  package typealias Opener = (_ path: String, _ wish: CameraWish) throws(CaptureError) -> any StreamingDevice

  /// What is known of the camera.
  public let description: SourceDescription
  /// Where the frames went.
  public private(set) var counters = SourceCounters()
  /// What the camera is, as its driver says.
  public let entry: CameraEntry
  /// A time without good frames: from when it was noticed to when the next one was there.
  public struct Recovery: Sendable, Equatable {
    /// The stall or loss was noticed.
    public let since: MonotonicInstant
    /// The next good frame was there.
    public let until: MonotonicInstant
  }

  /// The times without good frames, the first ten thousand; for reports.
  public private(set) var recoveries: [Recovery] = []

  /// The device file.
  public var devicePath: String? { path }
  private let path: String
  private let options: SourceOptions
  private let opener: Opener
  private let locate: (CameraEntry, String) -> String?
  private let decoder: JPEGDecoder
  private var intake = CameraIntake()
  private var life: CameraLife
  private var device: (any StreamingDevice)?
  private var troubleSince: MonotonicInstant?
  private var judge = InjectionJudge()
  private var watch: DeviceWatch?
  private var reported: (until: MonotonicInstant, reason: String)?
  private var pulse = FramePulse()

  /// Opens the camera at `path`, a device file or `pipewire:NAME`, agrees on a format and starts streaming.
  public convenience init(path: String, options: SourceOptions) throws(CaptureError) {
    if PipeWireNodes.isNamed(path) {
      try self.init(
        path: path, options: options,
        opener: { (path, wish) throws(CaptureError) in
          try PipeWireNodes.open(path, wish, mostPixels: options.mostPixels)
        },
        locate: { camera, _ in PipeWireNodes.place(of: camera) })
      return
    }
    try self.init(
      path: path, options: options,
      opener: { (path, wish) throws(CaptureError) in try V4L2Device(path: path, wish: wish) },
      locate: { CameraList.path(of: $0, lastSeenAt: $1) })
  }

  /// A camera whose devices `opener` opens and `locate` finds again.
  package init(
    path: String, options: SourceOptions, opener: @escaping Opener,
    locate: @escaping (CameraEntry, String) -> String?
  ) throws(CaptureError) {
    (self.path, self.options, self.opener, self.locate) = (path, options, opener, locate)
    life = CameraLife(patience: options.patience)
    decoder = JPEGDecoder(source: path)
    let device = try Self.open(path, options, opener)
    self.device = device
    entry = device.entry
    description = SourceDescription(
      name: (path as NSString).lastPathComponent, kind: .live, size: device.grant.size,
      framesPerSecond: device.grant.rate)
    life.handle(.opened, at: .now())
    judge.note(entry)
    prepareConversion(device.grant)
    if let difference = device.grant.difference(from: options.wish) {
      options.log.note("\(path): \(difference)", at: .now())
    }
  }

  /// What speaks against the frames coming from a sensor.
  public var injection: InjectionEvidence? { judge.evidence }

  /// The next frame; waits at most a second.
  public func next() throws(CaptureError) -> SourceEvent {
    while true {
      switch life.action {
      case .open: reopen()
      case .restart: restart()
      case .read:
        if let event = read() { return event }
      case .wait(let until): return wait(until)
      case .end:
        device = nil
        throw (life.trouble ?? DriverFault("streaming", ENODEV)).error(path)
      }
    }
  }

  /// Ends the camera's life: the device is closed and the next event is an error.
  public func stop() {
    life.handle(.stopped, at: .now())
    device = nil
  }
}

// MARK: The life's actions

extension Camera {
  /// Opens a device; without room on the bus a smaller picture is better than none.
  private static func open(
    _ path: String, _ options: SourceOptions, _ opener: Opener
  ) throws(CaptureError) -> any StreamingDevice {
    var wish = options.wish
    while true {
      do throws(CaptureError) {
        let device = try opener(path, wish)
        let size = device.grant.size
        try MediaFile.checkSize(path, size.width, size.height, most: options.mostPixels)
        return device
      } catch {
        let smaller = [(640, 480), (320, 240)].first { $0.0 * $0.1 < wish.size.area }
        guard error.fault?.meaning == .noBandwidth, let smaller else { throw error }
        wish.size = PixelSize(width: smaller.0, height: smaller.1)
        options.log.note(
          "\(path): not enough USB bandwidth; trying \(smaller.0)x\(smaller.1)", at: .now())
      }
    }
  }

  /// A converter for what the driver granted, when this program does not read that itself.
  private func prepareConversion(_ grant: CameraGrant) {
    guard let conversion = grant.conversion else {
      intake.converter = nil
      return
    }
    options.log.note("\(path): gives \(grant.format), which libv4lconvert converts", at: .now())
    intake.converter =
      options.decoder.map {
        ConversionProcess(program: $0, conversion: conversion, source: path, log: options.log)
      } ?? LibraryConverter(conversion)
  }

  private func reopen() {
    device = nil
    guard let place = locate(entry, path) else {
      life.handle(.openingFailed(DriverFault("looking for the camera", ENODEV)), at: .now())
      return
    }
    do throws(CaptureError) {
      let device = try Self.open(place, options, opener)
      guard device.entry.isSameCamera(as: entry) else {
        throw CaptureError(
          .lost, place, "another device", fault: DriverFault("another device is there", ENODEV))
      }
      (self.device, watch, reported) = (device, nil, nil)
      prepareConversion(device.grant)
      intake.forgetSequence()
      pulse = FramePulse()
      counters.reconnects += 1
      life.handle(.opened, at: .now())
    } catch {
      life.handle(.openingFailed(error.fault ?? DriverFault("opening", EINVAL)), at: .now())
    }
  }

  private func restart() {
    troubleSince = troubleSince ?? .now()
    do throws(DriverFault) {
      guard let device else { throw DriverFault("restarting", ENODEV) }
      try device.restart()
      intake.forgetSequence()
      pulse = FramePulse()
      counters.restarts += 1
      options.log.note("\(path): stream started anew", at: .now())
      life.handle(.restarted, at: .now())
    } catch {
      life.handle(.restartFailed(error), at: .now())
    }
  }

  private func wait(_ until: MonotonicInstant) -> SourceEvent {
    device = nil
    troubleSince = troubleSince ?? .now()
    let trouble = life.trouble ?? DriverFault("streaming", ENODEV)
    // Words cost a look at every process when the device is busy: once a wait is enough.
    let reason = reported?.until == until ? reported?.reason ?? "" : trouble.error(path).problem
    reported = (until, reason)
    options.log.note("\(path): \(reason); looking for it", at: .now())
    let watch = watch ?? DeviceWatch()
    self.watch = watch
    let hasAppeared = watch.wait(min(until - .now(), .milliseconds(500)))
    life.handle(hasAppeared ? .appeared : .waited, at: .now())
    return .lost(reason: reason)
  }

  /// Five frame periods, as OBS waits, of the rate at which frames really come: in the dark, or fed by a program, it
  /// may be far below the promised one. A second before that is known, since sensors start slowly.
  private var silence: Duration {
    guard let period = pulse.period, let rate = device?.grant.rate, rate > 0 else { return .seconds(1) }
    return min(max(max(.seconds(1 / rate), period) * 5, .milliseconds(200)), .seconds(2))
  }

  /// Reads one buffer; nil when the life took another turn that shows no event.
  private func read() -> SourceEvent? {
    guard let device else {
      life.handle(.fault(DriverFault("reading", ENODEV)), at: .now())
      return nil
    }
    switch device.read(patience: silence) {
    case .silence:
      judge.noteBreak()
      life.handle(.silence, at: .now())
      return .timeout
    case .fault(let fault):
      options.log.note("\(path): \(fault.error(path).problem)", at: .now())
      troubleSince = troubleSince ?? .now()
      judge.noteBreak()
      life.handle(.fault(fault), at: .now())
      return nil
    case .buffer(let buffer):
      let outcome = take(buffer, of: device)
      life.handle(outcome.isGood ? .goodBuffer : .damagedBuffer, at: .now())
      return outcome.event
    }
  }

  private func take(
    _ first: consuming DriverBuffer, of device: any StreamingDevice
  ) -> (event: SourceEvent, isGood: Bool) {
    var newest = first
    let tooOld = device.grant.rate.map { Duration.seconds(1 / $0) } ?? .milliseconds(50)
    while let captured = newest.captured, .now() - captured > tooOld, let newer = device.readReady() {
      _ = intake.number(newest.sequence, &counters)
      counters.stale += 1
      newest = newer
    }
    let number = intake.number(newest.sequence, &counters)
    let stamp = FrameStamp(index: number, captured: newest.captured ?? .now(), camera: description.name)
    judge.note(timeCopied: newest.isTimeCopied)
    let content = intake.frame(newest, grant: device.grant, decoder: decoder, stamp: stamp)
    switch content {
    case .frame(let frame):
      counters.delivered += 1
      judge.observe(frame)
      pulse.add(frame.captured)
      if let since = troubleSince.take(), recoveries.count < 10_000 {
        recoveries.append(Recovery(since: since, until: .now()))
      }
      return (.frame(frame), true)
    case .damaged: counters.damaged += 1
    case .undecodable: counters.undecodable += 1
    case .poolExhausted:
      // The camera is well; the receivers hold every buffer.
      counters.poolExhausted += 1
      return (.dropped, true)
    }
    options.log.note("\(path): a frame is damaged and dropped", at: .now())
    return (.dropped, false)
  }
}
