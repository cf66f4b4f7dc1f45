import Foundation
import HTTPTypes
import Hummingbird
import JSON

/// Uploads and what becomes of them: the versioned API and the two short ways.
struct AnalysisRoutes: Sendable {
  let settings: ServerSettings
  let folder: WorkFolder
  let store: AnalysisStore
  let queue: AnalysisQueue
  let metrics: ServerMetrics
  let owners: OwnerLimits
  let storage: StorageLedger
  /// Counts the silences of event streams.
  let clock: any Clock<Duration>

  /// `POST /api/v1/analyses`: takes an upload, or a sample by name, and answers before it is analysed.
  @Sendable func create(_ request: Request, _ context: ServingContext) async throws -> Response {
    let query = request.uri.queryParameters
    let pictures = try whole(query["pictures"], 0...60, standard: 0, "pictures")
    let language = query["lang"] == "ar" ? "ar" : "en"
    let id = AnalysisID.make()
    if let sample = query["sample"] {
      try await addSample(String(sample), id, pictures, language, context.owner)
    } else {
      try await receive(request, id, kind: nil, pictures, language, context.owner)
    }
    let record = try await known(id, context)
    var response = Response.json(record.json, status: .accepted)
    response.headers[.location] = address(id)
    return response
  }

  /// `POST /predict_image` and `/predict_video`: takes an upload and answers when it is analysed.
  func predict(_ kind: String) -> @Sendable (Request, ServingContext) async throws -> Response {
    { request, context in
      let id = AnalysisID.make()
      try await receive(request, id, kind: kind, 0, "en", context.owner)
      for await _ in await queue.follow(id) {}
      let record = try await known(id, context)
      guard record.state == .done else {
        throw ServiceError(
          .unprocessableContent, "not_analysed", record.error ?? "the analysis gave no result")
      }
      return .json(PredictAnswer(record).json(address: address(id)))
    }
  }

  /// `GET /api/v1/analyses`: the asker's history, newest first.
  @Sendable func history(_ request: Request, _ context: ServingContext) async throws -> Response {
    let query = request.uri.queryParameters
    let limit = try whole(query["limit"], 1...200, standard: 50, "limit")
    var before: Double?
    if let text = query["before"] {
      guard let date = try? Date(String(text), strategy: .iso8601) else {
        throw ServiceError.badRequest("before: expected a date such as 2026-01-31T12:00:00Z")
      }
      before = date.timeIntervalSince1970
    }
    let records = try await store.history(of: context.owner, before: before, limit: limit)
    return .json(.object([("analyses", .array(records.map { .object($0.summary) }))]))
  }

  /// `GET /api/v1/analyses/{id}`.
  @Sendable func read(_ request: Request, _ context: ServingContext) async throws -> Response {
    .json(try await known(try id(context), context).json)
  }

  /// `DELETE /api/v1/analyses/{id}`: ends it if it runs, and forgets everything about it.
  @Sendable func delete(_ request: Request, _ context: ServingContext) async throws -> Response {
    let record = try await known(try id(context), context)
    _ = try await store.delete(record.id, of: context.owner)
    await queue.cancel(record.id)
    folder.remove(record.id, kept: record.kept)
    return Response(status: .noContent)
  }

