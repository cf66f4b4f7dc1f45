import CFence
import Foundation
import Observations
import Quantities

/// A decoder process with a control socket and shared memory; killed and reaped in `deinit`.
///
/// It gets null devices as standard input, output and error, the socket, the memory and the medium, and no other
/// descriptor: nothing that it writes can reach what this program writes.
final class ChildProcess {
  /// Names and notes that a decoder may send for one event; more is a decoder that was taken over.
  private static let mostAsides = 32
  /// How long a decoder may take from its last word to its end.
  private static let longestEnd = Duration.seconds(30)

  /// What the child writes frames into. It may change at any time: it is copied, then looked at.
  let memory: UnsafeRawBufferPointer
  /// Where the child's lines about the source's life go.
  var note: (String) -> Void = { _ in }
  /// Takes the sound that comes before an answer, or says which number of it may not be.
  var hear: (SoundBlock) throws(DecoderFieldError) -> Void = { block throws(DecoderFieldError) in
    throw DecoderFieldError("blocks of sound", 1, 0...0)
  }
  private let source: String
  private let control: Int32
  private var process: pid_t = 0
  private var isReaped = false
  private var asides = 0

  /// Starts `program` for `task` (see ``DecoderChild``). `medium` is an open file, which becomes the child's and is
  /// closed here, before the child may begin to read; `address` is what the child opens or calls the medium, `source`
  /// what people are shown.
  init(
    program: String, task: DecoderChild.Task, medium: Int32?, address: String, mostPixels: Int,
    wantsSound: Bool = false, source: String
  ) throws(CaptureError) {
    self.source = source
    var medium = medium
    func closeMedium() {
      if let descriptor = medium { close(descriptor) }
      medium = nil
    }
    defer { closeMedium() }
    // Three bytes a pixel at most; pages that no frame touches take no memory.
    let memorySize = mostPixels * 3 + 4096
    let shared = fence_shared_memory(Int64(memorySize))
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
    let started = Self.spawn(
      program, ["decode-child", task.rawValue], [ends[1], shared] + (medium.map { [$0] } ?? []), &process)
    guard started == 0 else {
      close(control)
      munmap(mapped, memorySize)
      isReaped = true
      throw CaptureError(
        .unreadable, source, "the decoder \(program) cannot be started: \(String(cString: strerror(started)))"
      )
    }
    // The child waits for its start before its fence goes up: the medium of a fenced child is open nowhere else.
    closeMedium()
    try start(address, mostPixels, wantsSound)
  }

  deinit {
    end()
    close(control)
    munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
  }

  /// Starts the program with `descriptors` and few words of the environment.
  private static func spawn(
    _ program: String, _ arguments: [String], _ descriptors: [Int32], _ process: inout pid_t
  ) -> Int32 {
    let strings = ([program] + arguments).map { strdup($0) }
    defer { for string in strings { free(string) } }
    let keep = ["PATH", "LD_LIBRARY_PATH", "LC_ALL", "OPENBLAS_CORETYPE"]
    let environment = keep.compactMap { name in
      ProcessInfo.processInfo.environment[name].map { strdup("\(name)=\($0)") }
    }
    defer { for string in environment { free(string) } }
    return fence_spawn(
      &process, program, strings + [nil], environment + [nil], descriptors, UInt32(descriptors.count))
  }

  private func start(_ address: String, _ mostPixels: Int, _ wantsSound: Bool) throws(CaptureError) {
    var start = fence_start()
    (start.magic, start.version) = (UInt32(FENCE_MAGIC), UInt32(FENCE_VERSION))
    start.most_pixels = Int64(mostPixels)
    start.wants_sound = wantsSound ? 1 : 0
    let bytes = Array(address.utf8)
    guard bytes.count < FENCE_NAME_BYTES else {
      throw CaptureError(
        .unreadable, source, "longer than \(FENCE_NAME_BYTES - 1) bytes; give a shorter name")
    }
    withUnsafeMutableBytes(of: &start.name) { $0.copyBytes(from: bytes) }
    Self.send(start, control)
  }

  /// Asks for the next event.
  func request() { Self.send(Self.request(FENCE_NEXT), control) }

  /// Asks for the picture that lies in the medium in another format.
  func request(convertingBytes byteCount: Int) {
    var request = Self.request(FENCE_CONVERT)
    request.byte_count = Int64(byteCount)
    Self.send(request, control)
  }

