import FaceScoring
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Surroundings
import Synchronization

/// The two files of one rule: `NAME.rgb` and `NAME.tsv`.
final class CropWriter {
  private let cutter: CropCutter
  private let pixels: OutputFile
  private let table: LineFile

  /// Files named after the manifest at `rule`, in `folder`.
  convenience init(rule: String, folder: String) throws {
    guard let bytes = FileManager.default.contents(atPath: rule) else {
      throw Failure(.usage, "--rule \(rule): cannot be read")
    }
    let manifest: ScoringManifest
    do { manifest = try ScoringManifest(bytes: bytes, file: rule) } catch {
      throw Failure(.usage, "\(error)")
    }
    try self.init(manifest, folder: folder)
  }

  /// Files named after `manifest`, in `folder`, which exists.
  init(_ manifest: ScoringManifest, folder: String) throws {
    cutter = CropCutter(manifest.crop)
    let place = "\(folder)/\(manifest.name).rgb"
    do { pixels = try OutputFile(place) } catch { throw Failure(.usage, "\(error)") }
    let points = (0..<68).flatMap { ["x_\($0)", "y_\($0)"] }
    table = try LineFile(
      "\(folder)/\(manifest.name).tsv",
      header: (["path", "frame", "track", "scale"] + points).joined(separator: "\t"))
  }

  /// Closes both files; throws when not all has arrived.
  func close() throws {
    try pixels.close()
    try table.close()
  }

  func write(_ track: Track, of frame: Frame, path: String) throws {
    guard let crop = cutter.crop(of: track.face, in: frame) else { return }
    try write(crop, of: track.face, track: track.id, frame: frame.index, path: path)
  }

  /// Writes a crop that was cut from frame `frame` of the file at `path`.
  func write(_ crop: RGBImage, of face: Face, track: TrackID, frame: UInt64, path: String) throws {
    guard let map = cutter.placement(of: face), let back = map.affine.inverse else { return }
    let points = face.landmarks.points.map { back($0) }.flatMap { [$0.x, $0.y] }
    let numbers = ([map.scale] + points).map { String(format: "%.3f", $0) }
    try pixels.write(crop.bytes)
    let cells = [TableCell.tab(path), String(frame), String(track.value)] + numbers
    try table.write(cells.joined(separator: "\t"))
  }
}

/// Writes the crops that the installed networks see while files are judged.
///
/// `@unchecked Sendable`: called on whichever queue scores, one crop after the other under a lock. As a sink it only says
/// what went wrong while crops were written.
final class CropRecorder: ReportSink, @unchecked Sendable {
  private struct State {
    var path = ""
    var problem: (any Error)?
  }

  private let writers: [String: CropWriter]
  private let state = Mutex(State())

  /// One writer for each network that is fed with crops. Throws when there is none, or a file cannot be made.
  init(_ scorers: ScorerSet, folder: String) throws {
    guard !scorers.scorers.isEmpty else {
      throw Failure(.usage, "--crops: no scoring network is installed; cut by a rule with: vigil crops")
    }
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var writers: [String: CropWriter] = [:]
    for scorer in scorers.scorers {
      writers[scorer.manifest.name] = try CropWriter(scorer.manifest, folder: folder)
    }
    self.writers = writers
  }

  /// The crops that follow come from the file at `path`.
  func begin(_ path: String) { state.withLock { $0.path = path } }

  /// What the scoring desk tells of its crops.
  var observer: @Sendable (CropSeen) -> Void { { [self] in take($0) } }

  private func take(_ seen: CropSeen) {
    state.withLock { state in
      guard state.problem == nil, let writer = writers[seen.manifest.name] else { return }
      do {
        try writer.write(seen.crop, of: seen.face, track: seen.track, frame: seen.frame, path: state.path)
      } catch {
        state.problem = error
      }
    }
  }

  /// Closes the files at the end; throws when not all has arrived.
  func close() throws {
    try check()
    try state.withLock { _ in for writer in writers.values { try writer.close() } }
  }

  func take(_ event: SessionEvent) throws { try check() }

  /// Throws what went wrong while writing, if anything did.
  private func check() throws {
    if let problem = state.withLock({ $0.problem }) { throw problem }
  }
}
