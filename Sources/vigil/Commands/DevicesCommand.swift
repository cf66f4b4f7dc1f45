import ArgumentParser
import Capture
import Foundation
import JSON
import Observations
import Quantities
import Reports
import Surroundings

/// `vigil devices`: cameras, what they offer, and what speaks for or against each being a real sensor.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Lists cameras, their formats, and what speaks for or against each being a real sensor.",
    discussion: """
      A virtual camera that plays a recording is an attack. What speaks against a sensor is evidence, never proof: a \
      patched driver or an HDMI grabber looks real. Virtual devices are used only when named.

      Examples:
        vigil devices
        vigil devices --json
        vigil devices --controls /dev/video0
        vigil devices --set power_line_frequency=1 /dev/video0
        vigil devices --choose /dev/v4l/by-id/usb-046d_HD_Webcam-video-index0
      """)

  @Flag(help: "One JSON object a line instead of text.") var json = false
  @Flag(help: "List the camera's controls with their values.") var controls = false
  @Option(help: "Set a control: NAME=NUMBER (repeatable).") var set: [String] = []
  @Flag(help: "Remember this device: commands without a source use it while it is there.") var choose = false
  @Flag(help: "Forget the remembered device.") var forget = false
  @Argument(help: "Only this device.") var device: String?

  func run() throws {
    do {
      for assignment in set { try apply(assignment) }
      if forget { try CameraChoiceFile.forget() }
      let entries = try devices()
      if choose { try remember(entries) }
      let choice = CameraChoiceFile.read()
      if entries.isEmpty, !json { try StandardOutput.line("no video capture devices") }
      for entry in entries {
        let isChosen = choice?.matches(entry) == true
        for line in json ? [object(entry, isChosen).text] : try lines(entry, isChosen) {
          try StandardOutput.line(line)
        }
      }
    } catch let error as CaptureError {
      throw Failure(.noInput, error.description)
    }
  }

  private func devices() throws -> [CameraEntry] {
    guard let device else { return CameraList.all() }
    guard let entry = CameraList.entry(device) else {
      throw Failure(
        .noInput,
        "\(device): not a video capture device that can be opened; vigil devices lists those there are")
    }
    return [entry]
  }

  private func apply(_ assignment: String) throws {
    let parts = assignment.split(separator: "=", maxSplits: 1)
    guard let device else {
      throw Failure(.usage, "--set needs a device: vigil devices --set \(assignment) DEVICE")
    }
    guard parts.count == 2, let value = Int(parts[1]) else {
      throw Failure(.usage, "--set \(assignment): write NAME=NUMBER, for example power_line_frequency=1")
    }
    let taken = try CameraControls(path: device).set(String(parts[0]), to: value)
    if taken != value { try StandardOutput.line("\(parts[0]): the driver took \(taken)") }
  }

  private func remember(_ entries: [CameraEntry]) throws {
    guard device != nil, let entry = entries.first else {
      throw Failure(.usage, "--choose needs a device: vigil devices --choose DEVICE")
    }
    try CameraChoice(entry).write(CameraChoiceFile.path)
  }

  private func lines(_ entry: CameraEntry, _ isChosen: Bool) throws -> [String] {
    var lines = ["\(entry.path)  \(entry.card)  (driver \(entry.driver), \(entry.bus))"]
    if isChosen { lines.append("  chosen   used when no source is named") }
    lines += entry.stableNames.map { "  name     \($0)" }
    lines += CameraOffer.all(of: entry.path).map { offer in
      let sizes = offer.sizes.prefix(8).map(describe).joined(separator: ", ")
      let note = offer.isConverted ? " (converted)" : offer.isUsable ? "" : " (not read)"
      return "  format   \(offer.format)\(note)  \(sizes)"
    }
    lines += entry.support.map { "  for      \($0)" }
    lines += entry.findings.map { "  against  \($0.detail)" }
    if controls {
      lines += try CameraControls(path: entry.path).all().map { control in
        let choices = control.choices.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let range =
          choices.isEmpty ? "\(control.minimum)...\(control.maximum)" : choices.joined(separator: ", ")
        return "  control  \(control.key) = \(control.value.map(String.init) ?? "?")  (\(range))"
      }
    }
    return lines
  }

  private func describe(_ size: CameraOffer.Size) -> String {
    let rate = size.fastestRate.map { "@\(Int($0.rounded()))" } ?? ""
    return "\(size.size.width)x\(size.size.height)\(rate)"
  }

  private func object(_ entry: CameraEntry, _ isChosen: Bool) -> OrderedJSON {
    .object([
      ("path", .string(entry.path)), ("card", .string(entry.card)), ("driver", .string(entry.driver)),
      ("bus", .string(entry.bus)), ("system_path", .string(entry.systemPath)),
      ("names", .array(entry.stableNames.map { .string($0) })),
      ("formats", .array(CameraOffer.all(of: entry.path).map(object))),
      ("for", .array(entry.support.map { .string($0) })),
      ("against", .array(entry.findings.map { $0.json })), ("chosen", .bool(isChosen)),
    ])
  }

  private func object(_ offer: CameraOffer) -> OrderedJSON {
    .object([
      ("format", .string(offer.format)), ("usable", .bool(offer.isUsable)),
      ("converted", .bool(offer.isConverted)),
      ("sizes", .array(offer.sizes.map { .string(describe($0)) })),
    ])
  }
}

extension InjectionFinding {
  /// The finding as a JSON object.
  var json: OrderedJSON {
    .object([
      ("kind", .string(kind.rawValue)), ("strength", .number(strength, decimals: 3)),
      ("detail", .string(detail)),
    ])
  }
}
