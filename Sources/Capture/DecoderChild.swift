import CFFmpeg
import CFence
import Foundation
import Imaging
package import Observations
import Quantities

/// What the decoder process does: answers each request of its parent with the next event of a source.
///
/// Before the first byte of the medium is read the process fences itself in: limits on memory, processes and files,
/// Landlock without a single file, and a list of system calls that leaves it memory that cannot be executed, the medium,
/// the socket of its parent and, for streams, TCP connections. It cannot open a file, start a program or a thread, or
/// reach another process. See `CFence` and the threat model.
public enum DecoderChild {
  static let control = Int32(FENCE_CONTROL)
  private static let memory = Int32(FENCE_MEMORY)
  private static let medium = Int32(FENCE_MEDIUM)
  /// Address space, the program's own libraries included.
  private static let addressSpace: UInt64 = 6 << 30

  /// What the parent wants: the frames of a file, of Motion JPEG through a pipe or of a stream, a camera's pictures in
  /// another format, or the answers of the kernel to forbidden calls.
  enum Task: String {
    case file, pipe, stream, convert
    case fileTrial = "file-trial"
    case streamTrial = "stream-trial"
    case landlockTrial = "landlock-trial"

    var profile: fence_profile { self == .stream || self == .streamTrial ? FENCE_STREAM : FENCE_FILE }
  }

  /// Runs until the parent closes its end; `kind` is a ``Task``. The result is the exit code.
  public static func run(kind: String) -> Int32 {
    fence_follow_parent()
    guard let task = Task(rawValue: kind), let shared = mapMemory() else { return 1 }
    fence_close_from(UInt32(medium + (task.profile == FENCE_STREAM ? 0 : 1)))
    var start = fence_start()
    guard receive(&start), start.magic == FENCE_MAGIC, start.version == FENCE_VERSION else { return 1 }
    let name = withUnsafeBytes(of: start.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if task == .convert { return runConversions(name, shared) }
    if let problem = fenceIn(task) {
      send(.failed(.refused, "the decoder cannot be fenced in: \(problem)"))
      return 1
    }
    if task.rawValue.hasSuffix("-trial") {
      fence_try_calls { call, answer in
        DecoderChild.send(.tried(call: call.map { String(cString: $0) } ?? "", answer: Int64(answer)))
      }
      send(.ended(damage: nil))
      return 0
    }
    do throws(CaptureError) {
      let source = try open(
        task, name, mostPixels: Int(start.most_pixels), sound: start.wants_sound == 1)
      send(.opened(DecoderMessage.Opening(source.description)))
      var request = fence_request()
      var answers = DecoderAnswers(source)
      while receive(&request), request.magic == FENCE_MAGIC, request.version == FENCE_VERSION {
        if request.kind == FENCE_NEXT.rawValue { answer(&answers, shared) }
      }
      return 0
    } catch {
      send(.failed(error.kind, error.problem))
      return 0
    }
  }

  private static func mapMemory() -> UnsafeMutableRawBufferPointer? {
    var status = stat()
    guard fstat(memory, &status) == 0, status.st_size > 0 else { return nil }
    let mapped = mmap(nil, Int(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0)
    close(memory)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    return UnsafeMutableRawBufferPointer(start: mapped, count: Int(status.st_size))
  }

  /// Puts the fence up; the problem when it does not stand.
  static func fenceIn(_ task: Task) -> String? {
    if task.profile == FENCE_STREAM {
      // What the libraries of TLS read at their start they read now.
      avformat_network_init()
      fence_ask_for_names(control)
    }
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))?.count ?? 0
    guard threads == 1 else { return "it has \(threads) threads" }
    func words(_ step: String, _ code: Int32) -> String? {
      code == 0 ? nil : "\(step): \(String(cString: strerror(-code)))"
    }
    if let problem = words("resource limits", fence_limit(addressSpace))
      ?? words("Landlock", fence_landlock(task.profile))
    {
      return problem
    }
    return task == .landlockTrial ? nil : words("system calls", fence_seccomp(task.profile))
  }

  private static func open(
    _ task: Task, _ name: String, mostPixels: Int, sound: Bool
  ) throws(CaptureError) -> any FrameSource {
    var options = SourceOptions(decoder: nil)
    options.log = CaptureLog { DecoderChild.send(.note($0)) }
    (options.mostPixels, options.sound) = (mostPixels, sound)
    return switch task {
    case .stream: try NetworkStream(address: name, options: options)
    case .pipe: MotionJPEGStream(descriptor: medium, name: name, mostPixels: options.mostPixels)
    default: try MediaFile(owning: medium, path: name, mostPixels: options.mostPixels, sound: options.sound)
    }
  }

  private static func answer(_ answers: inout DecoderAnswers, _ shared: UnsafeMutableRawBufferPointer) {
    let source = answers.source
    do throws(CaptureError) {
      let event = try answers.next()
      for block in answers.takeSound() { send(.sound(block)) }
      switch event {
      case .frame(let frame):
        guard frame.layout.byteCount <= shared.count else {
          send(.failed(.tooLarge, "a frame is larger than the memory for it"))
          return
        }
        frame.withBytes { shared.copyMemory(from: $0) }
        let counters = source.counters
        send(
          .frame(.init(frame, undecodable: counters.undecodable, damaged: counters.damaged)))
      case .timeout: send(.timeout)
      case .dropped:
        let counters = source.counters
        send(
          .dropped(
            undecodable: Int64(clamping: counters.undecodable), damaged: Int64(clamping: counters.damaged)))
      case .lost(let reason): send(.lost(reason: reason))
      case .ended(let damage): send(.ended(damage: damage))
      }
    } catch { send(.failed(error.kind, error.problem)) }
  }

  /// Waits for the parent's next words; false when it is gone.
  static func receive<Words: BitwiseCopyable>(_ words: inout Words) -> Bool {
    var count = 0
    repeat {
      count = withUnsafeMutableBytes(of: &words) { recv(control, $0.baseAddress, $0.count, 0) }
    } while count < 0 && errno == EINTR
    return count == MemoryLayout<Words>.size
  }

  static func send(_ message: DecoderMessage) {
    _ = message.bytes.withUnsafeBytes { Glibc.send(control, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }
}

/// The events of a source with the sound between them: no more of it in one answer than the parent believes, and all of it
/// before the end.
package struct DecoderAnswers {
  /// Blocks of sound in one answer; what is left comes with the next one.
  package static let mostBlocks = 32

  let source: any FrameSource
  private var waiting: [SoundBlock] = []
  private var end: SourceEvent?

  package init(_ source: any FrameSource) { self.source = source }

  /// The next event; at the end silence until all sound is out.
  package mutating func next() throws(CaptureError) -> SourceEvent {
    if end == nil {
      let event = try source.next()
      waiting += source.takeSound()
      guard case .ended = event else { return event }
      end = event
    }
    guard let end, waiting.count <= Self.mostBlocks else { return .timeout }
    return end
  }

  /// The sound that goes out before the event that was asked for last.
  package mutating func takeSound() -> [SoundBlock] {
    let taken = Array(waiting.prefix(Self.mostBlocks))
    waiting.removeFirst(taken.count)
    return taken
  }
}
