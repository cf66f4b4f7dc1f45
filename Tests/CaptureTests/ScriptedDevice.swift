import Capture
import Imaging
import Quantities

/// A camera of paper: gives frames, silence and faults as a script says, and keeps book of its buffers.
final class ScriptedDevice: StreamingDevice, BufferOwner {
  /// What one reading gives.
  enum Step {
    case frame(lostBefore: UInt32 = 0, flagged: Bool = false, short: Bool = false)
    case silence
    case fault(Int32)
  }

  static let size = PixelSize(width: 16, height: 8)
  let grant = CameraGrant(
    format: "GREY", size: ScriptedDevice.size, layout: .gray(ScriptedDevice.size), rate: 1000)
  let entry: CameraEntry
  /// What comes next.
  var script: () -> Step
  /// Faults that the next restarts give.
  var restartFaults: [Int32] = []
  private(set) var dequeued = 0
  private(set) var requeued = 0
  /// Frame numbers that the driver counted in all streams.
  private(set) var numbered: UInt64 = 0
  private var sequence: UInt32?
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 8, alignment: 64)

  init(entry: CameraEntry = ScriptedDevice.entry(), script: @escaping () -> Step) {
    (self.entry, self.script) = (entry, script)
    memory.initializeMemory(as: UInt8.self, repeating: 100)
  }

  deinit { memory.deallocate() }

  static func entry(card: String = "Paper") -> CameraEntry {
    CameraEntry(
      path: "/dev/video0", card: card, driver: "uvcvideo", bus: "usb-1",
      systemPath: "/sys/devices/pci0/usb1/video4linux/video0")
  }

  func read(patience: Duration) -> DeviceReading {
    switch script() {
    case .silence: return .silence
    case .fault(let code): return .fault(DriverFault("taking a frame", code))
    case .frame(let lost, let flagged, let short):
      // Lost frames before the first one of a stream cannot be known.
      let next = sequence.map { $0 + 1 + lost } ?? 0
      numbered += sequence == nil ? 1 : UInt64(1 + lost)
      sequence = next
      dequeued += 1
      memory[0] = UInt8(truncatingIfNeeded: next)
      return .buffer(
        DriverBuffer(
          bytes: UnsafeRawBufferPointer(rebasing: memory[0..<(short ? 5 : memory.count)]), sequence: next,
          captured: .now(), isTimeCopied: false, isFlagged: flagged, number: 0, owner: self))
    }
  }

  func readReady() -> DriverBuffer? { nil }

  func restart() throws(DriverFault) {
    if !restartFaults.isEmpty { throw DriverFault("starting the stream", restartFaults.removeFirst()) }
    sequence = nil
  }

  func requeue(_ number: UInt32) { requeued += 1 }
}
