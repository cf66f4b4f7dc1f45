public import JSON
public import Observations
public import Quantities

extension Evidence {
  /// The value through `form`; `{"unavailable": reason}` or `{"pending": {...}}` when there is none.
  public func json(_ form: (Value) -> OrderedJSON) -> OrderedJSON {
    switch self {
    case .measured(let value, _): form(value)
    case .unavailable(let reason): .unavailable(reason)
    case .pending(let observed, let required):
      .object([
        ("unavailable", .string("pending")), ("observed", .number(observed, decimals: 2)),
        ("required", .number(required, decimals: 2)),
      ])
    }
  }
}

extension OrderedJSON {
  /// What stands in the place of a value that could not be measured.
  public static func unavailable(_ reason: UnavailableReason) -> OrderedJSON {
    .object([("unavailable", .string(reason.rawValue))])
  }

  /// A probability with four decimals.
  public static func probability(_ probability: Probability) -> OrderedJSON {
    .number(probability.value, decimals: 4)
  }

  /// Seconds since a beginning, with three decimals; never below 0.
  public static func seconds(_ seconds: Double) -> OrderedJSON { .number(max(seconds, 0), decimals: 3) }

  /// One reason of a verdict.
  public static func reason(_ reason: Reason) -> OrderedJSON {
    var members: [(String, OrderedJSON)] = [
      ("cue", .string(reason.cue.rawValue)), ("value", reason.value.json { .number($0, decimals: 4) }),
    ]
    if let limit = reason.limit { members.append(("limit", .number(limit, decimals: 4))) }
    members.append(("against", .bool(reason.against)))
    if !reason.counts { members.append(("used", .bool(false))) }
    return .object(members)
  }

  /// Start and end of an event, in seconds from `origin`.
  public static func interval(_ interval: EventInterval, from origin: MonotonicInstant) -> OrderedJSON {
    .object([
      ("start_s", .seconds((interval.start - origin).inSeconds)),
      ("end_s", .seconds((interval.end - origin).inSeconds)),
    ])
  }

  /// A track's network score, with the parts of several networks and where the first one sees it.
  public static func score(_ score: Evidence<TrackScore>, map: AttentionMap? = nil) -> OrderedJSON {
    score.json { score in
      var fields: [(String, OrderedJSON)] = [
        ("probability", .probability(score.probability)),
        ("uncertainty", .number(score.uncertainty, decimals: 4)),
        ("frames_scored", .integer(Int64(score.framesScored))), ("model", .string(score.model.description)),
      ]
      if score.members.count > 1 {
        let members = score.members.map { member in
          OrderedJSON.object([
            ("model", .string(member.model.description)), ("logit", .number(member.logit, decimals: 4)),
            ("weight", .number(member.weight, decimals: 4)),
          ])
        }
        fields.append(("members", .array(members)))
      }
      if let map {
        fields.append(
          (
            "seen_in",
            .object([
              ("region", map.strongest.map { .string($0.rawValue) } ?? .string("none")),
              ("method", .string(map.method.rawValue)), ("frame", .integer(Int64(map.frame))),
            ])
          ))
      }
      return .object(fields)
    }
  }

  /// Beats per minute and signal-to-noise ratio.
  public static func pulse(_ pulse: Evidence<Pulse>) -> OrderedJSON {
    pulse.json { .object(members($0)) }
  }

  /// All that is known of a pulse: by POS, by CHROM, by region, and how alike the regions are.
  public static func pulse(_ state: LivenessState) -> OrderedJSON {
    state.pulse.json { pulse in
      .object(
        members(pulse) + [
          ("chrom", .pulse(state.pulseByChrom)),
          (
            "regions",
            .object(state.regionPulses.map { ($0.region.rawValue, .object(members($0.pulse))) })
          ),
          ("agreement", state.pulseAgreement.json { .number($0, decimals: 3) }),
        ])
    }
  }

  /// How lips go with the voice; milliseconds above 0 mean that the voice comes behind them.
  public static func lips(_ lips: Evidence<LipAgreement>) -> OrderedJSON {
    lips.json { lips in
      .object([
        ("move_together", .bool(lips.moveTogether)), ("strength", .number(lips.strength, decimals: 2)),
        ("offset_ms", .number(lips.offset, decimals: 0)),
        ("uncertainty_ms", .number(lips.uncertainty, decimals: 0)),
        ("voiced_s", .number(lips.voicedSeconds, decimals: 2)),
        ("resting_share", .number(lips.restingShare, decimals: 3)),
        ("silent_share", .number(lips.silentShare, decimals: 3)), ("speaks", .bool(lips.speaks)),
      ])
    }
  }

  private static func members(_ pulse: Pulse) -> [(String, OrderedJSON)] {
    [
      ("bpm", .number(pulse.beatsPerMinute, decimals: 1)),
      ("snr_db", .number(pulse.signalToNoise, decimals: 1)),
    ]
  }
}
