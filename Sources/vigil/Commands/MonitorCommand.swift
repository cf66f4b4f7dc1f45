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
    try Failure.reported {
      let settings = try common.settings()
      let evidenceKey = try EvidenceKeeper.key(settings)
      let events = try jsonl.map { EventStream(try LineFile($0)) }
      let window =
        headless ? nil : try WindowSink(settings: settings, fullScreen: kiosk, snapshots: snapshots)
      let assembly = try Assembly(settings)
      let (argument, source) = (source, try Assembly.open(source))
      let perception = try assembly.perception(
        pace: .besides, isStill: source.description.kind == .still, mapsAttention: !headless || render != nil)
      let renderer = try render.map { try FrameRenderer(folder: $0, settings: settings) }
      Interrupts.install()
      let recorder = try assembly.recorder(
        purpose: "monitor", source: source.description, argument: argument, models: perception.models)
      var sinks = MonitorSinks(
        events: events, renderer: renderer, recorder: recorder,
        evidence: EvidenceKeeper(evidenceKey, recorder))
      if share || sharePictures {
        sinks.share = try SessionShare(
          folder: shareFolder, source: source.description.name, picturesOf: sharePictures ? settings : nil)
      }
      let numbers = try metrics.map { try SessionNumbers($0, source.description, recorder) }
      let session = LiveSession(
        source: source, analyzer: perception,
        onReport: { report in
          recorder.take(report)
          numbers?.take(report)
        },
        onSource: { change in
          recorder.note(change)
          numbers?.note(change)
        })
      window?.begin(source.description)
      session.start()
      try recorder.closingOnFailure {
        try EventLoop(session: session, window: window, sinks: sinks, seconds: seconds).run()
      }
    }
  }
}
