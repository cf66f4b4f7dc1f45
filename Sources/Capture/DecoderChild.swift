import CSeccomp
import Foundation
import Geometry
import Imaging
import Units

/// What the decoder process does: answers each request of its parent with the next event of a source.
///
/// Before the first byte of the medium is read the process limits itself: memory, core dumps, open files, and a
/// seccomp filter that leaves it memory, its open descriptors and, for streams, sockets and files to read. It cannot
/// open files for writing, start programs or make executable memory (streams: load libraries for name resolution).
public enum DecoderChild {
  /// Descriptors that the parent prepares.
  static let control: Int32 = 3
  static let memory: Int32 = 4
  static let medium: Int32 = 5
  /// Address space, the program's own libraries included.
  static let addressSpace: UInt64 = 6 << 30

  /// Runs until the parent closes its end; `kind` is "file" or "stream".
  public static func run(kind: String, name: String) -> Int32 {
    sb_follow_parent()
    sb_close_from(6)
    guard let shared = mapMemory() else { return 1 }
    let isStream = kind == "stream"
    guard sb_limit(addressSpace, 0) == 0 else { return 1 }
    let locked = sb_lock(isStream ? 1 : 0)
    guard locked == 0 else {
      send(DecoderMessage(.failed, text: "the decoder cannot be fenced in (error \(-locked))"))
      return 1
    }
    do throws(CaptureError) {
      let source: any FrameSource
      if isStream {
        var options = SourceOptions()
        options.log = .standardError()
        source = try NetworkStream(address: name, options: options)
      } else {
        source = try MediaFile(descriptor: medium, path: name)
      }
      send(opened(source))
      while receivedRequest() { answer(source, shared) }
      return 0
    } catch {
      send(DecoderMessage(.failed, numbers: [error.kind.number], text: error.problem))
      return 0
    }
  }

  private static func mapMemory() -> UnsafeMutableRawBufferPointer? {
    var status = stat()
    guard fstat(memory, &status) == 0, status.st_size > 0 else { return nil }
    let mapped = mmap(nil, Int(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    return UnsafeMutableRawBufferPointer(start: mapped, count: Int(status.st_size))
  }

  private static func opened(_ source: any FrameSource) -> DecoderMessage {
    let description = source.description
    let kind: Int64 =
      switch description.kind {
      case .live: 0
      case .recording: 1
      case .still: 2
      }
    return DecoderMessage(
      opened: kind, width: description.size.width, height: description.size.height,
      rate: description.framesPerSecond ?? 0, description.presentation)
  }

  private static func answer(_ source: any FrameSource, _ shared: UnsafeMutableRawBufferPointer) {
    do throws(CaptureError) {
      switch try source.next() {
      case .frame(let frame):
        guard frame.layout.byteCount <= shared.count else {
          send(DecoderMessage(.failed, text: "a frame is larger than the memory for it"))
          return
        }
        frame.withBytes { shared.copyMemory(from: $0) }
        let counters = source.counters
        send(DecoderMessage(frame: frame, undecodable: counters.undecodable, damaged: counters.damaged))
      case .timeout: send(DecoderMessage(.timeout))
      case .dropped: send(DecoderMessage(.dropped, numbers: [Int64(source.counters.undecodable)]))
      case .lost(let reason): send(DecoderMessage(.lost, text: reason))
      case .ended(let damage):
        send(DecoderMessage(.ended, numbers: [damage == nil ? 0 : 1], text: damage ?? ""))
      }
    } catch {
      send(DecoderMessage(.failed, numbers: [error.kind.number], text: error.problem))
    }
  }

  private static func receivedRequest() -> Bool {
    var byte: UInt8 = 0
    var count = 0
    repeat { count = recv(control, &byte, 1, 0) } while count < 0 && errno == EINTR
    return count == 1
  }

  private static func send(_ message: DecoderMessage) {
    let bytes = message.bytes
    _ = Glibc.send(control, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}

extension CaptureError.Kind {
  private static let all: [CaptureError.Kind] = [
    .missing, .forbidden, .busy, .unreadable, .tooLarge, .lost, .refused,
  ]

  /// The kind as a number, for the decoder process.
  var number: Int64 { Int64(Self.all.firstIndex(of: self) ?? 0) }

  /// The kind from a number of the decoder process.
  init(number: Int64) {
    self = Int(exactly: number).flatMap { Self.all.indices.contains($0) ? Self.all[$0] : nil } ?? .unreadable
  }
}
