import ArgumentParser
import Foundation
import Launching
import Serving
import Surroundings

/// `vigil-server`: the HTTP API and the web page.
@main
struct VigilServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-server",
    abstract: "Judges uploaded pictures and videos, over HTTP and on a web page.",
    discussion: """
      Without options it listens on 127.0.0.1:8080, where only this machine reaches it. Anywhere else it asks for \
      tokens and TLS. Each upload is judged by `vigil analyze` in a process of its own with bounds on memory and time, \
      and deleted afterwards.

      Examples:
        vigil-server
        (umask 077; vigil-server token ada >> tokens.txt)
        vigil-server --host 0.0.0.0 --port 8443 --name vigil.example --tokens tokens.txt \
          --certificate chain.pem --key key.pem
      """, version: "0.1.0", subcommands: [Serve.self, MakeToken.self], defaultSubcommand: Serve.self)

  static func main() async { await Launch.run(Self.self) }
}

/// `vigil-server token NAME`.
struct MakeToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Prints a new token on standard error, and its line for the tokens file on standard output.")

  @Argument(help: "Whose token it is: letters, digits, - and _.") var name: String

  func run() throws {
    guard let made = TokenBook.make(owner: name) else {
      throw ValidationError("\(name): give a name of 1 to 64 letters, digits, - and _")
    }
    try StandardOutput.line(made.line)
    StandardErrors.lines("token of \(name): \(made.token)")
  }
}

/// `vigil-server serve`: the default.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serves until it is told to stop.")

  @Option(help: "Address to listen on.") var host = "127.0.0.1"
  @Option(help: "Port to listen on; 0 takes a free one.") var port = 8080
  @Option(name: .customLong("name"), help: "A name clients may call this server by; can be given again.")
  var names: [String] = []
  @Option(
    name: .customLong("public"),
    help: "Address of a reverse proxy before this server, such as https://vigil.example/faces.")
  var publicAddress: String?
  @Option(help: "File of those who may use the server, one `NAME sha256:HEX` a line; mode 0600.")
  var tokens: String?
  @Option(help: "PEM file of the certificate and those it stands on.") var certificate: String?
  @Option(help: "PEM file of the certificate's key.") var key: String?
  @Option(help: "Folder for history, uploads and pictures.") var folder: String?
  @Option(help: "Folder of the page.") var page: String?
  @Option(help: "The vigil program; without the option the one beside this one.") var program: String?
  @Option(help: "Folder of samples a visitor may try.") var samples: String?
  @Option(
    help:
      "Folder where running monitors leave their sockets; with --tokens each owner's in a folder NAME in it.")
  var sessions: String?
  @Flag(help: "Keep uploads after the analysis, for retraining.") var keepUploads = false
  @OptionGroup(title: "Bounds") var bounds: BoundOptions

  func run() async throws {
    // Everything this process and its children write is for its own user only.
    umask(0o077)
    do {
      Interrupts.treatHangUpAsTermination()
      let server = try VigilServer(try settings())
      let scheme = certificate == nil ? "http" : "https"
      try await server.run { port in
        let shown = host.contains(":") ? "[\(host)]" : host
        try? StandardOutput.line("vigil-server: \(scheme)://\(shown):\(port)/")
      }
    } catch let problem as StartProblem {
      StandardErrors.say("\(problem)", program: "vigil-server")
      throw ExitCode(64)
    }
  }

  private func settings() throws -> ServerSettings {
    let places = Places()
    guard let state = folder.map(Places.url) ?? places.state else {
      StandardErrors.say(
        "no home folder (HOME is not set) for history and uploads; give one with --folder",
        program: "vigil-server")
      throw ExitCode(64)
    }
    var settings = ServerSettings(
      folder: state, page: page.map(Places.url) ?? places.page,
      program: program.map(Places.url) ?? places.program,
      sessions: sessions.map(Places.url) ?? places.sessions)
    (settings.host, settings.port, settings.names) = (host, port, names.map { $0.lowercased() })
    settings.samples = samples.map(Places.url)
    settings.keepsUploads = keepUploads
    settings.limits = bounds.limits
    if let publicAddress {
      guard let address = PublicAddress(publicAddress) else {
        throw ValidationError(
          "--public \(publicAddress): give an address such as https://vigil.example or https://vigil.example/faces"
        )
      }
      settings.publicAddress = address
    }
    if (certificate == nil) != (key == nil) {
      throw ValidationError("--certificate and --key: give both, or neither")
    }
    if let certificate, let key { settings.tls = (certificate, key) }
    if let tokens { settings.tokens = try Self.book(tokens) }
    return settings
  }

  private static func book(_ path: String) throws -> TokenBook {
    do { return try TokenBook(file: path) } catch { throw ValidationError("--tokens \(path): \(error)") }
  }
}

