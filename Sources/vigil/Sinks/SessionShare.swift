import Capture
import Display
import Foundation
import Imaging
import JSON
import Observations
import Overlay
import Pipeline
import Quantities
import Reports
import Surroundings

/// Shows a running session to `vigil-server` over a Unix socket that only the same user may open: what the session
/// is, the newest verdicts twice a second, and a picture when a client asks for one and pictures are allowed.
///
/// Clients pull pictures with the line `picture`; the answer is a line with the number of bytes, then a JPEG. Nobody
/// who is slow can hold the monitor up. Main thread only.
final class SessionShare: ReportSink {
  private static let pictureSize = PixelSize(width: 640, height: 360)

  private let socket: EventSocket
  private let painter: Painter?
  private var newest: JudgedFrame?
  private var shared: MonotonicInstant?

  /// Opens the socket `monitor-PID.sock` in `folder` (default: `vigil` in the user's run-time folder).
  /// `picturesOf`: settings of the overlay when pictures may be shown.
  init(folder: String?, source: String, picturesOf settings: Settings?) throws {
    let place = folder ?? (ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? "/tmp") + "/vigil"
    do {
      try FileManager.default.createDirectory(
        atPath: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(.usage, "--share-folder \(place): cannot be made: \(error.localizedDescription)")
    }
    // In a folder that others may write to they could put a socket of their own in the place of this one.
    var status = stat()
    guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
      status.st_mode & 0o022 == 0
    else {
      throw Failure(.usage, "--share-folder \(place): not a folder of yours alone; give another")
    }
    socket = try EventSocket("\(place)/monitor-\(getpid()).sock")
    painter = try settings.map { try Painter($0, size: Self.pictureSize) }
    let head = OrderedJSON.object([
      ("schema", .integer(1)), ("event", .string("session")), ("id", .string("\(getpid())")),
      ("source", .string(source)), ("started", .string(Date().formatted(.iso8601))),
      ("preview", .bool(settings != nil)),
    ])
    socket.send(head.text)
    socket.answer = { [unowned self] text in text == "picture" ? picture() : nil }
  }

  /// Takes the newest frame's report.
  func take(_ event: SessionEvent) {
    guard case .frame(let judged) = event else { return }
    let report = judged.report
    newest = painter == nil ? nil : judged
    if let shared, (report.captured - shared).inSeconds < 0.5, report.captured >= shared { return }
    shared = report.captured
    let counters = report.counters
    socket.sendState(
      OrderedJSON.object([
        ("event", .string("state")), ("frame", .integer(Int64(report.frame))),
        ("delivered", .integer(Int64(counters.delivered))), ("lost", .integer(Int64(counters.lost))),
        ("dropped", .integer(Int64(counters.dropped))),
        ("tracks", FrameLine.tracks(report)),
      ]).text)
  }

  /// Lets clients in and answers them; none of them may ask anything of the session.
  func requests() -> [SessionRequest] {
    _ = socket.poll()
    return []
  }

  private func picture() -> [UInt8]? {
    guard let painter, let newest else { return Self.head(0) }
    guard let bytes = painter.jpeg(newest.frame, newest.report) else { return nil }
    return Self.head(bytes.count) + bytes
  }

  /// The line before a picture of so many bytes.
  private static func head(_ bytes: Int) -> [UInt8] {
    let line = OrderedJSON.object([("event", .string("picture")), ("bytes", .integer(Int64(bytes)))])
    return Array((line.text + "\n").utf8)
  }

  /// Draws the small picture.
  private final class Painter {
    private let renderer: PictureRenderer
    private let composer: DrawListComposer
    private let options: OverlayOptions
    private let encoder = JPEGEncoder()
    private let size: PixelSize
    private var history = ScoreHistory()

    init(_ settings: Settings, size: PixelSize) throws {
      do {
        let typesetter = try Typesetter(try FontFiles.find())
        renderer = PictureRenderer(typesetter: typesetter)
        composer = DrawListComposer(metrics: typesetter)
      } catch { throw Failure(.fault, "--share-pictures: \(error)") }
      options = OverlaySettings.options(settings)
      self.size = size
    }

    func jpeg(_ frame: Frame, _ report: FrameReport) -> [UInt8]? {
      history.record(report)
      let list = composer.compose(
        report, history: history, options: options, on: Viewport(frame: frame.size, canvas: size))
      return encoder.encode(renderer.render(frame, list), quality: 75)
    }
  }
}
