import Foundation
import Imaging
import Observations
import Quantities

/// A file or stream that is read and decoded by another process, which may crash or be taken over without harm here.
///
/// The other process is this program again, with a hidden command (see ``DecoderChild``). Frames come through shared
/// memory and are copied once into pooled buffers; the next one is decoded while this one is looked at. A crash, a
/// number outside its range, an end that is not a clean one or half a minute without an answer is an error that names
/// the source.
final class DecoderProcess: FrameSource {
  private static let patience = Duration.seconds(30)

  let description: SourceDescription
  private(set) var counters = SourceCounters()
  private let source: String
  private let child: ChildProcess
  private let log: CaptureLog
  private var admission: FrameAdmission
  private var pool: FramePool?
  private var judge: InjectionJudge?
  private var asked: MonotonicInstant?
  private var outcome: SourceEvent?
  private var isLost = false
  private let hearing: HeardSound

  /// What is read.
  enum Medium {
    case file(String)
    case stream(String)
    /// Motion JPEG on standard input.
    case standardInput

    /// As it is shown to people.
    var source: String {
      switch self {
      case .file(let path): path
      case .stream(let address): NetworkStream.withoutPassword(address)
      case .standardInput: "standard input"
      }
    }
  }

  /// Starts `program` to read `medium`.
  init(program: String, medium: Medium, options: SourceOptions) throws(CaptureError) {
    source = medium.source
    log = options.log
    let started = MonotonicInstant.now()
    let (task, descriptor, address): (DecoderChild.Task, Int32?, String) =
      switch medium {
      case .file(let path): (.file, try MediaFile.openFile(path), path)
      case .stream(let address): (.stream, nil, address)
      case .standardInput: (.pipe, fcntl(0, F_DUPFD_CLOEXEC, 3), source)
      }
    child = try ChildProcess(
      program: program, task: task, medium: descriptor, address: address, mostPixels: options.mostPixels,
      wantsSound: options.sound, source: source)
    child.note = { [log, source] line in
      // Whose line it is stands at its beginning, whatever the decoder writes.
      log.note(line.hasPrefix(source) ? line : "\(source): \(line)", at: .now())
    }
    guard let message = try child.receive(patience: Self.patience) else {
      throw CaptureError(.unreadable, source, "the decoder did not answer; it may be a hostile file")
    }
    guard case .opened(let opening) = message else { throw Self.failure(source, message) }
    judge = opening.kind == .live ? InjectionJudge() : nil
    let name = if case .file(let path) = medium { FileName.last(path) } else { source }
    description = SourceDescription(
      name: name, kind: opening.kind, size: opening.size, framesPerSecond: opening.framesPerSecond,
      presentation: opening.presentation, sound: options.sound ? opening.sound : nil)
    // Motion JPEG of an ordinary file on standard input is a recording with a clock of its own.
    let clock: FrameAdmission.Clock =
      task == .file || task == .pipe && opening.kind == .recording ? .file : .machine(since: started)
    admission = FrameAdmission(mostPixels: options.mostPixels, clock: clock)
    hearing = HeardSound(SoundAdmission(isWanted: options.sound, clock: clock))
    child.hear = { [hearing] block throws(DecoderFieldError) in try hearing.take(block) }
    ask()
  }

  var injection: InjectionEvidence? { judge?.evidence }

  func takeSound() -> [SoundBlock] { hearing.takeAll() }

  func next() throws(CaptureError) -> SourceEvent {
    if let outcome { return outcome }
    guard let message = try child.receive(patience: .seconds(1)) else {
      if let asked, .now() - asked > Self.patience {
        child.end()
        throw CaptureError(
          .unreadable, source, "the decoder did not answer in 30 s; it may be a hostile file")
      }
      return .timeout
    }
    do throws(DecoderFieldError) {
      if case .frame(let head) = message { try admission.admit(head, now: .now()) }
      if case .dropped(let undecodable, let damaged) = message {
        try admission.admit(undecodable: undecodable, damaged: damaged)
      }
    } catch { throw child.refused(error) }
    switch message {
    case .frame(let head): return take(head)
    case .timeout:
      ask()
      return .timeout
    case .dropped(let undecodable, let damaged):
      (counters.undecodable, counters.damaged) = (UInt64(undecodable), UInt64(damaged))
      ask()
      return .dropped
    case .lost(let reason):
      isLost = true
      ask()
      return .lost(reason: reason)
    case .ended(let damage):
      // What was decoded counts only when the decoder also comes to a clean end: one that crashes after its last frame
      // was broken before.
      try child.finish()
      let event = SourceEvent.ended(damage: damage)
      outcome = event
      return event
    case .failed, .opened, .note, .resolve, .tried, .sound: throw Self.failure(source, message)
    }
  }

  private func take(_ head: DecoderMessage.FrameHead) -> SourceEvent {
    let byteCount = head.layout.byteCount
    if (pool?.bytesPerFrame ?? 0) < byteCount { pool = FramePool(bytesPerFrame: byteCount, capacity: 6) }
    (counters.undecodable, counters.damaged) = (UInt64(head.undecodable), UInt64(head.damaged))
    guard let buffer = pool?.take() else {
      ask()
      counters.poolExhausted += 1
      return .dropped
    }
    buffer.withMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: child.memory[0..<byteCount]))
    }
    // The bytes are ours now: the next frame may be decoded over them.
    ask()
    let stamp = FrameStamp(index: UInt64(head.index), captured: head.captured, camera: description.name)
    let frame = buffer.finish(layout: head.layout, stamp: stamp)
    counters.delivered += 1
    // The child does not say how often it connected; a frame after a loss says it.
    if isLost { counters.reconnects += 1 }
    isLost = false
    judge?.observe(frame)
    return .frame(frame)
  }

  private func ask() {
    asked = .now()
    hearing.admission.ask()
    child.request()
  }

  private static func failure(_ source: String, _ message: DecoderMessage) -> CaptureError {
    guard case .failed(let kind, let problem) = message else {
      return CaptureError(
        .unreadable, source,
        "the decoder speaks out of turn; the file may be hostile, and was not read further")
    }
    return CaptureError(kind, source, problem)
  }
}

/// The sound that a decoder sent and nobody has taken yet.
private final class HeardSound {
  var admission: SoundAdmission
  private var waiting: [SoundBlock] = []
  /// Blocks that are kept for a reader that does not ask; older ones are given up.
  private static let most = 4096

  init(_ admission: SoundAdmission) { self.admission = admission }

  func take(_ block: SoundBlock) throws(DecoderFieldError) {
    try admission.admit(block, now: .now())
    if waiting.count >= Self.most { waiting.removeFirst(Self.most / 2) }
    waiting.append(block)
  }

  func takeAll() -> [SoundBlock] {
    defer { waiting = [] }
    return waiting
  }
}
