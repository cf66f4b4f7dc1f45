import Foundation
import Quantities

/// Wakes a wait as soon as a video device appears, so that a camera that is plugged in again is there at once.
///
/// Cost: nothing while nothing happens. Where the system gives no notice the wait is just a wait.
package final class DeviceWatch {
  private static let events = UInt32(IN_CREATE | IN_ATTRIB | IN_MOVED_TO)
  private let descriptor: Int32

  /// Watches the folder of device files.
  package init(folder: String = "/dev") {
    descriptor = inotify_init1(O_NONBLOCK | O_CLOEXEC)
    if descriptor >= 0 { _ = inotify_add_watch(descriptor, folder, Self.events) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Waits for a video device to appear, at most so long; whether one did.
  package func wait(_ patience: Duration) -> Bool {
    let deadline = MonotonicInstant.now() + patience
    while true {
      let left = deadline - .now()
      guard left > .zero else { return false }
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // A descriptor of -1 is passed over by poll, which then only waits.
      let ready = poll(&poller, 1, Int32(left.inMilliseconds.rounded(.up)))
      if ready > 0, names().contains(where: { $0.hasPrefix("video") }) {
        // The file is there a moment before its driver answers, and its owner may be set after that.
        usleep(20_000)
        _ = names()
        return true
      }
    }
  }

  /// The names of the files that changed since the last call.
  private func names() -> [String] {
    var bytes = [UInt8](repeating: 0, count: 8192)
    var found: [String] = []
    while true {
      let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return found }
      found += bytes.withUnsafeBytes { Self.names(in: UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
    }
  }

  /// inotify(7): a head of 16 bytes whose last four tell the length of the zero-padded name that follows.
  private static func names(in bytes: UnsafeRawBufferPointer) -> [String] {
    var (names, place): ([String], Int) = ([], 0)
    while place + 16 <= bytes.count {
      let length = Int(bytes.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
      let end = min(place + 16 + length, bytes.count)
      names.append(String(decoding: bytes[place + 16..<end].prefix { $0 != 0 }, as: UTF8.self))
      place = end
    }
    return names
  }
}
