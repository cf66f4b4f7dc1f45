import Foundation
public import JSON
import LogFiles
public import LogProofs

/// One session of a log, in short.
public struct SessionOverview: Sendable, Equatable {
  /// The session's name.
  public let session: String
  /// Number of its first record in the log.
  public let first: Int64
  /// Number of its newest record in the log.
  public let last: Int64
  /// When it began (RFC 3339).
  public let started: String
  /// When its newest record was made (RFC 3339).
  public let ended: String
  /// What it was for.
  public let purpose: String
  /// Its camera or file.
  public let device: String
  /// Its last word, or `unfinished`.
  public let result: String
  /// The places, from 1, of the files of the log that it is in.
  public var files: ClosedRange<Int64> = 1...1
}

/// Reads a log; never changes it. Nothing that it says comes from an index or a generated column: sessions and kinds
/// are taken from the records' own texts. Whether those are as they were written is the business of ``verify(key:outside:witnesses:)``.
public struct LogReader: Sendable {
  /// The log's file.
  public let path: String
  /// The log's name.
  public var origin: String { stored.origin }
  let stored: StoredLog

  private static let envelope: Set<String> = ["kind", "session"]

  /// Opens a log for reading, also while a session writes it.
  public init(path: String) throws(LogError) {
    self.path = path
    do throws(StoredLogError) { stored = try StoredLog(path: path, use: .growing) } catch {
      throw LogError(error)
    }
  }

  init(_ stored: StoredLog) { (path, self.stored) = (stored.path, stored) }

  func read<Value>(_ question: (StoredLog) throws(StoredLogError) -> Value) throws(LogError) -> Value {
    do throws(StoredLogError) { return try question(stored) } catch { throw LogError(error) }
  }

  /// All sessions, oldest first. Cost: about 3 µs a record.
  public func sessions() throws(LogError) -> [SessionOverview] {
    var known: [String: Int] = [:]
    var ranges: [(first: Int64, last: Int64)] = []
    var ends: [(start: [UInt8], end: [UInt8])] = []
    try read { (log) throws(StoredLogError) in
      try log.forEachRecord { number, _, body in
        guard let body, let record = try? JSONParser.members(Self.envelope, of: body),
          let name = record["session"]?.text, name != LogUpkeep.session
        else { return true }
        if let place = known[name] {
          ranges[place].last = number
          ends[place].end = body
        } else {
          known[name] = ranges.count
          ranges.append((number, number))
          ends.append((body, body))
        }
        return true
      }
    }
    return known.map { name, place in
      let start = (try? JSONParser.parse(ends[place].start)) ?? .null
      let end = (try? JSONParser.parse(ends[place].end)) ?? .null
      let isFinished = end["kind"]?.text == "session_end"
      return SessionOverview(
        session: name, first: ranges[place].first, last: ranges[place].last,
        started: start["wall"]?.text ?? "", ended: end["wall"]?.text ?? "",
        purpose: start["data"]?["purpose"]?.text ?? "",
        device: start["data"]?["device"]?["name"]?.text ?? "",
        result: isFinished
          ? end["data"]?["result"]?.text ?? end["data"]?["reason"]?.text ?? "" : "unfinished")
    }.sorted { $0.first < $1.first }
  }

  /// The one session whose name is or begins with `name`; the newest when `name` is nil.
  public func session(_ name: String?) throws(LogError) -> SessionOverview {
    try LogHistory(self).session(name)
  }

  /// Calls `body` with the canonical text of each record from `first` on, of one session and kind when given.
  public func forEach(
    from first: Int64 = 0, session: String? = nil, kind: String? = nil,
    _ body: (Int64, String) throws -> Void
  ) throws(LogError) {
    var problem: (any Error)?
    try read { (log) throws(StoredLogError) in
      try log.forEachRecord(from: first) { number, _, bytes in
        if session != nil || kind != nil {
          guard let bytes, let record = try? JSONParser.members(Self.envelope, of: bytes),
            session == nil || record["session"]?.text == session, kind == nil || record["kind"]?.text == kind
          else { return true }
        }
        do { try body(number, String(decoding: bytes ?? [], as: UTF8.self)) } catch { problem = error }
        return problem == nil
      }
    }
    if let problem { throw LogFile.opening(problem, path) }
  }

  /// The newest signed checkpoint with its cosignatures; nil before the first.
  public func checkpoint(upTo size: Int64 = .max) throws(LogError) -> String? {
    try read { (log) throws(StoredLogError) in
      guard let found = try log.checkpoint(upTo: size) else { return nil }
      let lines = try log.cosignatures().filter { $0.size == found.size }.map(\.line)
      // A note holds a hundred signatures; what somebody put beside the checkpoint must not make it unreadable.
      return found.note + lines.prefix(90).map { $0 + "\n" }.joined()
    }
  }

  /// Checks the whole log. Cost: about 5 µs a record.
  public func verify(
    key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = []
  ) throws(LogError) -> VerificationReport {
    try read { (log) throws(StoredLogError) in
      try log.verify(keys: [key], outside: outside, witnesses: witnesses)
    }
  }

  /// Decrypts a kept picture.
  public func picture(_ number: Int64, key: SnapshotKey) throws(LogError) -> [UInt8] {
    let sealed = try read { (log) throws(StoredLogError) in try log.picture(number) }
    guard let sealed else { throw .notFound("snapshot \(number) in \(path), or it was erased") }
    return try key.open(sealed, at: SealedPlace(origin: origin, number: number))
  }

  /// What proves that one record is in the log: for someone who has only a checkpoint and this.
  ///
  /// An object with the record's text, its number, the checkpoint and the inclusion proof in base64; with
  /// `older`, the consistency proof from that tree size too. Cost: about 2 µs a record of the log.
  public func proof(of number: Int64, older: Int64? = nil) throws(LogError) -> JSONValue {
    guard let text = try checkpoint(), let note = try? SignedNote(text: text),
      let signed = try? Checkpoint(body: note.body)
    else { throw .notFound("checkpoint in \(path)") }
    var leaves: [TreeHash] = []
    var body = ""
    try forEach { place, text in
      leaves.append(.leaf(Array(text.utf8)))
      if place == number { body = text }
    }
    guard number >= 0, number < Int64(clamping: signed.size), signed.size <= UInt64(leaves.count) else {
      throw .notFound("record \(number) below the newest checkpoint (\(signed.size) records)")
    }
    let tree = leaves[..<Int(signed.size)]
    func list(_ proof: [TreeHash]) -> JSONValue {
      .array(proof.map { .string(Data($0.bytes).base64EncodedString()) })
    }
    var members: [String: JSONValue] = [
      "record": .string(body), "number": .integer(number), "checkpoint": .string(text),
      "inclusion": list(MerkleProofs.inclusion(of: Int(number), in: tree)),
    ]
    if let older, older > 0, older <= Int64(tree.count) {
      members["older"] = .integer(older)
      members["consistency"] = list(MerkleProofs.consistency(from: Int(older), in: tree))
    }
    return .object(members)
  }
}
