import ArgumentParser
import Capture
import Foundation
import Imaging
import Observations
import Pipeline
import Surroundings

/// `vigil crops`: the pictures that scoring networks see, cut from pictures and recordings, to train from.
///
/// Detection, landmarks, tracking and cutting are those of `vigil analyze`. For each rule `NAME`, the folder gets
/// `NAME.rgb` (crops one after the other: rows, columns, RGB bytes) and `NAME.tsv` (path, frame, track, frame pixels
/// in one crop pixel, then 68 landmarks as x, y in crop pixels).
struct CropsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crops", abstract: "Cuts the faces of pictures and recordings, for training.",
    discussion: """
      Examples:
        vigil crops --rule Training/rules/forgery.json --out crops/ clip.mp4
        cut -f1 LABELS.tsv | vigil crops --rule Training/rules/forgery.json --out crops/ -
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "A manifest whose crop rule is used; may be given more than once.") var rule: [String]
  @Option(help: "Folder to write into.") var out: String
  @Option(help: "Most crops taken of one recording, spread over its frames.") var most = 40
  @Argument(help: "Files; - reads their paths from standard input, one a line.") var paths: [String]

  func run() throws {
    guard (1...100_000).contains(most) else { throw Failure(.usage, "--most \(most): write 1 to 100000") }
    let assembly = try Assembly(try common.settings())
    try? FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    let writers = try rule.map { try CropWriter(rule: $0, folder: out) }
    Interrupts.install()
    let input = LineInput(descriptor: 0)
    let files =
      paths == ["-"]
      ? Array(AnyIterator { input.next().map { String(decoding: $0, as: UTF8.self) } }) : paths
    for path in files where !path.isEmpty && !Interrupts.received {
      do { try cut(path, assembly, writers) } catch let error as CaptureError {
        StandardErrors.say("\(error)")
      }
    }
    for writer in writers { try writer.close() }
    if Interrupts.received { throw Failure(interrupted: "interrupted; the files that follow were not cut") }
  }

  private func cut(_ path: String, _ assembly: Assembly, _ writers: [CropWriter]) throws {
    let step = max(try Self.frames(of: path) / most, 1)
    let source = try SourceSpecification.file(path).open(options: .fenced)
    let perception = try assembly.perception(pace: .inline, isStill: source.description.kind == .still)
    let cutter = CropSink(writers, path: path, step: step)
    try SessionDriver(InlineSession(source: source, analyzer: perception), [cutter]).run()
  }

  /// Writes the faces of every so many frames.
  private final class CropSink: ReportSink {
    private let writers: [CropWriter]
    private let path: String
    private let step: Int
    private var index = 0

    init(_ writers: [CropWriter], path: String, step: Int) {
      (self.writers, self.path, self.step) = (writers, path, step)
    }

    func take(_ event: SessionEvent) throws {
      guard case .frame(let judged) = event else { return }
      defer { index += 1 }
      guard index % step == step / 2 else { return }
      for track in judged.report.tracks where track.track.phase != .coasting {
        for writer in writers { try writer.write(track.track, of: judged.frame, path: path) }
      }
    }
  }

  /// How many frames a file holds, by reading it once.
  private static func frames(of path: String) throws -> Int {
    let source = try SourceSpecification.file(path).open(options: .fenced)
    if source.description.kind == .still { return 1 }
    var count = 0
    while true {
      switch try source.next() {
      case .frame: count += 1
      case .ended: return count
      case .timeout, .dropped, .lost: continue
      }
    }
  }
}
