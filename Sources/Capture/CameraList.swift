import CV4L2
import Foundation
public import Observations

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
  /// Names under `/dev/v4l/by-id` and `/dev/v4l/by-path` that stay the same when numbers change.
  public let stableNames: [String]
  /// The program that makes the frames, when it is known that one does.
  public let maker: String?

  /// A device from what the system says of it.
  public init(
    path: String, card: String, driver: String, bus: String, systemPath: String, stableNames: [String] = [],
    maker: String? = nil
  ) {
    (self.path, self.card, self.driver, self.bus) = (path, card, driver, bus)
    (self.systemPath, self.stableNames, self.maker) = (systemPath, stableNames, maker)
  }

  /// What speaks against a sensor behind the device; empty for what looks like a real camera.
  public var findings: [InjectionFinding] {
    var findings: [InjectionFinding] = []
    if driver == "v4l2 loopback" || bus.hasPrefix("platform:v4l2loopback") {
      let words = "v4l2loopback: a program feeds this device"
      findings.append(InjectionFinding(.driver, strength: 0.9, detail: words))
    }
    if driver == "vivid" || driver == "vimc" || driver == "vim2m" || driver == "vicodec" {
      let words = "\(driver): a test driver of the kernel"
      findings.append(InjectionFinding(.driver, strength: 0.9, detail: words))
    }
    if let maker {
      findings.append(
        InjectionFinding(.driver, strength: 0.9, detail: "a program makes these pictures: \(maker)"))
    }
    let lowered = card.lowercased()
    // Names that OBS, ManyCam, v4l2loopback's own examples, DroidCam and other software cameras give themselves.
    let known = ["obs virtual", "virtual cam", "dummy video", "droidcam", "manycam", "akvcam", "loopback"]
    if let name = known.first(where: { lowered.contains($0) }) {
      findings.append(
        InjectionFinding(.cardName, strength: 0.7, detail: "the card calls itself \"\(card)\" (\(name))"))
    }
    if !hasHardware {
      findings.append(
        InjectionFinding(
          .noHardware, strength: 0.8,
          detail: "no hardware behind it" + (systemPath.isEmpty ? "" : " (\(systemPath))")))
    }
    return findings
  }

  /// Whether the kernel keeps the device below a bus with hardware.
  private var hasHardware: Bool {
    maker == nil && !systemPath.contains("/devices/virtual/")
      && !systemPath.contains("/devices/platform/vivid")
      && !systemPath.contains("/devices/platform/v4l2loopback")
  }

  /// What speaks for a sensor: never more than that it sits where sensors sit.
  public var support: [String] {
    guard hasHardware, findings.isEmpty else { return [] }
    if systemPath.contains("/usb") { return ["on a USB bus (\(bus)), driver \(driver)"] }
    if systemPath.contains("/pci") { return ["on a PCI bus (\(bus)), driver \(driver)"] }
    if PipeWireNodes.isNamed(path) { return ["made by \(driver), not by a program (\(systemPath))"] }
    return ["has a device in the kernel (\(systemPath)), driver \(driver)"]
  }

  /// Reasons why this is probably not a sensor, in words.
  public var doubts: [String] { findings.map(\.detail) }

  /// Whether `other` is the same camera at the same plug, whatever its number.
  public func isSameCamera(as other: CameraEntry) -> Bool {
    card == other.card && driver == other.driver && bus == other.bus
  }
}

/// The capture devices of this machine.
public enum CameraList {
  /// Every device that captures video, in the order of their numbers, then PipeWire's video sources.
  public static func all() -> [CameraEntry] { devices() + PipeWireNodes.entries() }

  /// Every video device of the kernel, in the order of their numbers.
  static func devices() -> [CameraEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
    let numbers = names.filter { $0.hasPrefix("video") }.compactMap { Int($0.dropFirst(5)) }.sorted()
    return numbers.compactMap { entry("/dev/video\($0)") }
  }

  /// The first camera that is really one; virtual devices are never chosen by themselves.
  public static func firstReal() throws(CaptureError) -> CameraEntry { try firstReal(of: all()) }

  /// The first of `all` that nothing speaks against.
  public static func firstReal(of all: [CameraEntry]) throws(CaptureError) -> CameraEntry {
    if let camera = all.first(where: { $0.findings.isEmpty }) { return camera }
    let others = all.map { "\($0.path) (\($0.doubts.joined(separator: ", ")))" }.joined(separator: "; ")
    throw CaptureError(
      .missing, "camera",
      others.isEmpty
        ? "no camera found; plug one in, or give a file, or a device with vigil monitor /dev/videoN"
        : "no real camera found; virtual ones are used only when named: \(others)")
  }

  /// Where a camera is now that was last seen at `path`: there, or under another number.
  public static func path(of camera: CameraEntry, lastSeenAt path: String) -> String? {
    // Looking costs one open of each device; a name without a file costs nothing.
    if let there = entry(path), there.isSameCamera(as: camera) { return path }
    return devices().first { $0.isSameCamera(as: camera) }?.path
  }

  /// The device at `path`; nil when it cannot be opened or does not capture video.
  public static func entry(_ path: String) -> CameraEntry? {
    if PipeWireNodes.isNamed(path) { return PipeWireNodes.entry(path) }
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return entry(path, descriptor: descriptor)
  }

  static func entry(_ path: String, descriptor: Int32) -> CameraEntry? {
    var capability = v4l2_capability()
    guard v4_query_capabilities(descriptor, &capability) == 0 else { return nil }
    let flags =
      capability.capabilities & v4_capability_device != 0 ? capability.device_caps : capability.capabilities
    guard flags & v4_capability_capture != 0, flags & v4_capability_streaming != 0 else { return nil }
    let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let name = (real as NSString).lastPathComponent
    let folder = URL(fileURLWithPath: "/sys/class/video4linux/\(name)").resolvingSymlinksInPath().path
    return CameraEntry(
      path: path, card: text(of: capability.card), driver: text(of: capability.driver),
      bus: text(of: capability.bus_info), systemPath: folder, stableNames: stableNames(of: real))
  }

  /// The links under `/dev/v4l` that lead to a device file.
  private static func stableNames(of device: String) -> [String] {
    ["/dev/v4l/by-id", "/dev/v4l/by-path"].flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map {
        "\(folder)/\($0)"
      }
      .filter { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path == device }
    }
  }

  /// The text in a C array of bytes, up to the first zero.
  static func text<T>(of bytes: T) -> String {
    withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
