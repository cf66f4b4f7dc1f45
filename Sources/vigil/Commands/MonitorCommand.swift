import ArgumentParser
import Capture
import Foundation
import Monitoring
import Pipeline
import Surroundings

/// `vigil monitor`: watches and shows; the main job.
struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor", abstract: "Watches a camera, a call or a recording and shows what it sees.",
    discussion: """
      Without a source the chosen camera (vigil devices --choose), or the first that is really one. Keys: q or Esc quit, space pause, . step (recordings),
      l landmarks, i details, s snapshot, f full screen, ? help.

      Every session is recorded in a signed log (see vigil log): --log FILE, --no-log, or the setting "log". When the \
      log cannot be written any more, the session stops with exit code 70; what was recorded is kept.

      Examples:
        vigil monitor
        vigil monitor /dev/video2
        vigil monitor clip.mp4
        vigil monitor "window:Call with Ada"
        vigil monitor screen:1280x720+0+0
        vigil monitor --headless --jsonl events.jsonl clip.mp4
        vigil monitor --log kiosk.sqlite /dev/video0
        vigil monitor --headless --metrics 127.0.0.1:9110 rtsp://camera.example/live
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Run without a window.") var headless = false
  @Flag(help: "Start in full screen.") var kiosk = false
  @Option(help: "Write one JSON line an event and one a second to this file.") var jsonl: String?
  @Option(help: "Write every frame with its overlay as PNG into this folder.") var render: String?
  @Option(help: "Folder for snapshots.") var snapshots = "."
  @Flag(help: "Let vigil-server of the same user show this session: its state and verdicts.") var share =
    false
  @Flag(help: "With --share: its pictures too.") var sharePictures = false
  @Option(help: "With --share: the folder of the socket.") var shareFolder: String?
  @Option(
    help:
      "Serve numbers for Prometheus at ADDRESS:PORT, or PORT of this machine alone; see docs/monitoring.md.",
    transform: { try MetricsAddress($0) })
  var metrics: MetricsAddress?
  @Flag(
    help: "Listen to the sound of the recording or stream, and compare it with the lips; none of it is kept.")
  var sound = false
  @Option(help: "End after so many seconds.") var seconds: Double?
  @Argument(
    help: """
      Camera, file, rtsp:// or http:// address, screen, screen:WxH+X+Y, window:TITLE, window:click, or - for \
      Motion JPEG on standard input.
      """
  ) var source: String?

  func validate() throws {
    try GivenNumber.check(seconds, "--seconds", in: 0.001...GivenNumber.longest, "seconds")
  }

  func run() throws {
    let settings = try common.settings()
    let snapshotKey = try SnapshotKeeper.key(settings)
    let events = try jsonl.map { EventStream(try LineFile($0)) }
    let window =
      headless ? nil : try WindowSink(settings: settings, fullScreen: kiosk, snapshots: snapshots)
    let assembly = try Assembly(settings)
    let opened = try Assembly.open(source, sound: sound)
    if sound, opened.description.sound == nil {
      StandardErrors.say(
        "\(opened.description.name): no sound comes with it; nothing is compared with the lips")
    }
    let perception = try assembly.perception(
      pace: .besides, isStill: opened.description.kind == .still,
      mapsAttention: !headless || render != nil, listens: opened.description.sound != nil)
    let renderer = try render.map { try FrameRenderer(folder: $0, settings: settings) }
    Interrupts.install()
    let recorder = try assembly.recorder(
      purpose: "monitor", source: opened.description, argument: source, models: perception.models)
    try recorder.closingOnFailure {
      // In the order in which they take each event; pictures are in the log before it is closed.
      let sinks: [(any ReportSink)?] = [
        TerminalSink(), window, events, try sharing(opened, settings), renderer,
        SnapshotKeeper(snapshotKey, recorder),
        LogSink(recorder, isRecording: opened.description.kind == .recording),
        try metrics.map { try SessionNumbers($0, opened.description, recorder) },
      ]
      window?.begin(opened.description)
      let session = LiveSession(source: opened, analyzer: perception)
      try SessionDriver(session, sinks.compactMap(\.self), seconds: seconds).run()
    }
  }

  private func sharing(_ source: any FrameSource, _ settings: Settings) throws -> SessionShare? {
    guard share || sharePictures else { return nil }
    return try SessionShare(
      folder: shareFolder, source: source.description.name, picturesOf: sharePictures ? settings : nil)
  }
}