  /// `GET /api/v1/analyses/{id}/events`: server-sent events until it has ended, and a comment in each silence.
  @Sendable func events(_ request: Request, _ context: ServingContext) async throws -> Response {
    let record = try await known(try id(context), context)
    let (id, owner) = (record.id, context.owner)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream"],
      body: ResponseBody { writer in
        try await EventRelay(clock: clock).relay(await queue.follow(id)) { piece in
          switch piece {
          case .event(let progress):
            try await writer.write(ByteBuffer(string: "event: progress\ndata: \(progress.json.text)\n\n"))
          case .keepAlive: try await writer.write(ByteBuffer(string: ": nothing new\n\n"))
          }
        }
        let ended = try? await store.record(id, of: owner)
        let json =
          ended.map { OrderedJSON.object($0.summary).text }
          ?? OrderedJSON.object([("state", .string("deleted"))]).text
        try await writer.write(ByteBuffer(string: "event: end\ndata: \(json)\n\n"))
        try await writer.finish(nil)
      })
  }

  /// `GET /api/v1/analyses/{id}/timeline`: one JSON object a frame and line.
  @Sendable func timeline(_ request: Request, _ context: ServingContext) async throws -> Response {
    let record = try await known(try id(context), context)
    return try await file(folder.timeline(record.id), type: "application/jsonl", context)
  }

  /// `GET /api/v1/analyses/{id}/pictures`: the frames that have a picture.
  @Sendable func pictures(_ request: Request, _ context: ServingContext) async throws -> Response {
    let record = try await known(try id(context), context)
    let names = PictureFolder(folder.pictures(record.id)).names
    let list = names.compactMap { name in
      PictureFolder.frame(name).map { frame in
        OrderedJSON.object([
          ("frame", .integer(Int64(frame))),
          ("address", .string("\(address(record.id))/pictures/\(frame)")),
        ])
      }
    }
    return .json(.object([("pictures", .array(list))]))
  }

  /// `GET /api/v1/analyses/{id}/pictures/{frame}`: a frame with its overlay, as JPEG.
  @Sendable func picture(_ request: Request, _ context: ServingContext) async throws -> Response {
    let record = try await known(try id(context), context)
    let place = folder.pictures(record.id)
    guard let wanted = context.parameters.get("frame").flatMap({ Int($0) }),
      let name = PictureFolder(place).names.first(where: { PictureFolder.frame($0) == wanted })
    else { throw ServiceError.notFound("the picture") }
    // A server of before kept PNG files.
    let type = name.hasSuffix(".png") ? "image/png" : "image/jpeg"
    var response = try await file(place.appendingPathComponent(name), type: type, context)
    response.headers[.cacheControl] = "private, max-age=3600"
    return response
  }

  // MARK: Help

  private func receive(
    _ request: Request, _ id: String, kind: String?, _ pictures: Int, _ language: String, _ owner: String
  ) async throws {
    let most = settings.limits.uploadBytes
    let length = request.headers[.contentLength].flatMap { Int($0) }
    try owners.upload(owner)
    let hold = try storage.hold(for: owner, announced: min(max(length ?? 0, 0), most))
    try await queue.reserve(for: owner)
    let upload: Upload
    do {
      let receiver = UploadReceiver(folder: folder.uploads, most: most) { [owners] bytes in
        owners.received(bytes, owner)
        try hold.grow(by: bytes)
      }
      upload = try await receiver.receive(request, id: id)
      metrics.received(bytes: upload.bytes)
      try await store.insert(
        AnalysisRecord(
          id: id, owner: owner, name: upload.name, bytes: upload.bytes, sha256: upload.sha256,
          created: Date().timeIntervalSince1970, state: .queued))
    } catch {
      await queue.release(for: owner)
      throw error
    }
    await queue.add(
      AnalysisQueue.Job(
        id: id, request: analysis(of: upload.file, id, pictures, language), bytes: upload.bytes, kind: kind,
        owner: owner, isUpload: true, hold: hold))
  }

  private func addSample(
    _ name: String, _ id: String, _ pictures: Int, _ language: String, _ owner: String
  ) async throws {
    guard let sample = Samples(settings.samples).list.first(where: { $0.name == name }) else {
      throw ServiceError.notFound("the sample")
    }
    try owners.upload(owner)
    try await queue.reserve(for: owner)
    do {
      try await store.insert(
        AnalysisRecord(
          id: id, owner: owner, name: name, bytes: sample.bytes, sha256: sample.sha256,
          created: Date().timeIntervalSince1970, state: .queued))
    } catch {
      await queue.release(for: owner)
      throw error
    }
    await queue.add(
      AnalysisQueue.Job(
        id: id, request: analysis(of: sample.file, id, pictures, language), bytes: 0, kind: nil,
        owner: owner, isUpload: false, hold: nil))
  }

  private func analysis(
    of file: URL, _ id: String, _ pictures: Int, _ language: String
  ) -> AnalysisChild.Request {
    var analysis = AnalysisChild.Request(file: file)
    analysis.language = language
    if pictures > 0 { analysis.pictures = (folder.pictures(id), pictures) }
    return analysis
  }

  private func id(_ context: ServingContext) throws -> String {
    guard let id = context.parameters.get("id"), AnalysisID.isValid(id) else {
      throw ServiceError.notFound("the analysis")
    }
    return id
  }

  func known(_ id: String, _ context: ServingContext) async throws -> AnalysisRecord {
    guard let record = try await store.record(id, of: context.owner) else {
      throw ServiceError.notFound("the analysis")
    }
    return record
  }

  /// A file, read as the client takes it: 64 KB of it are in memory at a time, however slow the client is.
  private func file(_ file: URL, type: String, _ context: ServingContext) async throws -> Response {
    guard
      let body = try? await FileIO().loadFile(path: file.path, context: context, chunkLength: 64 << 10)
    else { throw ServiceError.notFound("what was asked for") }
    return Response(status: .ok, headers: [.contentType: type], body: body)
  }

  /// The address of an analysis as clients see it.
  private func address(_ id: String) -> String {
    "\(settings.publicAddress?.prefix ?? "")/api/v1/analyses/\(id)"
  }

  private func whole(
    _ text: Substring?, _ range: ClosedRange<Int>, standard: Int, _ name: String
  ) throws -> Int {
    guard let text else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw ServiceError.badRequest(
        "\(name): give a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
