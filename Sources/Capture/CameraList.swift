import CV4L2
import Foundation

/// A capture device as the system lists it.
public struct CameraEntry: Sendable, Equatable {
  /// Device file, `/dev/videoN`.
  public let path: String
  /// The card's name as the driver gives it; free text, never proof.
  public let card: String
  /// The driver's name.
  public let driver: String
  /// Where the device is attached.
  public let bus: String
  /// Where the kernel keeps the device; `/devices/virtual/` for devices without hardware.
  public let systemPath: String

  /// Reasons why this is probably not a sensor; empty for what looks like a real camera.
  public var doubts: [String] {
    var doubts: [String] = []
    if driver == "v4l2 loopback" || bus.hasPrefix("platform:v4l2loopback") {
      doubts.append("v4l2loopback: a program feeds this device")
    }
    if driver == "vivid" { doubts.append("vivid: the kernel's test pattern generator") }
    if systemPath.contains("/devices/virtual/") || systemPath.contains("/devices/platform/vivid") {
      doubts.append("no hardware behind it (\(systemPath))")
    }
    return doubts
  }
}

/// The capture devices of this machine.
public enum CameraList {
  /// Every device that captures video, in the order of their numbers.
  public static func all() -> [CameraEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
    let numbers = names.filter { $0.hasPrefix("video") }.compactMap { Int($0.dropFirst(5)) }.sorted()
    return numbers.compactMap { entry("/dev/video\($0)") }
  }

  /// The first camera that is really one; virtual devices are never chosen by themselves.
  public static func firstReal() throws(CaptureError) -> CameraEntry {
    let all = all()
    if let camera = all.first(where: { $0.doubts.isEmpty }) { return camera }
    let others = all.map { "\($0.path) (\($0.doubts.joined(separator: ", ")))" }.joined(separator: "; ")
    throw CaptureError(
      .missing, "camera",
      others.isEmpty
        ? "no camera found; plug one in, or give a file, or a device with vigil monitor /dev/videoN"
        : "no real camera found; virtual ones are used only when named: \(others)")
  }

  private static func entry(_ path: String) -> CameraEntry? {
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var capability = v4l2_capability()
    guard v4_query_capabilities(descriptor, &capability) == 0 else { return nil }
    let flags =
      capability.capabilities & v4_capability_device != 0 ? capability.device_caps : capability.capabilities
    guard flags & v4_capability_capture != 0, flags & v4_capability_streaming != 0 else { return nil }
    let name = (path as NSString).lastPathComponent
    let link = "/sys/class/video4linux/\(name)/device"
    return CameraEntry(
      path: path, card: text(of: capability.card), driver: text(of: capability.driver),
      bus: text(of: capability.bus_info),
      systemPath: URL(fileURLWithPath: link).resolvingSymlinksInPath().path)
  }

  /// The text in a C array of bytes, up to the first zero.
  static func text<T>(of bytes: T) -> String {
    withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