  /// The next message; nil when none came within `patience`. A child that is gone, and a number outside its range, are
  /// errors. Lines for the log and names that the child wants resolved are dealt with here.
  func receive(patience: Duration) throws(CaptureError) -> DecoderMessage? {
    let deadline = MonotonicInstant.now() + patience
    while let message = try receiveOne(until: deadline) {
      switch message {
      case .note(let line): note(line)
      case .resolve(let host): resolve(host)
      case .sound(let block):
        do throws(DecoderFieldError) { try hear(block) } catch { throw refused(error) }
        // As many as an answer may hold are counted by whoever hears.
        continue
      default:
        asides = 0
        return message
      }
      asides += 1
      guard asides <= Self.mostAsides else {
        end()
        throw CaptureError(.unreadable, source, "the decoder talks without end; it may have been taken over")
      }
    }
    return nil
  }

  private func receiveOne(until deadline: MonotonicInstant) throws(CaptureError) -> DecoderMessage? {
    var poller = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
    let left = max((deadline - .now()).inMilliseconds, 0)
    guard poll(&poller, 1, Int32(left.rounded(.up))) > 0 else { return nil }
    // One byte more than a message, so that a longer one is noticed.
    var bytes = [UInt8](
      repeating: 0, count: max(MemoryLayout<fence_message>.size, MemoryLayout<fence_sound>.size) + 1)
    let count = recv(control, &bytes, bytes.count, 0)
    guard count > 0 else { throw CaptureError(.unreadable, source, Self.death(reap())) }
    do throws(DecoderFieldError) {
      return try DecoderMessage(bytes: bytes[0..<count])
    } catch { throw refused(error) }
  }

  /// Ends the child, which sent a number outside its range, and says so.
  func refused(_ error: DecoderFieldError) -> CaptureError {
    end()
    return CaptureError(.unreadable, source, error.description)
  }

  /// Waits until the child has ended by itself, which must be a clean end.
  func finish() throws(CaptureError) {
    shutdown(control, Int32(SHUT_WR))
    let deadline = MonotonicInstant.now() + Self.longestEnd
    var poller = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
    var byte: UInt8 = 0
    var spoke = false
    while true {
      let left = max((deadline - .now()).inMilliseconds, 0)
      let ready = poll(&poller, 1, Int32(left.rounded(.up)))
      if ready < 0, errno == EINTR { continue }
      let count = ready > 0 ? recv(control, &byte, 1, 0) : 0
      if count < 0, errno == EINTR { continue }
      // Its end of the socket is closed when it ends. One that only closes it is killed, which is no clean end.
      if count <= 0 { break }
      spoke = true
    }
    let status = reap()
    guard status == 0, !spoke else {
      throw CaptureError(
        .unreadable, source,
        spoke ? "the decoder speaks after the end; it may have been taken over" : Self.death(status))
    }
  }

  /// Ends the child if it still runs.
  func end() { _ = reap() }

  /// Kills what still runs and gives the child's wait status, 0 for a clean end. A process that has begun to end keeps
  /// the status that it chose.
  private func reap() -> Int32? {
    guard !isReaped else { return nil }
    isReaped = true
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  private static func death(_ status: Int32?) -> String {
    guard let status else { return "the decoder is gone" }
    let signal = status & 0x7F
    let how = signal == 0 ? "ended with code \(status >> 8 & 0xFF)" : "was ended by signal \(signal)"
    return "the decoder \(how) while reading it; the file may be damaged or hostile, and was not read further"
  }
}

// MARK: Requests

extension ChildProcess {
  private static func request(_ kind: fence_request_kind) -> fence_request {
    var request = fence_request()
    request.magic = UInt32(FENCE_MAGIC)
    request.version = UInt32(FENCE_VERSION)
    request.kind = kind.rawValue
    return request
  }

  private static func send(_ request: some BitwiseCopyable, _ socket: Int32) {
    withUnsafeBytes(of: request) { _ = Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Looks `host` up as every program of this machine would, and sends the addresses. On another queue: a name server
  /// may take its time, and the caller wants to hear of silence.
  private func resolve(_ host: String) {
    // A descriptor of its own: this object may be gone before the answer is there.
    let socket = fcntl(control, F_DUPFD_CLOEXEC, 3)
    DispatchQueue.global().async {
      var answer = Self.request(FENCE_ADDRESSED)
      let addresses = HostAddresses.of(host).prefix(Int(FENCE_ADDRESSES))
      answer.address_count = UInt32(addresses.count)
      withUnsafeMutableBytes(of: &answer.addresses) { bytes in
        for (number, address) in addresses.enumerated() {
          let start = number * Int(FENCE_ADDRESS_BYTES)
          UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyBytes(
            from: address.utf8.prefix(Int(FENCE_ADDRESS_BYTES) - 1))
        }
      }
      Self.send(answer, socket)
      close(socket)
    }
  }
}
