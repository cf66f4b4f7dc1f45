import Foundation
import Testing
import VigilTesting

/// What `vigil probe` says of a source.
struct ProbeResult: Decodable {
  let frames: Int
  let error: String?
  let size: String?
  let delivered: Int?
  let reconnects: Int?
  let lost_events: Int
  let backwards: Int
  let bars: [[Int]]

  init(_ run: ProgramRun) throws {
    self = try JSONDecoder().decode(ProbeResult.self, from: Data(run.output.utf8))
  }

  /// Whether the left half of the picture is red and the right half blue, as ``TestPicture`` paints it.
  var isRedAndBlue: Bool {
    bars.count == 8 && bars[1][0] > 200 && bars[1][2] < 60 && bars[6][0] < 60 && bars[6][2] > 200
  }
}

/// The picture that servers and windows of these tests give.
enum TestPicture {
  static let filter = "color=red:size=320x240:rate=25,drawbox=x=160:w=160:h=240:color=blue:t=fill"
  static let tools = BackgroundProcess.has("ffmpeg", "ffplay", "Xvfb", "python3")
  static let noTools = "needs ffmpeg, ffplay, Xvfb and python3: scripts/install-packages.sh test"

  /// Writes a video of `frames` frames and gives its path.
  static func file(in folder: TemporaryFolder, frames: Int) throws -> String {
    let path = folder.url.appendingPathComponent("picture.mkv").path
    let ffmpeg = try BackgroundProcess(
      "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", filter, "-frames:v", "\(frames)", "-c:v", "mpeg4", path])
    ffmpeg.wait()
    return path
  }

  /// Writes a raw Motion JPEG file of `frames` pictures and gives its path.
  static func motionJPEG(in folder: TemporaryFolder, frames: Int) throws -> String {
    let path = folder.url.appendingPathComponent("picture.mjpeg").path
    let ffmpeg = try BackgroundProcess(
      "ffmpeg",
      [
        "-v", "error", "-f", "lavfi", "-i", filter, "-frames:v", "\(frames)", "-q:v", "3", "-f", "mjpeg",
        path,
      ])
    ffmpeg.wait()
    return path
  }
}

/// Files, streams and screens through the program, as a person names them.
@Suite(.serialized, .enabled(if: TestPicture.tools, .init(rawValue: TestPicture.noTools)))
struct SourcesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func probe(_ source: String, frames: Int = 20, seconds: Int = 110) throws -> ProbeResult {
    try ProbeResult(ProgramRun(["probe", "--frames", "\(frames)", "--seconds", "\(seconds)", source]))
  }

  // MARK: The fence

  /// Media that a person opens are read by a process with a seccomp filter, without new rights, with no network, and
  /// are open in no other: the program itself reads not one byte of them.
  @Test(
    .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
    arguments: [["analyze", "--each-frame"], ["monitor", "--headless", "--log", "none"]])
  func mediaAreReadInsideTheFence(command: [String]) throws {
    let path = try TestPicture.file(in: folder, frames: 4000)
    let program = try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path, command + [path])
    // The child stays: monitor plays in the file's time, and the lines of 4000 frames do not fit into analyze's pipe,
    // which nobody reads. Its fence goes up only when its parent has closed the medium.
    var fenced: Int32?
    try eventually("a fenced child of vigil \(command[0])") {
      fenced = BackgroundProcess.children(of: program.id).first {
        BackgroundProcess.status(of: $0, "Seccomp") == "2"
      }
      return fenced != nil
    }
    program.pause()
    let child = try #require(fenced)
    #expect(BackgroundProcess.children(of: program.id) == [child])
    #expect(BackgroundProcess.status(of: child, "NoNewPrivs") == "1")
    #expect(BackgroundProcess.status(of: child, "Threads") == "1")
    let arguments = try String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
    #expect(arguments.hasSuffix("decode-child\0file\0"))
    #expect(!BackgroundProcess.openFiles(of: program.id).values.contains(path))
    let open = BackgroundProcess.openFiles(of: child)
    #expect(open[0] == "/dev/null" && open[1] == "/dev/null" && open[2] == "/dev/null")
    #expect(open[3]?.hasPrefix("socket:") == true && open[5] == path && open.count == 5, "\(open)")
    program.end()
    try eventually("the end of the child of a killed parent") {
      BackgroundProcess.status(of: child, "State").map { $0.hasPrefix("Z") } ?? true
    }
  }

  // MARK: Streams

  /// A server of Motion JPEG over HTTP, ready when this returns, and its port.
  private func serveHTTP(_ options: [String] = []) throws -> (BackgroundProcess, port: Int) {
    let script = Prerequisites.root.appendingPathComponent("Tests/Servers/picture-server.py").path
    let pictures = try TestPicture.motionJPEG(in: folder, frames: 25)
    let server = try BackgroundProcess("python3", [script, pictures] + options)
    let ready = server.firstLine()
    return (server, try #require(Int(ready.dropFirst("ready ".count)), "the server said \(ready)"))
  }

  @Test func motionJPEGOverHTTP() throws {
    let (server, port) = try serveHTTP()
    let result = try probe("http://127.0.0.1:\(port)/")
    #expect(result.frames == 20 && result.isRedAndBlue && result.backwards == 0, "\(result)")
    withExtendedLifetime(server) {}
  }

  @Test func aBrokenStreamIsOpenedAgain() throws {
    let (server, port) = try serveHTTP(["--break-after", "30"])
    let result = try probe("http://user:secret@127.0.0.1:\(port)/", frames: 60, seconds: 110)
    #expect(result.frames == 60 && result.isRedAndBlue, "\(result)")
    #expect(result.lost_events >= 1)
    withExtendedLifetime(server) {}
  }

  @Test func nobodyServes() throws {
    let result = try probe("http://user:secret@127.0.0.1:\(freePort())/")
    #expect(result.frames == 0)
    #expect(result.error?.contains("no stream there") == true)
    #expect(result.error?.contains("secret") == false)
  }

  @Test func rtsp() throws {
    let (port, packets) = (freePort(), freePort())
    let description = folder.url.appendingPathComponent("stream.sdp").path
    let sender = try BackgroundProcess(
      "ffmpeg",
      [
        "-v", "error", "-re", "-f", "lavfi", "-i", TestPicture.filter, "-c:v", "mpeg4", "-g", "10", "-f",
        "rtp",
        "-sdp_file", description, "rtp://127.0.0.1:\(packets)?pkt_size=1200",
      ])
    try eventually("ffmpeg writes the stream's description") {
      FileManager.default.fileExists(atPath: description)
    }
    let script = Prerequisites.root.appendingPathComponent("Tests/Servers/rtsp-server.py").path
    let server = try BackgroundProcess("python3", [script, "\(port)", "\(packets)", description])
    try #require(server.firstLine() == "ready")
    let result = try probe("rtsp://127.0.0.1:\(port)/picture", frames: 40)
    #expect(result.frames == 40 && result.isRedAndBlue && result.size == "320x240", "\(result)")
    withExtendedLifetime(sender) {}
  }

  @Test func motionJPEGOnStandardInput() throws {
    let path = try TestPicture.motionJPEG(in: folder, frames: 30)
    let input = try Data(contentsOf: URL(fileURLWithPath: path))
    let result = try ProbeResult(ProgramRun(["probe", "-"], input: input))
    #expect(result.frames == 30 && result.isRedAndBlue, "\(result)")
  }
}
