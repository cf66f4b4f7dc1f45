import Capture
import Foundation
import Quantities
import Testing
import VigilTesting

/// Runs `body` beside the caller after a moment.
private func later(_ milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
  DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: body)
}

@Suite struct DeviceWatchTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  private func timed(_ body: () -> Bool) -> (Bool, Duration) {
    let start = MonotonicInstant.now()
    return (body(), .now() - start)
  }

  @Test func aVideoDeviceWakesTheWait() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let watch = DeviceWatch(folder: folder)
    let path = folder + "/video7"
    // As a device node: there at once, by one system call. A file that is opened and closed would be noticed twice.
    later(50) { mkfifo(path, 0o644) }
    #expect(watch.wait(.seconds(300)))
    // Its rights come later; that wakes as well, and nothing is left over for the next wait.
    later(50) { chmod(path, 0o600) }
    #expect(watch.wait(.seconds(300)))
    #expect(!watch.wait(.milliseconds(30)))
  }

  @Test func otherFilesDoNot() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let watch = DeviceWatch(folder: folder)
    for name in ["tty1", "avideo", String(repeating: "x", count: 255)] {
      _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: nil)
    }
    let (woken, time) = timed { watch.wait(.milliseconds(60)) }
    #expect(!woken && time >= .milliseconds(60))
  }

  @Test func withoutNoticeItIsAWait() {
    let (woken, time) = timed { DeviceWatch(folder: "/nonexistent").wait(.milliseconds(40)) }
    #expect(!woken && time >= .milliseconds(40))
  }

  @Test func whoHoldsADeviceIsNamed() throws {
    let path = folder + "-held"
    _ = FileManager.default.createFile(atPath: path, contents: Data("x".utf8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(DeviceHolders.of(path).isEmpty)
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: "/bin/sleep")
    holder.arguments = ["60"]
    let handle = try #require(FileHandle(forReadingAtPath: path))
    holder.standardInput = handle
    try holder.run()
    defer { holder.terminate() }
    try handle.close()
    let words = "sleep (process \(holder.processIdentifier))"
    try eventually("the program has started") { DeviceHolders.of(path) == [words] }
    #expect(DeviceHolders.of(path) == [words])
    let error = DriverFault("setting the format", EBUSY).error(path)
    #expect(error.kind == .busy && error.description.contains(words) && error.description.contains("end it"))
  }

  /// The rate that a camera promises is not always the one it reaches.
  @Test func thePulseIsTheMeasuredPeriod() throws {
    func at(_ milliseconds: Int64) -> MonotonicInstant {
      MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }
    var pulse = FramePulse()
    pulse.add(at(0))
    pulse.add(at(200))
    #expect(pulse.period == nil)
    for step in 2...40 { pulse.add(at(Int64(step) * 200)) }
    #expect(try #require(pulse.period) == .milliseconds(200))
    pulse.add(at(3_600_000))
    // One long pause is not a rate: it counts as two seconds at most, and is forgotten.
    #expect(try #require(pulse.period) <= .milliseconds(560))
    for step in 1...30 { pulse.add(at(3_600_000 + Int64(step) * 33)) }
    #expect(try #require(pulse.period) < .milliseconds(40))
    pulse.add(at(5))
    #expect(try #require(pulse.period) < .milliseconds(40))
  }
}
