public import JSON
import LogProofs

/// A file that decides what the program says: a network or a calibration, with its hash.
public struct RecordedFile: Sendable, Equatable {
  /// Its short name.
  public let name: String
  /// SHA-256 of the file, 64 lower-case hexadecimal digits.
  public let sha256: String

  /// A file by name and hash.
  public init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }

  var json: JSONValue { .texts(["name": name, "sha256": sha256]) }
}

/// What the program knew when a session began; enough to run the same analysis again.
public struct SessionHeader: Sendable, Equatable {
  /// What the session is for: `monitor`, `check` or `analyze`.
  public var purpose: String
  /// The program's version.
  public var program: String
  /// Every setting in force, key to value.
  public var configuration: [String: String]
  /// The camera or file: name, path, bus, driver, what else identifies it.
  public var device: [String: String]
  /// What speaks for or against the source being a real sensor.
  public var injection: [RecordedReason]
  /// The networks in use.
  public var models: [RecordedFile]
  /// The calibrations in use.
  public var calibrations: [RecordedFile]
  /// The machine: system, kernel, processor.
  public var host: [String: String]

  /// A header; leave out what a session does not have.
  public init(purpose: String, program: String) {
    (self.purpose, self.program) = (purpose, program)
    (configuration, device, host) = ([:], [:], [:])
    (injection, models, calibrations) = ([], [], [])
  }

  var json: JSONValue {
    .object([
      "purpose": .string(purpose), "program": .string(program), "configuration": .texts(configuration),
      "device": .texts(device), "injection": .array(injection.map(\.json)),
      "models": .array(models.map(\.json)), "calibrations": .array(calibrations.map(\.json)),
      "host": .texts(host),
    ])
  }
}

/// How a session ended.
public struct SessionEnd: Sendable, Equatable {
  /// Why: `finished`, `quit`, `camera_lost`, `fault` and so on.
  public var reason: String
  /// The last word of the session, when it has one: a verdict or the result of a check.
  public var result: String?
  /// Totals of the session: frames delivered, lost, dropped and so on.
  public var totals: [String: Int64]

  /// The end of a session.
  public init(reason: String, result: String? = nil, totals: [String: Int64] = [:]) {
    (self.reason, self.result, self.totals) = (reason, result, totals)
  }

  var json: JSONValue {
    .members([
      "reason": .string(reason), "result": result.map { .string($0) },
      "totals": .object(totals.mapValues { .integer($0) }),
    ])
  }
}

/// A time when nothing was seen though something should have been.
public struct RecordedGap: Sendable, Equatable {
  /// Why: `frames_lost`, `camera_lost`, `paused`, `overloaded` (frames came and were dropped), `no_frames`.
  public var cause: String
  /// How long, in seconds.
  public var seconds: Double
  /// Frames known to be lost in it.
  public var framesLost: Int64

  /// A gap.
  public init(cause: String, seconds: Double, framesLost: Int64) {
    (self.cause, self.seconds, self.framesLost) = (cause, seconds, framesLost)
  }

  var json: JSONValue {
    .object(["cause": .string(cause), "seconds": .rounded(seconds), "frames_lost": .integer(framesLost)])
  }
}

/// What the signed result line of a check says; see ``ResultNote``.
public struct CheckResultRecord: Sendable, Equatable {
  /// The line's members without the record's number and the signature.
  public var members: [String: JSONValue]

  /// The record of a line.
  public init(_ members: [String: JSONValue]) { self.members = members }
}

/// A camera appeared, vanished or changed.
public struct CameraEvent: Sendable, Equatable {
  /// What happened: `opened`, `lost`, `reconnected`, `format`, `replaced`, `error`.
  public var event: String
  /// Which device.
  public var device: String
  /// More about it, in words.
  public var detail: String

  /// A camera event.
  public init(event: String, device: String, detail: String = "") {
    (self.event, self.device, self.detail) = (event, device, detail)
  }

  var json: JSONValue { .texts(["event": event, "device": device, "detail": detail]) }
}

/// Something a person at the machine did.
public struct OperatorAction: Sendable, Equatable {
  /// What: `pause`, `resume`, `snapshot`, `override`, `quit` and so on.
  public var action: String
  /// Who, when known.
  public var person: String?
  /// More about it, in words.
  public var detail: String

  /// An operator's action.
  public init(action: String, person: String? = nil, detail: String = "") {
    (self.action, self.person, self.detail) = (action, person, detail)
  }

  var json: JSONValue {
    .members([
      "action": .string(action), "person": person.map { .string($0) }, "detail": .string(detail),
    ])
  }
}
