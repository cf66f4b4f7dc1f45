public import JSON
public import Observations
public import Quantities

/// One frame of a recording as a line: what a timeline needs to draw it.
public enum FrameLine {
  /// The frame's object; times count from `origin`, boxes are `[left, top, width, height]` in frame pixels.
  public static func json(_ report: FrameReport, from origin: MonotonicInstant) -> OrderedJSON {
    .object([
      ("frame", .integer(Int64(report.frame))), ("time_s", .seconds((report.captured - origin).inSeconds)),
      ("size", .array([.integer(Int64(report.size.width)), .integer(Int64(report.size.height))])),
      ("tracks", tracks(report)),
    ])
  }

  /// The frame's faces: id, box, verdict and scores of each.
  public static func tracks(_ report: FrameReport) -> OrderedJSON { .array(report.tracks.map(track)) }

  /// How well the face is seen, and what keeps it from the networks.
  private static func seen(_ track: TrackReport) -> OrderedJSON {
    let (face, quality) = (track.track.face, track.track.face.quality)
    let turn = face.pose.map { max(abs($0.yaw.degrees), abs($0.pitch.degrees)) }
    func measured(_ measure: VisibilityMeasure, _ value: Float, _ decimals: Int) -> (String, OrderedJSON) {
      (measure.rawValue, .number(Double(value), decimals: decimals))
    }
    let values = [
      measured(.interocular, quality.interocularPixels, 1), measured(.turn, turn ?? 0, 1),
      measured(.presence, Float(face.presence.value), 3),
      measured(.luminance, quality.exposure, 3), measured(.burntOut, quality.burntOut, 3),
      measured(.focus, quality.focus, 4),
    ]
    return .object(values + (track.obstacle.map { [("not_judged", .string($0.reason.rawValue))] } ?? []))
  }

  private static func track(_ track: TrackReport) -> OrderedJSON {
    let box = track.track.face.box
    let fields: [(String, OrderedJSON)] = [
      ("id", .integer(Int64(track.track.id.value))), ("phase", .string(track.track.phase.rawValue)),
      ("box", .array([box.x, box.y, box.width, box.height].map { .number(Double($0), decimals: 1) })),
      ("verdict", .string(track.verdict.label.rawValue)),
      ("risk", track.verdict.risk.json(OrderedJSON.probability)),
      ("liveness", track.liveness.probability.json(OrderedJSON.probability)),
      ("forgery", track.scores.forgery.json { .probability($0.probability) }),
      ("spoof", track.scores.spoof.json { .probability($0.probability) }),
      ("seen", seen(track)),
    ]
    return .object(fields + (track.shownMap.map { [("heat_map", .string($0.question))] } ?? []))
  }
}

extension TrackReport {
  /// The heat map that pictures of this moment show over the face, with the name of its question: of the one that is
  /// more against the face and has one, from a probability of a half on; nil when there is none.
  public var shownMap: (question: String, attention: AttentionMap)? {
    let forged = scores.forgery.value?.probability.value ?? 0
    let spoofed = scores.spoof.value?.probability.value ?? 0
    guard max(forged, spoofed) >= 0.5 else { return nil }
    let forgery = forged >= 0.5 ? scores.forgeryMap.map { ("forgery", $0) } : nil
    let spoof = spoofed >= 0.5 ? scores.spoofMap.map { ("spoof", $0) } : nil
    return forged >= spoofed ? forgery ?? spoof : spoof ?? forgery
  }
}
