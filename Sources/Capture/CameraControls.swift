import CV4L2
import Foundation

/// One setting of a camera: exposure, gain, power-line frequency and whatever else the driver offers.
public struct CameraControl: Sendable, Equatable {
  /// The driver's number of the control.
  public let id: UInt32
  /// The driver's name for it.
  public let name: String
  /// Smallest value.
  public let minimum: Int
  /// Largest value.
  public let maximum: Int
  /// Distance between values.
  public let step: Int
  /// The value the driver starts with.
  public let standard: Int
  /// The value now; nil when it cannot be read.
  public let value: Int?
  /// Whether it can only be read.
  public let isReadOnly: Bool
  /// Names of the values of a menu, by value.
  public let choices: [Int: String]

  /// A control as its driver describes it.
  package init(
    id: UInt32, name: String, minimum: Int, maximum: Int, step: Int, standard: Int, value: Int?,
    isReadOnly: Bool, choices: [Int: String]
  ) {
    (self.id, self.name, self.minimum, self.maximum) = (id, name, minimum, maximum)
    (self.step, self.standard, self.value) = (step, standard, value)
    (self.isReadOnly, self.choices) = (isReadOnly, choices)
  }

  /// The name in lower case with underscores, as people type it: `power_line_frequency`.
  public var key: String {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.joined(separator: "_")
  }
}

/// Reads and sets the controls of a device.
public struct CameraControls {
  private let path: String

  /// The controls of the device at `path`; it may be streaming.
  public init(path: String) { self.path = path }

  /// Every control with its value.
  public func all() throws(CaptureError) -> [CameraControl] { try withDevice { Self.list($0) } }

  /// Sets the control called `key` (see ``CameraControl/key``); gives the value that the driver took.
  public func set(_ key: String, to value: Int) throws(CaptureError) -> Int {
    try withDevice { (descriptor) throws(CaptureError) in
      guard let control = Self.list(descriptor).first(where: { $0.key == key }) else {
        throw CaptureError(.refused, path, "has no control \(key); vigil devices --controls lists them")
      }
      guard !control.isReadOnly else { throw CaptureError(.refused, path, "\(key) can only be read") }
      guard value >= control.minimum, value <= control.maximum, let narrow = Int32(exactly: value) else {
        throw CaptureError(
          .refused, path, "\(key) takes \(control.minimum) to \(control.maximum), not \(value)")
      }
      var request = v4l2_control(id: control.id, value: narrow)
      let set = v4_set_control(descriptor, &request)
      guard set == 0 else { throw DriverFault("setting \(key)", set).error(path) }
      guard v4_get_control(descriptor, &request) == 0 else { return value }
      return Int(request.value)
    }
  }

  /// Sets the control numbered `id`.
  func set(_ id: UInt32, to value: Int) throws(CaptureError) {
    try withDevice { (descriptor) throws(CaptureError) in
      guard let narrow = Int32(exactly: value) else {
        throw CaptureError(.refused, path, "a control takes 32 bits, not \(value)")
      }
      var request = v4l2_control(id: id, value: narrow)
      let set = v4_set_control(descriptor, &request)
      guard set == 0 else { throw DriverFault("setting a control", set).error(path) }
    }
  }

  private func withDevice<R>(_ body: (Int32) throws(CaptureError) -> R) throws(CaptureError) -> R {
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw DriverFault("opening", errno).error(path) }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  private static func list(_ descriptor: Int32) -> [CameraControl] {
    var controls: [CameraControl] = []
    var query = v4l2_queryctrl()
    query.id = v4_next_control
    // A driver has tens of controls; the limit stops one that never ends its list.
    for _ in 0..<1024 {
      guard v4_query_control(descriptor, &query) == 0 else { break }
      let kinds = [V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_TYPE_BOOLEAN, V4L2_CTRL_TYPE_MENU].map(\.rawValue)
      if query.flags & v4_control_disabled == 0, kinds.contains(query.type) {
        controls.append(control(descriptor, query))
      }
      query.id |= v4_next_control
    }
    return controls
  }

  private static func control(_ descriptor: Int32, _ query: v4l2_queryctrl) -> CameraControl {
    var current = v4l2_control(id: query.id, value: 0)
    let readable = v4_get_control(descriptor, &current) == 0
    var choices: [Int: String] = [:]
    if query.type == V4L2_CTRL_TYPE_MENU.rawValue, query.minimum >= 0, query.maximum < 256,
      query.minimum <= query.maximum
    {
      for value in query.minimum...query.maximum {
        var entry = v4l2_querymenu()
        entry.id = query.id
        entry.index = UInt32(value)
        guard v4_query_menu(descriptor, &entry) == 0 else { continue }
        choices[Int(value)] = CameraList.text(of: entry.name)
      }
    }
    return CameraControl(
      id: query.id, name: CameraList.text(of: query.name), minimum: Int(query.minimum),
      maximum: Int(query.maximum), step: Int(query.step), standard: Int(query.default_value),
      value: readable ? Int(current.value) : nil, isReadOnly: query.flags & v4_control_read_only != 0,
      choices: choices)
  }
}
