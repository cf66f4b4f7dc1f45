import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import JSON
import Logging
import NIOCore
import NIOSSL

/// The HTTP server: puts store, queue, routes and guards together and runs until it is told to stop.
public struct VigilServer: Sendable {
  private let settings: ServerSettings
  private let folder: WorkFolder
  private let store: AnalysisStore
  private let queue: AnalysisQueue
  private let metrics = ServerMetrics()
  private let owners: OwnerLimits
  private let addresses: OwnAddresses
  private let signIns = SignInSessions()
  private let gate: RequestGate
  private let connections: ConnectionTable
  private let storage: StorageLedger
  private let page: PageFiles
  private let catalogue: ModelCatalogue
  private let logger: Logger

  /// Checks the settings, opens the folder and reads the page. Throws ``StartProblem``.
  public init(_ settings: ServerSettings) throws {
    if let complaint = settings.complaint { throw StartProblem(complaint) }
    guard FileManager.default.isExecutableFile(atPath: settings.program.path) else {
      throw StartProblem("\(settings.program.path): the vigil program is not there; give it with --program")
    }
    self.settings = settings
    owners = OwnerLimits(settings)
    addresses = OwnAddresses(settings)
    gate = RequestGate(settings)
    connections = ConnectionTable(most: settings.limits.connections)
    storage = StorageLedger(settings)
    do {
      folder = try WorkFolder(settings.folder)
      store = try AnalysisStore(file: folder.database)
    } catch let problem as StartProblem {
      throw problem
    } catch {
      throw StartProblem("\(settings.folder.path): cannot be used as the server's folder: \(error)")
    }
    logger = Logger(label: "vigil-server")
    queue = AnalysisQueue(
      settings: settings, folder: folder, store: store, metrics: metrics, logger: logger)
    page = try PageFiles(folder: settings.page)
    catalogue = ModelCatalogue(program: settings.program)
  }