/// What a client can make the server spend.
struct BoundOptions: ParsableArguments {
  @Option(help: "Megabytes of one upload.") var mostMegabytes = 200
  @Option(help: "Megabytes of all waiting uploads.") var mostStored = 2048
  @Option(help: "Megabytes of one token's waiting uploads.") var mostStoredEach = 512
  @Option(help: "Megabytes of files of one token in a minute.") var mostMegabytesMinute = 2048
  @Option(help: "Megabytes of all results on the disk, at least 256.") var mostResults = 8192
  @Option(help: "Megabytes of one token's results on the disk, at least 256.") var mostResultsEach = 2048
  @Option(help: "Connections at once, at least 16.") var mostConnections = 256
  @Option(help: "Uploads that wait.") var mostWaiting = 64
  @Option(help: "Uploads of one token that wait.") var mostWaitingEach = 16
  @Option(help: "Requests of one token in a minute.") var mostRequests = 1200
  @Option(help: "Uploads of one token in a minute.") var mostUploads = 60
  @Option(help: "Analyses at the same time.") var workers = 2
  @Option(help: "Seconds of a recording that are looked at.") var mostSeconds = 600
  @Option(help: "Pixels of a frame.") var mostPixels = 3840 * 2160
  @Option(help: "Seconds that one analysis may take.") var mostTime = 900
  @Option(help: "Hours after which pictures are deleted.") var pictureHours = 24
  @Option(help: "Days after which results are deleted.") var resultDays = 30

  func validate() throws {
    let values = [
      (mostMegabytes, "most-megabytes"), (mostStored, "most-stored"), (mostWaiting, "most-waiting"),
      (mostWaitingEach, "most-waiting-each"), (mostRequests, "most-requests"),
      (mostUploads, "most-uploads"),
      (workers, "workers"), (mostSeconds, "most-seconds"), (mostPixels, "most-pixels"),
      (mostTime, "most-time"),
      (pictureHours, "picture-hours"), (resultDays, "result-days"),
      (mostStoredEach, "most-stored-each"), (mostMegabytesMinute, "most-megabytes-minute"),
    ]
    for (value, least, name) in [
      (mostResults, 256, "most-results"), (mostResultsEach, 256, "most-results-each"),
      (mostConnections, 16, "most-connections"),
    ] where !(least...1_000_000_000).contains(value) {
      throw ValidationError("--\(name) \(value): give a whole number of at least \(least)")
    }
    for (value, name) in values where !(1...1_000_000_000).contains(value) {
      throw ValidationError("--\(name) \(value): give a whole number of at least 1")
    }
  }

  var limits: ServiceLimits {
    var limits = ServiceLimits()
    (limits.uploadBytes, limits.storedBytes) = (mostMegabytes << 20, mostStored << 20)
    (limits.waiting, limits.waitingEach, limits.workers) = (mostWaiting, mostWaitingEach, workers)
    (limits.requestsPerMinute, limits.uploadsPerMinute) = (mostRequests, mostUploads)
    (limits.mediaSeconds, limits.pixels, limits.analysisSeconds) = (mostSeconds, mostPixels, mostTime)
    (limits.pictureHours, limits.resultDays) = (pictureHours, resultDays)
    (limits.storedBytesEach, limits.bytesPerMinute) = (mostStoredEach << 20, mostMegabytesMinute << 20)
    (limits.resultBytes, limits.resultBytesEach) = (mostResults << 20, mostResultsEach << 20)
    limits.setConnections(mostConnections)
    return limits
  }
}

/// Where things lie when nobody says otherwise: beside the program, or in its prefix's share folder.
struct Places {
  private let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
  private let environment = ProcessInfo.processInfo.environment

  static func url(_ path: String) -> URL { URL(fileURLWithPath: path) }

  var program: URL { own.appendingPathComponent("vigil") }

  /// The folder `Page` beside the program or in a folder above it.
  var page: URL {
    var folder = own
    while true {
      let page = folder.appendingPathComponent("Page")
      if FileManager.default.fileExists(atPath: page.appendingPathComponent("index.html").path) {
        return page
      }
      if folder.path == "/" { return own.appendingPathComponent("Page") }
      folder.deleteLastPathComponent()
    }
  }

  /// Nil when there is no home folder: nothing is written where nobody asked for it.
  var state: URL? {
    if let given = environment["STATE_DIRECTORY"] { return Self.url(given) }
    if let given = environment["XDG_STATE_HOME"], given.hasPrefix("/") {
      return Self.url(given + "/vigil/server")
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return Self.url(home + "/.local/state/vigil/server")
  }

  var sessions: URL {
    Self.url(environment["XDG_RUNTIME_DIR"] ?? "/tmp").appendingPathComponent("vigil")
  }
}
