import Foundation
import HTTPTypes
public import Logging

/// Takes uploads to workers, first come first served. Its length is bounded: one more is refused at once, so that a
/// client learns it before it has sent its file.
public actor AnalysisQueue {
  /// What is to be done with an upload.
  public struct Job: Sendable {
    /// The analysis's id.
    public let id: String
    /// What to run.
    public let request: AnalysisChild.Request
    /// Bytes of the upload.
    public let bytes: Int
    /// `image` or `video` when nothing else will do.
    public let kind: String?
    /// Whose it is.
    public let owner: String
    /// Whether the file is deleted at the end. A sample is not.
    public let isUpload: Bool
    /// The upload's bytes, counted for as long as the job lives.
    let hold: StorageLedger.Hold?
  }

  private let settings: ServerSettings
  private let folder: WorkFolder
  private let store: AnalysisStore
  private let metrics: ServerMetrics
  private let logger: Logger
  private var waiting: [Job] = []
  private var running: [String: (child: AnalysisChild, owner: String)] = [:]
  /// Places kept for uploads that are being received, by owner.
  private var reserved: [String: Int] = [:]
  /// Bytes that running analyses may still write, by owner.
  private var promised: [String: Int] = [:]
  private var progress: [String: AnalysisProgress] = [:]
  private var followers: [String: [Int: AsyncStream<AnalysisProgress>.Continuation]] = [:]
  private var nextFollower = 0

  /// An empty queue.
  public init(
    settings: ServerSettings, folder: WorkFolder, store: AnalysisStore, metrics: ServerMetrics, logger: Logger
  ) {
    (self.settings, self.folder, self.store, self.metrics) = (settings, folder, store, metrics)
    self.logger = logger
  }

  /// Keeps a place for an upload that is about to be received, or refuses it.
  public func reserve(for owner: String) throws {
    let limits = settings.limits
    let reserved = self.reserved.values.reduce(0, +)
    let own = waiting.count { $0.owner == owner } + self.reserved[owner, default: 0]
    guard settings.tokens == nil || own < limits.waitingEach else {
      metrics.refused()
      throw ServiceError(
        .tooManyRequests, "own_queue_full",
        "\(own) of your uploads are waiting, which is as many as one owner may have; try again later",
        retryAfter: 10)
    }
    guard waiting.count + reserved < limits.waiting + limits.workers - running.count else {
      metrics.refused()
      throw ServiceError(
        .tooManyRequests, "queue_full",
        "\(waiting.count + reserved) uploads are waiting, which is as many as may; try again later",
        retryAfter: 10)
    }
    self.reserved[owner, default: 0] += 1
  }

  /// Gives a place back that was kept for an upload.
  public func release(for owner: String) { unreserve(owner) }

  /// Turns a kept place into a job.
  public func add(_ job: Job) {
    unreserve(job.owner)
    waiting.append(job)
    progress[job.id] = AnalysisProgress(state: .queued)
    startNext()
  }

  private func unreserve(_ owner: String) {
    let left = reserved[owner, default: 0] - 1
    reserved[owner] = left > 0 ? left : nil
  }

  /// Analyses that wait and that run.
  public var counts: (waiting: Int, running: Int) { (waiting.count, running.count) }

  /// What happens with an analysis from now on; ends when it ends, at once when it has ended.
  public func follow(_ id: String) -> AsyncStream<AnalysisProgress> {
    // A follower that does not keep up sees the newest only.
    let (stream, continuation) = AsyncStream.makeStream(
      of: AnalysisProgress.self, bufferingPolicy: .bufferingNewest(1))
    guard let now = progress[id] else {
      continuation.finish()
      return stream
    }
    let number = nextFollower
    nextFollower += 1
    followers[id, default: [:]][number] = continuation
    continuation.onTermination = { _ in Task { await self.forget(id, number) } }
    continuation.yield(now)
    return stream
  }

  /// Ends an analysis that nobody wants any more.
  public func cancel(_ id: String) {
    running[id]?.child.kill()
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
    let job = waiting.remove(at: index)
    cleanUp(job)
    end(id)
    tellPlaces()
  }

  /// Ends everything that runs.
  public func stop() {
    waiting = []
    for one in running.values { one.child.kill() }
  }

  private func forget(_ id: String, _ number: Int) { followers[id]?[number] = nil }

  private func startNext() {
    while let index = Self.next(
      waiting.map(\.owner), running: running.values.map(\.owner), workers: settings.limits.workers,
      sharing: settings.tokens != nil)
    {
      let job = waiting.remove(at: index)
      let child = AnalysisChild(program: settings.program, limits: settings.limits)
      running[job.id] = (child, job.owner)
      tell(job.id) { $0.state = .running }
      Task { await self.run(job, child) }
    }
    tellPlaces()
  }

  /// Whose turn it is: the earliest job of the owner with the fewest running. When all workers are busy an owner who has
  /// none running gets one more worker, so that nobody waits behind another's long recordings. Nil: nobody's.
  package static func next(_ waiting: [String], running: [String], workers: Int, sharing: Bool) -> Int? {
    let counts = running.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    guard
      let index = waiting.indices.min(by: { (counts[waiting[$0]] ?? 0, $0) < (counts[waiting[$1]] ?? 0, $1) })
    else { return nil }
    if running.count < workers { return index }
    return sharing && running.count == workers && counts[waiting[index]] == nil ? index : nil
  }

  private func run(_ job: Job, _ child: AnalysisChild) async {
    let started = ContinuousClock.now
    let promise = Self.mostBytes(job, settings)
    await makeRoom(promise, for: job.owner)
    promised[job.owner, default: 0] += promise
    defer { promised[job.owner, default: 0] -= promise }
    try? FileManager.default.createDirectory(
      at: folder.results(job.id), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    _ = try? await store.update(job.id) { $0.state = .running }
    let timeline = TimelineWriter(folder.timeline(job.id), most: settings.limits.timelineBytes) {
      frames, line in
      Task {
        await self.tell(job.id) { if frames > $0.frames { ($0.frames, $0.newest) = (frames, line) } }
      }
    }
    let ending: AnalysisChild.Ending?
    do { ending = try await child.run(job.request) { timeline.take($0) } } catch { ending = nil }
    timeline.close()
    let outcome = AnalysisOutcome(ending, job: job, limits: settings.limits)
    if outcome.error != nil {
      logger.notice(
        "analysis \(job.id) failed: status \(ending?.status ?? -1), \(ending?.complaint ?? "not started")")
    }
    await keep(outcome, job)
    metrics.analysed(outcome.error == nil, took: ContinuousClock.now - started, frames: timeline.frames)
    running[job.id] = nil
    cleanUp(job)
    end(job.id)
    startNext()
  }

  private func keep(_ outcome: AnalysisOutcome, _ job: Job) async {
    let pictures = job.request.pictures.map { PictureFolder($0.folder).names.count } ?? 0
    let kept = settings.keepsUploads && job.isUpload && outcome.error == nil ? job.id : nil
    if let kept {
      try? FileManager.default.moveItem(at: job.request.file, to: folder.kept.appendingPathComponent(kept))
    }
    let bytes = folder.bytes(of: job.id, kept: kept)
    let record = try? await store.update(job.id) { record in
      outcome.write(to: &record)
      (record.pictures, record.kept, record.disk) = (pictures, kept, bytes)
    }
    // Deleted meanwhile: what the child wrote goes too.
    if record == nil { folder.remove(job.id, kept: kept) }
  }

  /// Bytes that an analysis may leave on the disk, at most: its timeline, its pictures (a JPEG of this quality has no more
  /// than a byte a pixel, measured on noise), and the upload where it is kept.
  static func mostBytes(_ job: Job, _ settings: ServerSettings) -> Int {
    let side = settings.limits.pictureSide
    return settings.limits.timelineBytes + (job.request.pictures?.most ?? 0) * side * side
      + (settings.keepsUploads && job.isUpload ? job.bytes : 0)
  }

  /// Deletes the oldest results until `bytes` more fit within the bounds: the owner's own when the owner has used up what
  /// one may have, else those of whoever uses most.
  private func makeRoom(_ bytes: Int, for owner: String) async {
    let limits = settings.limits
    while let use = try? await store.diskUse() {
      let total = use.values.reduce(0, +) + promised.values.reduce(0, +)
      let own = use[owner, default: 0] + promised[owner, default: 0]
      let loser: String?
      if settings.tokens != nil, own + bytes > limits.resultBytesEach {
        loser = owner
      } else if total + bytes > limits.resultBytes {
        loser = use.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
      } else {
        return
      }
      guard let loser, let record = try? await store.firstToGo(of: loser) else { return }
      folder.remove(record.id, kept: record.kept)
      // A label is kept for training; its files are not.
      if record.label == nil {
        _ = try? await store.delete(record.id, of: loser)
      } else {
        _ = try? await store.update(record.id) { ($0.disk, $0.pictures, $0.kept) = (0, 0, nil) }
      }
    }
  }

  private func cleanUp(_ job: Job) {
    if job.isUpload { try? FileManager.default.removeItem(at: job.request.file) }
  }

  private func tell(_ id: String, _ change: @Sendable (inout AnalysisProgress) -> Void) {
    guard var now = progress[id] else { return }
    change(&now)
    progress[id] = now
    for follower in (followers[id] ?? [:]).values { follower.yield(now) }
  }

  private func tellPlaces() {
    for (place, job) in waiting.enumerated() where progress[job.id]?.before != place {
      tell(job.id) { $0.before = place }
    }
  }

  private func end(_ id: String) {
    progress[id] = nil
    for follower in (followers.removeValue(forKey: id) ?? [:]).values { follower.finish() }
  }
}
