import Capture
import Foundation
import Observations
import Testing

/// Which of PipeWire's nodes is meant and what is said of it; how the desktop's permission is kept. Streams themselves
/// are tested by `scripts/test-pipewire.py` and `scripts/test-screencast.py`.
@Suite struct PipeWireTests {
  private func node(
    _ serial: String, _ name: String, device: String? = nil, path: String = ""
  ) -> PipeWireNode {
    PipeWireNode(
      serial: serial, name: name, description: "Camera \(serial)", device: device, path: path,
      maker: "obs (process 7)")
  }

  @Test func namesAreRead() throws {
    #expect(try SourceSpecification("pipewire") == .device("pipewire"))
    #expect(try SourceSpecification("pipewire:cam") == .device("pipewire:cam"))
    #expect(try SourceSpecification("pipewires") == .file("pipewires"))
    #expect(PipeWireNodes.target("pipewire") == nil)
    #expect(PipeWireNodes.target("pipewire:") == nil)
    #expect(PipeWireNodes.target("pipewire:a:b") == "a:b")
  }

  @Test func aNameIsFoundBeforeASerialNumber() throws {
    let nodes = [node("40", "first"), node("41", "40"), node("42", "twin"), node("43", "twin")]
    #expect(try PipeWireNodes.find("first", in: nodes, "").serial == "40")
    #expect(try PipeWireNodes.find("40", in: nodes, "").serial == "41")
    #expect(try PipeWireNodes.find("43", in: nodes, "").name == "twin")
    let twins = #expect(throws: CaptureError.self) { _ = try PipeWireNodes.find("twin", in: nodes, "") }
    #expect(twins?.problem.contains("42, 43") == true)
    let none = #expect(throws: CaptureError.self) { _ = try PipeWireNodes.find("nobody", in: nodes, "") }
    #expect(none?.problem.contains("vigil devices") == true)
  }

  /// Without a name a program's node is never taken, whatever it calls itself.
  @Test func onlyDriversAreTakenByThemselves() throws {
    let programs = [node("1", "v4l2_input.usb"), node("2", "Integrated Camera")]
    let error = #expect(throws: CaptureError.self) { _ = try PipeWireNodes.find(nil, in: programs, "") }
    #expect(error?.problem.contains("pipewire:Integrated Camera") == true)
    let sensor = node("3", "libcamera_input", device: "libcamera", path: "libcamera:sensor")
    #expect(try PipeWireNodes.find(nil, in: programs + [sensor], "") == sensor)
  }

  @Test func evidenceNamesTheMaker() {
    let made = PipeWireNodes.entry(node("1", "Integrated Camera"))
    #expect(made.findings.map(\.kind) == [.driver, .noHardware])
    #expect(made.findings[0].detail.contains("obs (process 7)"))
    #expect(made.support.isEmpty)
    let sensor = PipeWireNodes.entry(node("3", "cam", device: "libcamera", path: "libcamera:x"))
    #expect(sensor.findings.isEmpty)
    #expect(sensor.support.first?.contains("not by a program") == true)
    #expect(!made.isSameCamera(as: sensor))
  }

  @Test func theDesktopsPermissionIsItsOwners() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let token = ScreenToken(path: "\(folder)/state/screen-token")
    #expect(token.read() == nil)
    try token.write("0a1b-2c")
    #expect(token.read() == "0a1b-2c")
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/state/screen-token")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    // Whatever else lies there is no permission, and is not sent to the desktop.
    for other in ["", "two words", "a\u{1B}[2J", String(repeating: "x", count: 300)] {
      try Data(other.utf8).write(to: URL(fileURLWithPath: "\(folder)/state/screen-token"))
      #expect(token.read() == nil, "\(other.prefix(9))")
    }
  }
}
