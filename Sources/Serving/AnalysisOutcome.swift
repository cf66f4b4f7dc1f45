import Foundation

/// What a child's ending means for the record.
struct AnalysisOutcome {
  /// The few fields of `vigil analyze`'s schema 1 that the history sorts and shows by.
  private struct Head: Decodable {
    let kind: String?
    let verdict: String?
    let error: String?
    let risk: Risk?

    enum Risk: Decodable {
      case number(Double)
      case unavailable

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = (try? container.decode(Double.self)).map { .number($0) } ?? .unavailable
      }
    }
  }

  let result: String?
  let error: String?
  private var head: Head?

  init(_ ending: AnalysisChild.Ending?, job: AnalysisQueue.Job, limits: ServiceLimits) {
    guard let ending else {
      (result, error) = (nil, "the analysing program could not be started; the server's log says why")
      return
    }
    guard let line = ending.result, !ending.wasKilled,
      let head = try? JSONDecoder().decode(Head.self, from: Data(line.utf8))
    else {
      (result, error) = (nil, Self.reason(ending, limits))
      return
    }
    if let problem = head.error {
      (result, error) = (nil, "the file cannot be read: \(problem)")
    } else if let wanted = job.kind, let kind = head.kind, kind != wanted {
      (result, error) = (nil, "the file is \(Self.name(kind)), and \(Self.name(wanted)) was asked for")
    } else {
      (result, error) = (Self.anonymous(line), nil)
      self.head = head
    }
  }

  func write(to record: inout AnalysisRecord) {
    record.state = error == nil ? .done : .failed
    record.finished = Date().timeIntervalSince1970
    (record.result, record.error) = (result, error)
    (record.kind, record.verdict) = (head?.kind, head?.verdict)
    if case .number(let risk)? = head?.risk { record.risk = risk }
  }

  private static func name(_ kind: String) -> String { kind == "image" ? "a picture" : "a video" }

  /// The result without the path, which is the server's own business.
  private static func anonymous(_ line: String) -> String {
    line.replacing(#/"path":"(?:[^"\\]|\\.)*",/#, with: "", maxReplacements: 1)
  }

  private static func reason(_ ending: AnalysisChild.Ending, _ limits: ServiceLimits) -> String {
    if ending.wasKilled {
      return
        "the analysis took longer than \(limits.analysisSeconds) s and was ended; send a shorter recording"
    }
    if let fault = ending.fault {
      return "the analysing program wrote \(fault), so nothing of it is believed; the file may be hostile"
    }
    switch ending.status {
    case 0, 3: return "the analysing program gave no result, or one too long to be one"
    case 70, 64, 127, 126, 1:
      return "the analysing program failed; the server's log says why"
    default:
      return "the analysis ended without a result (status \(ending.status)): the file asks for more than an "
        + "analysis may use, or is damaged in a way that broke the decoder"
    }
  }
}

/// The pictures of an analysis, by name and so by time.
struct PictureFolder {
  let folder: URL

  init(_ folder: URL) { self.folder = folder }

  /// Names of the files, in the order of their frames.
  var names: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }.sorted()
  }

  /// Frame index of a picture, the digits at its name's end; nil for another file.
  static func frame(_ name: String) -> Int? {
    name.dropLast(4).split(separator: "-").last.flatMap { Int($0) }
  }
}
