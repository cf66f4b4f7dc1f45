import AuditLog
import Foundation
import LogProofs

/// A log with something of everything, for attacks on it: sessions, pictures, an erased one, a witness, several files.
///
/// Beside it lie what an auditor has: `LOG.pub`, `LOG.witness` (a witness's public key), `LOG.checkpoint` (the newest
/// checkpoint, kept elsewhere) and `LOG.evidence` (the key of the pictures).
enum SampleLog {
  /// Makes the log; `files` how many files have sessions of their own. Where there are several, one more session goes
  /// over two files more.
  static func make(_ path: String, files: Int) throws {
    var settings = SessionLogSettings(path: path)
    settings.pictureDays = nil
    let secret = SnapshotKey()
    try secret.store(at: path + ".evidence")
    for file in 0..<max(1, files) {
      if file > 0 { _ = try LogUpkeep.turn(settings) }
      try session(settings, pictures: 0, secret)
      try session(settings, pictures: 3, secret)
    }
    if files > 1 { try spanning(settings) }
    try erase(settings)
    try witness(settings)
    let text = try LogReader(path: path).checkpoint() ?? ""
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + ".checkpoint"))
  }

  private static func session(_ settings: SessionLogSettings, pictures: Int, _ secret: SnapshotKey) throws {
    var header = SessionHeader(purpose: "monitor", program: "sample")
    header.device = ["name": "Sample camera"]
    let log = try SessionLog.open(settings, header: header)
    try log.append(.camera(CameraEvent(event: "opened", device: "Sample camera")))
    for (from, to) in [(nil, "undecided"), ("undecided", "live"), ("live", "fake")] as [(String?, String)] {
      try log.append(.verdict(VerdictChange(track: 1, frame: 3, from: from, to: to, risk: .value(0.12))))
      try log.append(LogLoad.summary(3))
      try log.flush()
    }
    for number in 0..<pictures {
      try log.keep(
        picture: [0xFF, 0xD8, UInt8(number)], frame: UInt64(number), reason: "verdict", key: secret)
    }
    try log.close(SessionEnd(reason: "finished", result: "fake"))
  }

  /// A session that goes on in another file because the file is full at once.
  private static func spanning(_ settings: SessionLogSettings) throws {
    var settings = settings
    let log = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "sample"))
    try log.append(LogLoad.summary(1))
    try log.close(SessionEnd(reason: "finished"))
    settings.segments.largest = 1
    let last = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "sample"))
    try last.close(SessionEnd(reason: "finished"))
  }

  private static func erase(_ settings: SessionLogSettings) throws {
    // Everything so far is past its time; one session later has pictures that stay.
    _ = try LogUpkeep.erasePictures(olderThan: 0, settings)
    try session(settings, pictures: 2, SnapshotKey(path: settings.path + ".evidence"))
  }

  private static func witness(_ settings: SessionLogSettings) throws {
    guard let witness = NotePrivateKey(name: "witness.example/w", algorithm: .cosignature),
      let text = try LogReader(path: settings.path).checkpoint()
    else { throw LogError.notFound("checkpoint") }
    var note = try SignedNote(text: text)
    guard note.cosign(with: witness, time: 1_800_000_000) else { throw LogError.notFound("random numbers") }
    try LogUpkeep.addCosignature(note, by: witness.publicKey, settings)
    try Data("\(witness.publicKey)\n".utf8).write(to: URL(fileURLWithPath: settings.path + ".witness"))
  }
}
