import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOSSL
import Reports

/// The HTTP server: puts store, queue, routes and guards together and runs until it is told to stop.
public struct VigilServer: Sendable {
  private let settings: ServerSettings
  private let folder: WorkFolder
  private let store: AnalysisStore
  private let queue: AnalysisQueue
  private let metrics = ServerMetrics()
  private let owners: OwnerLimits
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
    do {
      folder = try WorkFolder(settings.folder)
      store = try AnalysisStore(file: folder.database)
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
      router: router, server: try builder,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: "vigil",
        availableConnectionsDelegate: MaximumAvailableConnections(settings.limits.connections, logger: logger)
      ),
      onServerRunning: { channel in onReady(channel.localAddress?.port ?? 0) }, logger: logger)
    let upkeep = Task { await keepTidy() }
    defer { upkeep.cancel() }
    try await application.runService()
    await queue.stop()
  }

  private var builder: HTTPServerBuilder {
    get throws {
      let limits = settings.limits
      let http = HTTPServerBuilder.http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: {
            var bounds = ConnectionGuard.Limits()
            bounds.bodyBytes = limits.uploadBytes + (1 << 20)
            return [ConnectionGuard(bounds)]
          }(),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16384, maxHeaderListSize: 32768, maxHeaderFieldCount: 100)))
      guard let tls = settings.tls else { return http }
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
    let router = Router(context: ServingContext.self)
    router.add(middleware: Doorkeeper(metrics: metrics, isEncrypted: settings.tls != nil))
    router.add(middleware: Gatekeeper(settings: settings, owners: owners))
    for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
    return router
  }

  /// Method and path of everything that can be asked.
  package var routeNames: [String] { routes.map { "\($0.method.rawValue) \($0.path)" } }

  /// Everything that can be asked, in one table; the OpenAPI document is tested against it.
  var routes: [ServerRoute] {
    let analyses = AnalysisRoutes(
      settings: settings, folder: folder, store: store, queue: queue, metrics: metrics, owners: owners)
    let feedback = FeedbackRoutes(analyses: analyses, store: store)
    let sessions = SessionRoutes(folder: settings.sessions)
    return pageRoutes + analysisRoutes(analyses) + [
      ServerRoute(.get, "/api/v1/sessions", sessions.list),
      ServerRoute(.get, "/api/v1/sessions/{id}", sessions.one),
      ServerRoute(.get, "/api/v1/sessions/{id}/preview", sessions.preview),
      ServerRoute(.post, "/api/v1/analyses/{id}/feedback", feedback.add),
      ServerRoute(.get, "/api/v1/feedback.tsv", feedback.export),
      ServerRoute(.get, "/api/v1/models") { [catalogue] _, _ in .json(catalogue.json) },
      ServerRoute(.get, "/api/v1/samples") { [settings] _, _ in Self.samples(settings) },
      ServerRoute(.get, "/api/v1/limits") { [settings] _, context in Self.limits(settings, context) },
      ServerRoute(.post, "/api/v1/login") { [settings] in try await SignIn(settings).login($0, $1) },
      ServerRoute(.post, "/api/v1/logout") { [settings] in SignIn(settings).logout($0, $1) },
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
      ServerRoute(.get, "/metrics") { [queue, metrics] _, _ in
        let counts = await queue.counts
        return .text(
          metrics.text(waiting: counts.waiting, running: counts.running), type: "text/plain; version=0.0.4")
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
        ("picture_hours", .integer(Int64(limits.pictureHours))),
        ("result_days", .integer(Int64(limits.resultDays))), ("uploads_kept", .bool(settings.keepsUploads)),
        ("owner", .string(context.owner)), ("tokens", .bool(settings.tokens != nil)),
      ]))
  }

  /// Deletes what is too old, now and every ten minutes.
  private func keepTidy() async {
    while !Task.isCancelled {
      let now = Date().timeIntervalSince1970
      let limits = settings.limits
      let old = try? await store.expire(before: now - Double(limits.resultDays) * 86400, kept: limits.kept)
      for record in old ?? [] {
        try? FileManager.default.removeItem(at: folder.results(record.id))
        if let kept = record.kept {
          try? FileManager.default.removeItem(at: folder.kept.appendingPathComponent(kept))
        }
      }
      for id in (try? await store.forgetPictures(before: now - Double(limits.pictureHours) * 3600)) ?? [] {
        try? FileManager.default.removeItem(at: folder.pictures(id))
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
