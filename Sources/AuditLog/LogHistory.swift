import LogFiles
public import LogProofs

/// Where a record is in a log that may span several files.
public struct RecordPlace: Sendable, Equatable, CustomStringConvertible {
  /// The file's place among those of the log, from 1.
  public let file: Int64
  /// The record's number in the file, from 0.
  public let number: Int64

  /// A record's place.
  public init(file: Int64, number: Int64) { (self.file, self.number) = (file, number) }

  /// `57`, or `2:57` in a file that is not the first.
  public var description: String { file == 1 ? "\(number)" : "\(file):\(number)" }
}

/// A log with all its files that are still there, oldest first; never changes it.
public struct LogHistory: Sendable {
  /// A reader of each file.
  public let readers: [LogReader]
  /// Each file's place among those of the log, from 1.
  public let files: [Int64]

  /// Opens the log at `path` with its ended files; of an ended file that one alone.
  public init(path: String) throws(LogError) {
    do throws(StoredLogError) {
      readers = try LogChain.open(path, .growing).map { LogReader($0) }
    } catch { throw LogError(error) }
    files = try Self.places(readers)
  }

  /// The one file that a reader reads.
  public init(_ reader: LogReader) throws(LogError) {
    readers = [reader]
    files = try Self.places(readers)
  }

  private static func places(_ readers: [LogReader]) throws(LogError) -> [Int64] {
    var places: [Int64] = []
    for reader in readers {
      do { places.append(try LogWriter.beginning(reader.stored).segment) } catch {
        throw LogFile.opening(error, reader.path)
      }
    }
    return places
  }

  /// All sessions, oldest first; one that spans files is one session.
  public func sessions() throws(LogError) -> [SessionOverview] {
    var found: [SessionOverview] = []
    for (reader, file) in zip(readers, files) {
      for var part in try reader.sessions() {
        part.files = file...file
        guard let place = found.firstIndex(where: { $0.session == part.session }) else {
          found.append(part)
          continue
        }
        found[place] = found[place].joined(with: part)
      }
    }
    return found
  }

  /// The one session whose name is or begins with `name`; the newest when `name` is nil.
  public func session(_ name: String?) throws(LogError) -> SessionOverview {
    let path = readers.last?.path ?? ""
    let all = try sessions()
    guard let name else {
      guard let newest = all.last else { throw .notFound("session in \(path)") }
      return newest
    }
    let fitting = all.filter { $0.session.hasPrefix(name) }
    guard fitting.count == 1, let one = fitting.first else {
      throw .notFound(
        fitting.isEmpty ? "session \(name) in \(path)" : "single session that begins with \(name)")
    }
    return one
  }

  /// Calls `body` with the text of each record, of one session and kind when given.
  public func forEach(
    session: SessionOverview? = nil, kind: String? = nil, _ body: (RecordPlace, String) throws -> Void
  ) throws(LogError) {
    for (reader, file) in zip(readers, files) where session?.files.contains(file) ?? true {
      let first = session?.files.lowerBound == file ? session?.first ?? 0 : 0
      try reader.forEach(from: first, session: session?.session, kind: kind) { number, text in
        try body(RecordPlace(file: file, number: number), text)
      }
    }
  }

  /// Checks the whole log, all files with one another.
  public func verify(
    key: NotePublicKey, outside: [SignedNote] = [], witnesses: [NotePublicKey] = []
  ) throws(LogError) -> VerificationReport {
    do throws(StoredLogError) {
      return try LogChain.verify(readers.map(\.stored), key: key, outside: outside, witnesses: witnesses)
    } catch { throw LogError(error) }
  }
}

extension SessionOverview {
  /// The session with its part in a later file.
  fileprivate func joined(with part: SessionOverview) -> SessionOverview {
    SessionOverview(
      session: session, first: first, last: part.last, started: started, ended: part.ended, purpose: purpose,
      device: device, result: part.result, files: files.lowerBound...part.files.upperBound)
  }

  /// `0-57`, or `1:900-2:57` where the log has several files.
  public var range: String {
    let first = RecordPlace(file: files.lowerBound, number: first)
    return "\(first)-\(RecordPlace(file: files.upperBound, number: last))"
  }
}
