import AuditLog
import Calibration
import Capture
import Foundation
import Observations
import Quantities
import Surroundings

/// What a session's first record says: enough to know what judged, with which numbers, and what it looked at.
extension Assembly {
  /// Recordings up to this size are named by their SHA-256 (about a second for the largest); larger ones by size only.
  private static let largestHashedFile = 1 << 28

  /// Opens the session log that the settings ask for.
  func recorder(
    purpose: String, source: SourceDescription, argument: String?, models: [ModelIdentity]
  ) throws -> SessionRecorder {
    let path = try SessionLogPlace.prepared(settings.log, ProcessInfo.processInfo.environment)
    let recorder = try SessionRecorder(
      path: path,
      header: path == nil
        ? SessionHeader(purpose: purpose, program: Program.version)
        : header(purpose: purpose, source: source, argument: argument, models: models),
      isLive: source.kind == .live, keepingPictures: settings.snapshotDays, segments: segments)
    if let path, let session = recorder.session {
      StandardErrors.say("session \(session) is recorded in \(path)")
    }
    return recorder
  }

  /// When the log goes on in another file, and how long ended ones are kept.
  private var segments: SegmentRule {
    func limit(_ number: Int) -> Int? { number > 0 ? number : nil }
    var rule = SegmentRule()
    rule.largest = settings.logRotateMegabytes << 20
    rule.longestDays = settings.logRotateDays
    rule.keepDays = limit(settings.logKeepDays)
    rule.keepBytes = limit(settings.logKeepMegabytes).map { $0 << 20 }
    rule.archive = settings.logArchive.isEmpty ? nil : settings.logArchive
    return rule
  }

  /// The first record of a session over `source`, which the person named as `argument`.
  func header(
    purpose: String, source: SourceDescription, argument: String?, models: [ModelIdentity]
  ) throws -> SessionHeader {
    var header = SessionHeader(purpose: purpose, program: Program.version)
    for entry in settings.entries { header.configuration[entry.definition.key] = entry.value }
    header.models = models.map { RecordedFile($0) }
    header.calibrations = [
      RecordedFile(name: calibration.origin.id, sha256: try FileDigest.sha256(path: calibrationFile.path))
    ]
    header.host = Self.host
    header.device = [
      "name": source.name, "kind": "\(source.kind)", "size": "\(source.size.width)x\(source.size.height)",
    ]
    if let rate = source.framesPerSecond { header.device["fps"] = String(format: "%.3f", rate) }
    // That sound was heard is recorded; the sound is not.
    if let sound = source.sound { header.device["sound"] = sound }
    try identify(argument, source, in: &header)
    return header
  }

  private func identify(
    _ argument: String?, _ source: SourceDescription, in header: inout SessionHeader
  ) throws {
    switch try? SourceSpecification(argument) {
    case .firstCamera: describe(camera: "/dev/" + source.name, in: &header)
    case .device(let path): describe(camera: path, in: &header)
    case .file(let path): try describe(file: path, in: &header)
    // A stream's address may hold a password; its name does not.
    case .stream, .standardInput, .screen, .window, nil: break
    }
  }

  private func describe(camera path: String, in header: inout SessionHeader) {
    header.device["path"] = path
    guard let entry = CameraList.entry(path) else { return }
    header.device.merge([
      "card": entry.card, "driver": entry.driver, "bus": entry.bus, "system_path": entry.systemPath,
      "stable_names": entry.stableNames.joined(separator: " "),
    ]) { $1 }
    header.injection = entry.findings.map { RecordedReason($0) }
  }

  private func describe(file path: String, in header: inout SessionHeader) throws {
    header.device["path"] = URL(fileURLWithPath: path).path
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular, let bytes = attributes?[.size] as? Int
    else { return }
    header.device["bytes"] = String(bytes)
    if bytes <= Self.largestHashedFile { header.device["sha256"] = try FileDigest.sha256(path: path) }
  }

  /// The machine, without its name.
  private static var host: [String: String] {
    var names = utsname()
    guard uname(&names) == 0 else { return [:] }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return [
      "system": text(of: names.sysname), "kernel": text(of: names.release),
      "architecture": text(of: names.machine), "cores": String(cores), "processor": processor,
    ]
  }

  private static func text<Characters>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }
}
