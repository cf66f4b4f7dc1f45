import CSeccomp
import Foundation
import Geometry
import Imaging
import Observations
import Units

/// A file or stream that is read and decoded by another process, which may crash or be taken over without harm here.
///
/// The other process is this program again, with a hidden command (see ``DecoderChild``). Frames come through shared
/// memory and are copied once into pooled buffers; the next one is decoded while this one is looked at. A crash, a
/// broken limit or half a minute without an answer is an error that names the source.
final class DecoderProcess: FrameSource {
  private static let patience = Duration.seconds(30)
  /// An 8192 x 8192 picture with three bytes a pixel; pages that no frame touches take no memory.
  private static let memorySize = MediaFile.largestArea * 3 + 4096

  let description: SourceDescription
  private(set) var counters = SourceCounters()
  private let source: String
  private let child: ChildProcess
  private var pool: FramePool?
  private var judge: InjectionJudge?
  private var asked: MonotonicInstant?
  private var outcome: SourceEvent?
  private var isLost = false

  /// Starts `program` to read a file (`isStream` false) or an address.
  init(program: String, source: String, isStream: Bool) throws(CaptureError) {
    self.source = isStream ? NetworkStream.withoutPassword(source) : source
    let medium = isStream ? -1 : try MediaFile.openFile(source)
    defer { if medium >= 0 { close(medium) } }
    child = try ChildProcess(
      program: program, arguments: ["decode-child", isStream ? "stream" : "file", source], medium: medium,
      memorySize: Self.memorySize, source: self.source)
    let message = try child.receive(patience: .seconds(isStream ? 25 : 30))
    guard let message else {
      throw CaptureError(.unreadable, self.source, "the decoder did not answer; it may be a hostile file")
    }
    guard message.kind == .opened, message.numbers.count > 3 else { throw Self.failure(self.source, message) }
    let (width, height) = (message.numbers[1], message.numbers[2])
    guard (1...16384).contains(width), (1...16384).contains(height), let presentation = message.presentation
    else {
      throw CaptureError(.unreadable, self.source, "the decoder speaks nonsense; the file may be hostile")
    }
    let kind: SourceKind = message.numbers[0] == 0 ? .live : message.numbers[0] == 2 ? .still : .recording
    judge = kind == .live ? InjectionJudge() : nil
    let rate = Double(message.numbers[3]) / 1e6
    description = SourceDescription(
      name: isStream ? self.source : (source as NSString).lastPathComponent, kind: kind,
      size: PixelSize(width: Int(width), height: Int(height)), framesPerSecond: rate > 0 ? rate : nil,
      presentation: presentation)
    ask()
  }

  var injection: InjectionEvidence? { judge?.evidence }

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
    switch message.kind {
    case .frame: return try take(message)
    case .timeout:
      ask()
      return .timeout
    case .dropped:
      counters.undecodable = UInt64(clamping: message.numbers[0])
      ask()
      return .dropped
    case .lost:
      isLost = true
      ask()
      return .lost(reason: message.text)
    case .ended:
      let event = SourceEvent.ended(damage: message.numbers[0] == 0 ? nil : message.text)
      outcome = event
      return event
    case .failed, .opened: throw Self.failure(source, message)
    }
  }

  private func take(_ message: DecoderMessage) throws(CaptureError) -> SourceEvent {
    guard let layout = message.layout(limit: child.memory.count), message.numbers[0] >= 0 else {
      child.end()
      throw CaptureError(.unreadable, source, "the decoder speaks nonsense; the file may be hostile")
    }
    if (pool?.bytesPerFrame ?? 0) < layout.byteCount {
      pool = FramePool(bytesPerFrame: layout.byteCount, capacity: 6)
    }
    counters.undecodable = UInt64(clamping: message.numbers[6])
    counters.damaged = message.damaged
    guard let buffer = pool?.take() else {
      ask()
      counters.poolExhausted += 1
      return .dropped
    }
    buffer.withMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: child.memory[0..<layout.byteCount]))
    }
    // The bytes are ours now: the next frame may be decoded over them.
    ask()
    let captured = MonotonicInstant(nanoseconds: message.numbers[1])
    let stamp = FrameStamp(index: UInt64(message.numbers[0]), captured: captured, camera: description.name)
    let frame = buffer.finish(layout: layout, stamp: stamp)
    counters.delivered += 1
    // The child does not say how often it connected; a frame after a loss says it.
    if isLost { counters.reconnects += 1 }
    isLost = false
    judge?.observe(frame)
    return .frame(frame)
  }

  private func ask() {
    asked = .now()
    child.request()
  }

  private static func failure(_ source: String, _ message: DecoderMessage) -> CaptureError {
    CaptureError(
      CaptureError.Kind(number: message.numbers.first ?? 0), source,
      message.text.isEmpty ? "the decoder failed" : message.text)
  }
}

