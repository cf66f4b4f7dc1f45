import ArgumentParser
import Capture
import Foundation
import Imaging
import JSON
import Observations
import Quantities
import Reports
import Surroundings

/// `vigil probe`: reads a source without looking for faces and says what came; for tests of drivers and streams.
struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Reads frames of a source and prints where each one went.",
    shouldDisplay: false)

  @Option(help: "Stop after so many frames.") var frames = 100
  @Option(help: "Stop after so many seconds.") var seconds = 30.0
  @Option(help: "Ask a camera for this pixel format, for example YUYV.") var format: String?
  @Option(help: "Ask a camera for this size, WxH.") var size: String?
  @Option(help: "Ask a camera for so many frames a second.") var rate = 30
  @Flag(help: "Hash every frame's bytes (to compare two runs).") var hash = false
  @Argument(help: "Source, as for vigil monitor.") var source: String?

  func validate() throws {
    try GivenNumber.check(frames, "--frames", in: 1...1_000_000_000)
    try GivenNumber.check(seconds, "--seconds", in: 0.01...GivenNumber.longest)
    try GivenNumber.check(rate, "--rate", in: 1...1000)
  }

  func run() throws {
    var log = ProbeLog(hashing: hash)
    do {
      try probe(&log)
    } catch let error as CaptureError {
      log.error = error.description
    }
    try StandardOutput.line(log.json.text)
    if log.error != nil, log.frames == 0 { throw ExitCode(ExitClass.noInput.code) }
  }

  private func probe(_ log: inout ProbeLog) throws {
    var options = SourceOptions.fenced
    options.log = CaptureLog { [start = log.start] line in
      let seconds = String(format: "%.2f", (MonotonicInstant.now() - start).inSeconds)
      StandardErrors.lines("\(seconds) s  \(line)")
    }
    options.choice = CameraChoiceFile.read()
    options.wish.format = format
    options.wish.framesPerSecond = rate
    if let size {
      let sides = size.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ (1...16384).contains($0) }) else {
        throw Failure(.usage, "--size \(size): write WxH")
      }
      options.wish.size = PixelSize(width: sides[0], height: sides[1])
    }
    let opened = try SourceSpecification(source).openUnfiltered(options: options)
    log.openedAt = .now()
    defer { log.finish(opened) }
    while log.frames < frames, (MonotonicInstant.now() - log.start).inSeconds < seconds {
      let event = try opened.next()
      log.add(event)
      if case .frame = event, log.frames == 1 { options.log.note("streaming", at: .now()) }
      if case .ended = event { break }
    }
  }
}

/// What a probe saw.
private struct ProbeLog {
  let start = MonotonicInstant.now()
  let hashing: Bool
  var openedAt = MonotonicInstant.now()
  var frames = 0
  var error: String?
  private var timeouts = 0
  private var dropped = 0
  private var lost = 0
  private var damage: String?
  private var ended = false
  private var backwards = 0
  private var oldest = Duration.zero
  private var last: FrameStamp?
  private var lastSize: PixelSize?
  private var bars: [OrderedJSON] = []
  private var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  private var cpuAway = 0.0
  private var secondsAway = 0.0
  private var source: (any FrameSource)?

  init(hashing: Bool) { self.hashing = hashing }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  private var mark: (cpu: Double, at: MonotonicInstant) = (Self.cpuSeconds(), .now())

  mutating func add(_ event: SourceEvent) {
    let (cpu, now) = (Self.cpuSeconds(), MonotonicInstant.now())
    switch event {
    case .frame(let frame): add(frame, now)
    case .timeout: timeouts += 1
    case .dropped: dropped += 1
    case .lost:
      lost += 1
      cpuAway += cpu - mark.cpu
      secondsAway += (now - mark.at).inSeconds
    case .ended(let damage): (ended, self.damage) = (true, damage)
    }
    mark = (cpu, now)
  }

  private mutating func add(_ frame: Frame, _ now: MonotonicInstant) {
    frames += 1
    if let last, frame.captured <= last.captured || frame.index <= last.index { backwards += 1 }
    last = frame.stamp
    lastSize = frame.size
    let age = now - frame.captured
    if age < .seconds(3600) { oldest = max(oldest, age) }
    if hashing {
      frame.withBytes { for byte in $0 { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 } }
    }
    bars = Self.bars(frame)
  }

  /// Mean colours of eight vertical bars, at half height.
  private static func bars(_ frame: Frame) -> [OrderedJSON] {
    let size = frame.size
    guard size.width >= 64, size.height >= 16 else { return [] }
    return (0..<8).map { bar in
      let left = Float(size.width) * (Float(bar) + 0.4) / 8
      let map = AffineTransform2D(
        a: Float(size.width) / 8 * 0.2 / 4, b: 0, tx: left, c: 0, d: 1, ty: Float(size.height / 2))
      let patch = frame.warpedImage(size: PixelSize(width: 4, height: 4), map: map)
      return .array(
        (0..<3).map { channel in
          let sum = (0..<16).reduce(0) { $0 + Int(patch[$1 % 4, $1 / 4, channel]) }
          return .integer(Int64((sum + 8) / 16))
        })
    }
  }

  mutating func finish(_ source: any FrameSource) { self.source = source }

  var json: OrderedJSON {
    var members: [(String, OrderedJSON)] = [("frames", .integer(Int64(frames)))]
    func add(_ name: String, _ number: some BinaryInteger) { members.append((name, .integer(Int64(number)))) }
    func add(_ name: String, seconds: Double) { members.append((name, .number(seconds, decimals: 4))) }
    if let error { members.append(("error", .string(error))) }
    if let source {
      let description = source.description
      members.append(("name", .string(description.name)))
      members.append(("size", .string("\(description.size.width)x\(description.size.height)")))
      if let rate = description.framesPerSecond { add("rate", seconds: rate) }
      let counters = source.counters
      add("delivered", counters.delivered)
      add("lost", counters.lost)
      add("damaged", counters.damaged)
      add("undecodable", counters.undecodable)
      add("pool_exhausted", counters.poolExhausted)
      add("stale", counters.stale)
      add("restarts", counters.restarts)
      add("reconnects", counters.reconnects)
      add("accounted", counters.accounted)
      if let evidence = source.injection {
        add("injection", seconds: evidence.strength)
        members.append(("findings", .array(evidence.findings.map(\.json))))
      }
      if let camera = source as? Camera {
        members.append(
          (
            "recoveries_ms",
            .array(
              camera.recoveries.map { .number(($0.until - $0.since).inMilliseconds, decimals: 1) })
          ))
        add("opened_at_ms", openedAt.nanoseconds / 1_000_000)
        members.append(
          (
            "recovered_at_ms",
            .array(camera.recoveries.map { .integer($0.until.nanoseconds / 1_000_000) })
          ))
      }
    }
    add("last_index", last?.index ?? 0)
    if let lastSize { members.append(("last_size", .string("\(lastSize.width)x\(lastSize.height)"))) }
    add("timeouts", timeouts)
    add("dropped_events", dropped)
    add("lost_events", lost)
    add("backwards", backwards)
    members.append(("ended", .bool(ended)))
    if let damage { members.append(("damage", .string(damage))) }
    add("oldest_ms", seconds: oldest.inMilliseconds)
    add("seconds", seconds: (MonotonicInstant.now() - start).inSeconds)
    if secondsAway > 0 { add("cpu_away_percent", seconds: 100 * cpuAway / secondsAway) }
    if hashing { members.append(("hash", .string(String(digest, radix: 16)))) }
    members.append(("bars", .array(bars)))
    return .object(members)
  }
}
