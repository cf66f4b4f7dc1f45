import Capture
import Foundation
import Testing

/// A camera at a plug, with or without a name of its own.
private func camera(
  _ number: Int, card: String = "HD Webcam", bus: String = "usb-1", serial: String? = nil,
  driver: String = "uvcvideo"
) -> CameraEntry {
  CameraEntry(
    path: "/dev/video\(number)", card: card, driver: driver, bus: bus,
    systemPath: driver == "uvcvideo"
      ? "/sys/devices/pci0000:00/usb1/video4linux/video\(number)"
      : "/sys/devices/virtual/video4linux/video\(number)",
    stableNames: ["/dev/v4l/by-path/pci-\(bus)"] + (serial.map { ["/dev/v4l/by-id/usb-\($0)-index0"] } ?? []))
}

@Suite struct CameraChoiceTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  @Test func theChosenCameraIsFoundUnderAnotherNumber() throws {
    let choice = CameraChoice(camera(2, card: "B", bus: "usb-2"))
    let after = [camera(0, card: "B", bus: "usb-2"), camera(2, card: "A")]
    #expect(choice.find(in: after)?.path == "/dev/video0")
    let taken = try CameraList.standard(choice, of: after)
    #expect(taken.isChosen && taken.entry.card == "B")
  }

  @Test func itsOwnNameGoesWithItToAnotherPlug() {
    let choice = CameraChoice(camera(0, bus: "usb-1", serial: "0001"))
    // Two of the same make: the serial number tells them apart, whatever stands at the old plug.
    let all = [camera(0, bus: "usb-1", serial: "0002"), camera(1, bus: "usb-7", serial: "0001")]
    #expect(choice.find(in: all)?.path == "/dev/video1")
  }

  @Test func withoutTheChosenOneTheFirstRealOneIsTaken() throws {
    let choice = CameraChoice(camera(0, card: "Gone", bus: "usb-9"))
    let virtual = camera(
      0, card: "OBS Virtual Camera", bus: "platform:v4l2loopback-000", driver: "v4l2 loopback")
    let taken = try CameraList.standard(choice, of: [virtual, camera(1)])
    #expect(!taken.isChosen && taken.entry.path == "/dev/video1")
    #expect(throws: CaptureError.self) { try CameraList.standard(choice, of: [virtual]) }
    #expect(throws: CaptureError.self) { try CameraList.standard(nil, of: []) }
  }

  /// A person may choose a virtual camera; what speaks against it is said all the same.
  @Test func aVirtualCameraIsUsedWhenItWasChosen() throws {
    let virtual = camera(
      0, card: "OBS Virtual Camera", bus: "platform:v4l2loopback-000", driver: "v4l2 loopback")
    let taken = try CameraList.standard(CameraChoice(virtual), of: [virtual, camera(1)])
    #expect(taken.isChosen && taken.entry == virtual && !taken.entry.findings.isEmpty)
  }

  @Test func writtenAndReadAgain() throws {
    let path = folder + "/deeper/camera.json"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try CameraChoice.read(path) == nil)
    let choice = CameraChoice(camera(3, serial: "42"))
    try choice.write(path)
    #expect(try CameraChoice.read(path) == choice)
    #expect(choice.stableName == "/dev/v4l/by-id/usb-42-index0")
  }

  @Test(arguments: ["", "{}", "[1]", "{\"card\":3}", "\u{0}\u{1}", "{\"card\":\"a\",\"driver\":\"b\"}"])
  func otherFilesAreNamed(content: String) throws {
    let path = folder + "/camera.json"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: CaptureError.self) { try CameraChoice.read(path) }
    #expect(error?.description.contains("vigil devices --choose") == true)
  }

  @Test func aPlaceThatCannotBeWrittenIsNamed() {
    let error = #expect(throws: CaptureError.self) {
      try CameraChoice(camera(0)).write("/proc/vigil/camera.json")
    }
    #expect(error?.kind == .forbidden)
  }
}