/// A child process with a control socket and shared memory; killed and reaped in `deinit`.
final class ChildProcess {
  /// What the child writes frames into. It may change at any time: it is copied, then looked at.
  let memory: UnsafeRawBufferPointer
  private let source: String
  private let control: Int32
  private var process: pid_t = 0
  private var isReaped = false

  init(
    program: String, arguments: [String], medium: Int32, memorySize: Int, source: String
  ) throws(CaptureError) {
    self.source = source
    let shared = sb_shared_memory(Int64(memorySize))
    guard shared >= 0 else { throw DriverFault("making shared memory", shared).error(source) }
    defer { close(shared) }
    let mapped = mmap(nil, memorySize, PROT_READ, MAP_SHARED, shared, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw DriverFault("mapping shared memory", errno).error(source)
    }
    memory = UnsafeRawBufferPointer(start: mapped, count: memorySize)
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else {
      let code = errno
      munmap(mapped, memorySize)
      throw DriverFault("making a socket", code).error(source)
    }
    control = ends[0]
    defer { close(ends[1]) }
    let started = Self.spawn(program, arguments, [ends[1], shared, medium], &process)
    guard started == 0 else {
      close(control)
      munmap(mapped, memorySize)
      isReaped = true
      throw CaptureError(
        .unreadable, source, "the decoder \(program) cannot be started: \(String(cString: strerror(started)))"
      )
    }
  }

  deinit {
    end()
    close(control)
    munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
  }

  /// Starts the program with `descriptors` at 3, 4, 5 and nothing else but the standard ones.
  private static func spawn(
    _ program: String, _ arguments: [String], _ descriptors: [Int32], _ process: inout pid_t
  ) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Out of the way first, so that no copy lands on one that is still wanted.
    let copies = descriptors.map { $0 >= 0 ? fcntl($0, F_DUPFD_CLOEXEC, 20) : -1 }
    defer { for copy in copies where copy >= 0 { close(copy) } }
    for (place, copy) in copies.enumerated() where copy >= 0 {
      posix_spawn_file_actions_adddup2(&actions, copy, Int32(place) + 3)
    }
    let strings = ([program] + arguments).map { strdup($0) }
    defer { for string in strings { free(string) } }
    let keep = ["PATH", "LD_LIBRARY_PATH", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENBLAS_CORETYPE"]
    let environment = keep.compactMap { name in
      ProcessInfo.processInfo.environment[name].map { strdup("\(name)=\($0)") }
    }
    defer { for string in environment { free(string) } }
    return posix_spawn(&process, program, &actions, nil, strings + [nil], environment + [nil])
  }

  /// Asks for the next event.
  func request() {
    var byte: UInt8 = 1
    _ = send(control, &byte, 1, Int32(MSG_NOSIGNAL))
  }

  /// The next message; nil when none came within `patience`. A child that is gone is an error.
  func receive(patience: Duration) throws(CaptureError) -> DecoderMessage? {
    var poller = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
    let ready = poll(&poller, 1, Int32(patience.inMilliseconds))
    guard ready > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 2048)
    let count = recv(control, &bytes, bytes.count, 0)
    guard count > 0 else { throw CaptureError(.unreadable, source, death()) }
    guard let message = DecoderMessage(bytes: Array(bytes[0..<count])) else {
      end()
      throw CaptureError(.unreadable, source, "the decoder speaks nonsense; the file may be hostile")
    }
    return message
  }

  /// Ends the child if it still runs.
  func end() {
    guard !isReaped else { return }
    isReaped = true
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  private func death() -> String {
    guard !isReaped else { return "the decoder is gone" }
    isReaped = true
    var status: Int32 = 0
    kill(process, SIGKILL)
    waitpid(process, &status, 0)
    let signal = status & 0x7F
    let how = signal == 0 ? "ended with code \(status >> 8 & 0xFF)" : "was ended by signal \(signal)"
    return "the decoder \(how) while reading it; the file may be damaged or hostile, and was not read further"
  }
}
