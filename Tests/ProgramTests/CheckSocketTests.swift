import Foundation
import Testing
import VigilTesting

/// A program that embeds the kiosk: a real client of the socket while a check runs.
@Suite(
  .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
  .enabled(if: BackgroundProcess.has("ffmpeg"), "ffmpeg is not installed"), .serialized)
struct CheckSocketTests {
  /// Ten seconds of the portrait, so that the check has something to look at and ends by itself.
  private func clip(_ folder: TemporaryFolder) throws -> String {
    let path = folder.url.appendingPathComponent("portrait.mkv").path
    let maker = try BackgroundProcess(
      "ffmpeg",
      [
        "-v", "error", "-loop", "1", "-i", Prerequisites.portrait.path, "-t", "10", "-r", "25", "-vf",
        "scale=320:-2", "-c:v", "mjpeg", path,
      ])
    maker.wait()
    try #require(FileManager.default.fileExists(atPath: path))
    return path
  }

  private func start(_ folder: TemporaryFolder, _ socket: String) throws -> BackgroundProcess {
    try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path,
      ["check", "--headless", "--lock-file", "none", "--log", "none", "--socket", socket, try clip(folder)])
  }

  @Test func aClientReadsTheCheckFromItsStartToItsResult() throws {
    let folder = try TemporaryFolder()
    let socket = folder.url.appendingPathComponent("kiosk.sock").path
    let program = try start(folder, socket)
    let client = try #require(SocketClient(socket, patience: 300))
    // Only the same user may connect.
    let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let lines = client.lines(patience: 300)
    let events = lines.compactMap { $0["event"] as? String }
    #expect(lines.allSatisfy { $0["schema"] as? Int == 1 })
    #expect(events.first == "check_started" && events.last == "result", "\(events)")
    #expect(events.count >= 3, "advice or a prompt between start and end: \(events)")
    #expect(lines.last?["decision"] as? String != "pass")
    let times = lines.compactMap { $0["time_s"] as? Double }
    #expect(times == times.sorted())
    // A picture is asked at most once and never completes anything.
    #expect(!events.contains("completed"))
    program.wait()
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  @Test func aClientCallsTheCheckOff() throws {
    let folder = try TemporaryFolder()
    let socket = folder.url.appendingPathComponent("kiosk.sock").path
    let program = try start(folder, socket)
    let client = try #require(SocketClient(socket, patience: 300))
    client.say("cancel\n")
    let last = client.lines(patience: 300).last
    #expect(
      last?["event"] as? String == "result" && last?["outcome"] as? String == "cancelled", "\(last ?? [:])")
    #expect(last?["decision"] as? String == "undecided")
    program.wait()
  }
}

/// A client of a Unix socket that reads JSON lines.
private final class SocketClient {
  private let descriptor: Int32

  /// Connects as soon as somebody listens; nil when nobody does within `patience` seconds.
  init?(_ path: String, patience: Double) {
    var found: Int32 = -1
    try? eventually("somebody listens at \(path)", limit: patience) {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(path.utf8)
      guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return true }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
      let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if status == 0 { found = descriptor } else { close(descriptor) }
      return status == 0
    }
    guard found >= 0 else { return nil }
    descriptor = found
  }

  deinit { close(descriptor) }

  func say(_ text: String) {
    let bytes = Array(text.utf8)
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// All lines until the other side closes, or `patience` seconds have passed.
  func lines(patience: Double) -> [[String: Any]] {
    var text = Data()
    let end = Date().addingTimeInterval(patience)
    var wait = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    while Date() < end {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { break }
      if count > 0 { text += buffer.prefix(count) }
    }
    return text.split(separator: 10).compactMap {
      try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
    }
  }
}
