import Foundation
import Serving
import Testing
import VigilTesting

/// A server on a free port of this machine, with a script in the place of `vigil`: what the script writes is named by the
/// first word of the file that it is given.
final class RunningServer: Sendable {
  let port: UInt16
  let folder: ServerFolder
  private let task: Task<Void, any Error>

  private static let script = #"""
    #!/bin/sh
    if [ "$1" = models ]; then
      printf 'folder\tFOLDER/models/fetched\nmesh\tready\t42\tpkg\tApache-2.0\tlandmarks\tsha256:ab\nshort\trow\n'
      exit 0
    fi
    for last; do :; done
    case "$(head -c 20 "$last")" in
    good*) echo '{"frame":0,"n":1}'; echo '{"frame":1}'
      echo '{"schema":1,"path":"/secret/\"place","kind":"video","verdict":"live","risk":0.25,"reasons":[],"tracks":[{}]}' ;;
    picture*) echo '{"schema":1,"path":"p","kind":"image","verdict":"undecided","risk":{"unavailable":"pending"},"tracks":[{}]}' ;;
    broken*) echo '{"schema":1,"path":"p","error":"no picture in it"}'; exit 3 ;;
    liar*) echo '{"schema":1,"path":"p","error":"no picture in it"}' ;;
    twice*) echo '{"schema":1,"verdict":"live"}'; echo '{"frame":2}' ;;
    noise*) echo 'no json' ;;
    crash*) kill -SEGV $$ ;;
    fails*) echo 'out of order' >&2; exit 70 ;;
    waits*) read line < "FOLDER/gate" ;;
    *) ;;
    esac
    """#

  /// Starts one; `change` sees its settings first.
  static func start(_ change: (inout ServerSettings) throws -> Void = { _ in }) async throws -> RunningServer
  {
    let folder = try ServerFolder()
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Page")
    let program = folder.url.appendingPathComponent("vigil")
    let text = script.replacingOccurrences(of: "FOLDER", with: folder.url.path)
    try Data(text.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path)
    var settings = ServerSettings(
      folder: folder.url.appendingPathComponent("work"), page: page, program: program,
      sessions: folder.url.appendingPathComponent("sessions"))
    settings.port = 0
    try change(&settings)
    let server = try VigilServer(settings)
    let (ports, announced) = AsyncStream<Int>.makeStream()
    let task = Task {
      defer { announced.finish() }
      try await server.run {
        announced.yield($0)
        announced.finish()
      }
    }
    for await port in ports { return RunningServer(UInt16(port), folder, task) }
    try await task.value
    throw LoopbackClient.Refused()
  }

  private init(_ port: UInt16, _ folder: ServerFolder, _ task: Task<Void, any Error>) {
    (self.port, self.folder, self.task) = (port, folder, task)
  }

  deinit { task.cancel() }

  func ask(
    _ method: String, _ path: String, fields: [String: String] = [:], body: String? = nil
  ) async throws -> LoopbackClient.Answer {
    try await LoopbackClient.ask(port, method, path, fields: fields, body: body.map { Array($0.utf8) })
  }

  /// Sends a file by itself.
  func send(_ path: String, _ text: String, fields: [String: String] = [:]) async throws
    -> LoopbackClient.Answer
  {
    try await ask("POST", path, fields: ["Content-Type": "video/mp4"].merging(fields) { $1 }, body: text)
  }

  /// Names of what lies in the folder of uploads.
  var uploads: [String] {
    (try? FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("work/uploads").path)) ?? []
  }
}

extension LoopbackClient.Answer {
  /// The body as an object.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
  }

  /// The word of an error object.
  var errorCode: String? { (json["error"] as? [String: Any])?["code"] as? String }

  /// Its sentence.
  var errorMessage: String? { (json["error"] as? [String: Any])?["message"] as? String }
}