  /// Serves until SIGTERM or SIGINT; `onReady` is told the port.
  public func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
    let application = Application(
      responder: PrefixResponder(
        prefix: settings.publicAddress?.prefix ?? "", inner: router.buildResponder()), server: try builder,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: "vigil",
        // The table keeps to its number by closing; these few more are those that are just being closed.
        availableConnectionsDelegate: MaximumAvailableConnections(
          settings.limits.connections + 64, logger: logger)
      ),
      onServerRunning: { [addresses] channel in
        let port = channel.localAddress?.port ?? 0
        addresses.listens(on: port)
        onReady(port)
      }, logger: logger)
    let upkeep = Task { await keepTidy() }
    defer { upkeep.cancel() }
    do { try await application.runService() } catch let error as IOError {
      throw StartProblem(Self.sentence(error.errnoCode, settings))
    }
    await queue.stop()
  }

  /// Why the address cannot be listened on.
  package static func sentence(_ code: Int32, _ settings: ServerSettings) -> String {
    let place = "--host \(settings.host) --port \(settings.port)"
    switch code {
    case EADDRINUSE:
      return "\(place): another program listens there already (perhaps another vigil-server); "
        + "give a free port, or --port 0 for any"
    case EACCES: return "\(place): this user may not listen there; give a port from 1024 on"
    case EADDRNOTAVAIL: return "\(place): this machine does not have that address"
    default: return "\(place): cannot be listened on: \(String(cString: strerror(code)))"
    }
  }

  private var builder: HTTPServerBuilder {
    get throws {
      let limits = settings.limits
      let http = HTTPServerBuilder.http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: { [connections] in
            var bounds = ConnectionGuard.Limits()
            bounds.bodyBytes = limits.uploadBytes + (1 << 20)
            return [ConnectionGuard(bounds, table: connections)]
          }(),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16384, maxHeaderListSize: 32768, maxHeaderFieldCount: 100)))
      guard let tls = settings.tls else { return http }
      if let complaint = PrivateFile.complaint(at: tls.key) {
        throw StartProblem("--key \(tls.key): \(complaint)")
      }
      do {
        let chain = try NIOSSLCertificate.fromPEMFile(tls.chain).map {
          NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
          certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try .tls(http, tlsConfiguration: configuration)
      } catch {
        throw StartProblem("--certificate \(tls.chain), --key \(tls.key): cannot be used: \(error)")
      }
    }
  }

  private var router: Router<ServingContext> {
    let router = Router(context: ServingContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: Doorkeeper(metrics: metrics, isEncrypted: settings.isEncrypted))
    router.add(
      middleware: Gatekeeper(
        settings: settings, addresses: addresses, owners: owners, sessions: signIns, gate: gate))
    for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
    return router
  }

  /// Method and path of everything that can be asked.
  package var routeNames: [String] { routes.map { "\($0.method.rawValue) \($0.path)" } }

  /// Everything that can be asked, in one table; the OpenAPI document is tested against it.
  var routes: [ServerRoute] {
    let analyses = AnalysisRoutes(
      settings: settings, folder: folder, store: store, queue: queue, metrics: metrics, owners: owners,
      storage: storage, clock: ContinuousClock())
    let feedback = FeedbackRoutes(analyses: analyses, store: store)
    let sessions = SessionRoutes(folder: settings.sessions, tellsApart: settings.tokens != nil)
    let signIn = SignIn(settings: settings, sessions: signIns)
    return pageRoutes + analysisRoutes(analyses) + [
      ServerRoute(.get, "/api/v1/sessions", sessions.list),
      ServerRoute(.get, "/api/v1/sessions/{id}", sessions.one),
      ServerRoute(.get, "/api/v1/sessions/{id}/preview", sessions.preview),
      ServerRoute(.post, "/api/v1/analyses/{id}/feedback", feedback.add),
      ServerRoute(.get, "/api/v1/feedback.tsv", feedback.export),
      ServerRoute(.get, "/api/v1/models") { [catalogue] _, _ in .json(catalogue.json) },
      ServerRoute(.get, "/api/v1/samples") { [settings] _, _ in Self.samples(settings) },
      ServerRoute(.get, "/api/v1/limits") { [settings] _, context in Self.limits(settings, context) },
      ServerRoute(.post, "/api/v1/login", signIn.login),
      ServerRoute(.post, "/api/v1/logout", signIn.logout),
    ]
  }

  private func analysisRoutes(_ analyses: AnalysisRoutes) -> [ServerRoute] {
    [
      ServerRoute(.post, "/predict_image", analyses.predict("image")),
      ServerRoute(.post, "/predict_video", analyses.predict("video")),
      ServerRoute(.post, "/api/v1/analyses", analyses.create),
      ServerRoute(.get, "/api/v1/analyses", analyses.history),
      ServerRoute(.get, "/api/v1/analyses/{id}", analyses.read),
      ServerRoute(.delete, "/api/v1/analyses/{id}", analyses.delete),
      ServerRoute(.get, "/api/v1/analyses/{id}/events", analyses.events),
      ServerRoute(.get, "/api/v1/analyses/{id}/timeline", analyses.timeline),
      ServerRoute(.get, "/api/v1/analyses/{id}/pictures", analyses.pictures),
      ServerRoute(.get, "/api/v1/analyses/{id}/pictures/{frame}", analyses.picture),
    ]
  }

  private var pageRoutes: [ServerRoute] {
    [
      ServerRoute(.get, "/healthz") { _, _ in .text("ok\n", type: "text/plain") },
      ServerRoute(.get, "/metrics") { [self] _, _ in
        let counts = await queue.counts
        let gauges = [
          ("vigil_queue_waiting", "Analyses that wait.", counts.waiting),
          ("vigil_queue_running", "Analyses that run.", counts.running),
          ("vigil_connections", "Connections that are open.", connections.count),
          (
            "vigil_requests_open", "Requests that are being answered, short ones left out.",
            gate.count(.request)
          ),
          ("vigil_streams_open", "Event streams and live pictures.", gate.count(.stream)),
          ("vigil_upload_bytes_held", "Bytes of uploads that wait or run.", storage.bytes),
          (
            "vigil_result_bytes", "Bytes on the disk of results.",
            (try? await store.diskUse())?.values.reduce(0, +) ?? 0
          ),
        ]
        return .text(metrics.text(gauges), type: "text/plain; version=0.0.4")
      },
      ServerRoute(.get, "/openapi.json") { [page] request, _ in try page.answer("openapi.json", request) },
      ServerRoute(.get, "/") { [page] request, _ in try page.answer("index.html", request) },
      ServerRoute(.get, "/page/{file}") { [page] request, context in
        try page.answer(context.parameters.get("file") ?? "", request)
      },
    ]
  }

  private static func samples(_ settings: ServerSettings) -> Response {
    let list = Samples(settings.samples).list.map { sample in
      OrderedJSON.object([
        ("name", .string(sample.name)), ("kind", .string(sample.isVideo ? "video" : "image")),
        ("bytes", .integer(Int64(sample.bytes))),
      ])
    }
    return .json(.object([("samples", .array(list))]))
  }

  private static func limits(_ settings: ServerSettings, _ context: ServingContext) -> Response {
    let limits = settings.limits
    return .json(
      .object([
        ("upload_bytes", .integer(Int64(limits.uploadBytes))),
        ("media_seconds", .integer(Int64(limits.mediaSeconds))), ("pixels", .integer(Int64(limits.pixels))),
        ("analysis_seconds", .integer(Int64(limits.analysisSeconds))),
        ("waiting", .integer(Int64(limits.waiting))),
        ("waiting_each", .integer(Int64(limits.waitingEach))),
        ("requests_per_minute", .integer(Int64(limits.requestsPerMinute))),
        ("uploads_per_minute", .integer(Int64(limits.uploadsPerMinute))),
        ("bytes_per_minute", .integer(Int64(limits.bytesPerMinute))),
        ("requests_at_once", .integer(Int64(limits.requestsAtOnceEach))),
        ("streams_at_once", .integer(Int64(limits.streamsEach))),
        ("result_bytes", .integer(Int64(limits.resultBytesEach))),
        ("picture_hours", .integer(Int64(limits.pictureHours))),
        ("result_days", .integer(Int64(limits.resultDays))), ("uploads_kept", .bool(settings.keepsUploads)),
        ("owner", .string(context.owner)), ("tokens", .bool(settings.tokens != nil)),
      ]))
  }

  /// Deletes what is too old, now and every ten minutes.
  private func keepTidy() async {
    // Results of a server that did not count their bytes.
    for record in (try? await store.unmeasured()) ?? [] {
      let bytes = folder.bytes(of: record.id, kept: record.kept)
      _ = try? await store.update(record.id) { $0.disk = bytes }
    }
    while !Task.isCancelled {
      let now = Date().timeIntervalSince1970
      let limits = settings.limits
      let old = try? await store.expire(before: now - Double(limits.resultDays) * 86400, kept: limits.kept)
      for record in old ?? [] { folder.remove(record.id, kept: record.kept) }
      for id in (try? await store.forgetPictures(before: now - Double(limits.pictureHours) * 3600)) ?? [] {
        try? FileManager.default.removeItem(at: folder.pictures(id))
        if let record = try? await store.update(id, { _ in }) {
          let bytes = folder.bytes(of: id, kept: record.kept)
          _ = try? await store.update(id) { $0.disk = bytes }
        }
      }
      try? await Task.sleep(for: .seconds(600))
    }
  }
}

/// One thing that can be asked.
struct ServerRoute: Sendable {
  let method: HTTPRequest.Method
  let path: String
  let handler: @Sendable (Request, ServingContext) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String,
    _ handler: @escaping @Sendable (Request, ServingContext) async throws -> Response
  ) {
    (self.method, self.path, self.handler) = (method, path, handler)
  }
}
