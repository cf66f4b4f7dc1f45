public import Foundation

/// One `vigil analyze` in a process of its own with bounds on memory, processor time, files and wall time: whatever a
/// hostile upload does to a decoder, it does it there, behind the decoder's own fence.
///
/// The bounds are set by `prlimit` (util-linux), so that they hold before the first byte of the program runs.
public final class AnalysisChild: @unchecked Sendable {
  /// How the process ended.
  public struct Ending: Sendable {
    /// The result's line; nil when there was none that can be believed.
    public let result: String?
    /// Why the process's lines make no sense; nil when they do.
    public let fault: String?
    /// The first line on standard error.
    public let complaint: String
    /// Whether it was killed: for taking too long, or because nobody wants the result.
    public let wasKilled: Bool
    /// Exit status, or the negative number of the signal that ended it.
    public let status: Int32
  }

  /// What to run.
  public struct Request: Sendable {
    /// The file to judge.
    public var file: URL
    /// Folder for pictures with overlay, and how many at most; nil for none.
    public var pictures: (folder: URL, most: Int)?
    /// Language of the overlay, `en` or `ar`.
    public var language = "en"

    /// A request without pictures.
    public init(file: URL) { self.file = file }
  }

  private let process = Process()
  /// Guards `isKilled`; the process itself is used by one queue only.
  private let lock = NSLock()
  private var isKilled = false
  private let program: URL
  private let limits: ServiceLimits

  /// A process of `program` that was not started yet.
  public init(program: URL, limits: ServiceLimits) { (self.program, self.limits) = (program, limits) }

  /// Runs to the end; `onFrame` gets each frame's line as it comes, on a queue of its own.
  public func run(_ request: Request, onFrame: @escaping @Sendable (String) -> Void) async throws -> Ending {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "vigil.server.child").async {
        continuation.resume(with: Result { try self.runToEnd(request, onFrame) })
      }
    }
  }

  /// Ends the process, if it runs or ever will.
  public func kill() {
    lock.withLock {
      isKilled = true
      if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
    }
  }

  private func runToEnd(_ request: Request, _ onFrame: (String) -> Void) throws -> Ending {
    let (out, err) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
    process.arguments = arguments(request)
    process.environment = Self.environment
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (out, err)
    let started: Bool = try lock.withLock {
      if !isKilled { try process.run() }
      return !isKilled
    }
    guard started else { return Ending(result: nil, fault: nil, complaint: "", wasKilled: true, status: -9) }
    let guardian = DispatchWorkItem { self.kill() }
    DispatchQueue.global().asyncAfter(
      deadline: .now() + .seconds(limits.analysisSeconds), execute: guardian)
    defer { guardian.cancel() }
    let complaints = TailCollector(err.fileHandleForReading)
    var results = ResultLines()
    var lines = LineSplitter(most: 1 << 20)
    while true {
      let data = out.fileHandleForReading.availableData
      if data.isEmpty { break }
      for line in lines.add(data) {
        if let frame = results.take(line) { onFrame(frame) }
      }
    }
    process.waitUntilExit()
    let status =
      process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Ending(
      result: results.result(status: status), fault: results.fault, complaint: complaints.text(),
      wasKilled: lock.withLock { isKilled }, status: status)
  }

  private func arguments(_ request: Request) -> [String] {
    // The bound on files also holds for the shared memory in which the decoder hands its frames over.
    var arguments = [
      "--as=\(limits.childBytes)", "--cpu=\(limits.analysisSeconds)", "--core=0", "--nofile=256",
      "--fsize=\(1 << 30)", "--", "/usr/bin/nice", "-n", "10", program.path, "analyze", "--each-frame",
      "--most-seconds", "\(limits.mediaSeconds)", "--most-pixels", "\(limits.pixels)",
      "--lang", request.language,
    ]
    if let pictures = request.pictures {
      arguments += ["--render", pictures.folder.path, "--render-most", "\(pictures.most)"]
      arguments += ["--render-format", "jpeg", "--render-side", "\(limits.pictureSide)", "--render-plain"]
    }
    return arguments + ["--", request.file.path]
  }

  /// What the process may know of the server's environment: where the networks lie, and nothing else.
  private static var environment: [String: String] {
    let own = ProcessInfo.processInfo.environment
    var given = [
      "VIGIL_LOG": "none", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    ]
    for name in [
      "PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIGIL_MODELS", "VIGIL_CALIBRATION", "VIGIL_POLICY",
    ] {
      given[name] = own[name]
    }
    return given
  }
}

/// Cuts a stream of bytes into lines; a line longer than `most` bytes is dropped as a whole.
package struct LineSplitter {
  private let most: Int
  private var pending = Data()
  /// Whether the beginning of the line that comes in was dropped already.
  private var isDropping = false

  /// Lines of at most `most` bytes.
  package init(most: Int) { self.most = most }

  /// Takes the next bytes; gives the lines that end in them. What has no end yet is kept.
  package mutating func add(_ data: Data) -> [String] {
    pending.append(data)
    var lines: [String] = []
    while let end = pending.firstIndex(of: 10) {
      if !isDropping, end - pending.startIndex <= most {
        lines.append(String(decoding: pending[pending.startIndex..<end], as: UTF8.self))
      }
      isDropping = false
      pending = Data(pending[(end + 1)...])
    }
    if pending.count > most { (pending, isDropping) = (Data(), true) }
    return lines
  }
}

/// Reads a pipe to its end on a queue of its own and keeps its last 4096 bytes. `@unchecked` because `data` is written
/// before the group is left and read after it.
final class TailCollector: @unchecked Sendable {
  private let group = DispatchGroup()
  private var data = Data()

  init(_ handle: FileHandle) {
    group.enter()
    DispatchQueue(label: "vigil.server.errors").async {
      while true {
        let more = handle.availableData
        if more.isEmpty { break }
        self.data = Data((self.data + more).suffix(4096))
      }
      self.group.leave()
    }
  }

  /// The first line of what was kept, once the writer has closed its end.
  func text() -> String {
    group.wait()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
  }
}
