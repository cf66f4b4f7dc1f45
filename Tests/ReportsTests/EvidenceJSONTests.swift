import Foundation
import JSON
import Observations
import Quantities
import Reports
import Testing

/// Values of results as JSON: names and forms that programs rely on.
@Suite struct EvidenceJSONTests {
  private let now = MonotonicInstant(seconds: 100)

  @Test func aReasonLeavesOutWhatItHasNot() {
    let plain = Reason(cue: .blink, value: .measured(2.00004, at: now), limit: nil, against: false)
    #expect(OrderedJSON.reason(plain).text == #"{"cue":"blink","value":2,"against":false}"#)
    let unused = Reason(
      cue: .pulse, value: .unavailable(.motion), limit: 0.12346, against: true, counts: false)
    #expect(
      OrderedJSON.reason(unused).text
        == #"{"cue":"pulse","value":{"unavailable":"motion"},"limit":0.1235,"against":true,"used":false}"#)
  }

  @Test func timesCountFromTheBeginningAndNeverBelowIt() {
    let interval = EventInterval(start: now - .seconds(1), end: now + .milliseconds(1500))
    #expect(OrderedJSON.interval(interval, from: now).text == #"{"start_s":0,"end_s":1.5}"#)
  }

  private func score(_ members: Int) -> TrackScore {
    TrackScore(
      probability: Probability(clamping: 0.98766), uncertainty: 0.01234, framesScored: 7, newestFrame: 40,
      model: Sample.model,
      members: (0..<members).map { MemberScore(model: Sample.model, logit: 1.5, weight: Double($0)) })
  }

  @Test func aScoreNamesItsNetworksWhereThereAreSeveral() throws {
    let hash = Sample.model.description
    let start = #"{"probability":0.9877,"uncertainty":0.0123,"frames_scored":7,"model":"\#(hash)""#
    for members in 0...1 {
      #expect(OrderedJSON.score(.measured(score(members), at: now)).text == start + "}")
    }
    #expect(
      OrderedJSON.score(.measured(score(2), at: now)).text
        == start
        + #","members":[{"model":"\#(hash)","logit":1.5,"weight":0},{"model":"\#(hash)","logit":1.5,"weight":1}]}"#
    )
    let map = AttentionMap(
      model: Sample.model, method: .classActivation, columns: 1, rows: 1, values: [-1], toBox: .identity,
      strongest: nil, frame: 12)
    #expect(
      OrderedJSON.score(.measured(score(0), at: now), map: map).text
        == start + #","seen_in":{"region":"none","method":"class_activation","frame":12}}"#)
    #expect(OrderedJSON.score(.unavailable(.noModel), map: map).text == #"{"unavailable":"no_model"}"#)
  }

  @Test func aPulseHasItsRegions() {
    var state = LivenessState(unavailable: .stillPicture)
    #expect(OrderedJSON.pulse(state).text == #"{"unavailable":"still_picture"}"#)
    let pulse = Pulse(beatsPerMinute: 71.96, signalToNoise: 3.14)
    (state.pulse, state.pulseByChrom) = (.measured(pulse, at: now), .pending(observed: 4, required: 10))
    state.regionPulses = [RegionPulse(region: .leftCheek, pulse: pulse)]
    state.pulseAgreement = .measured(0.12344, at: now)
    #expect(
      OrderedJSON.pulse(state).text
        == #"{"bpm":72,"snr_db":3.1,"chrom":{"unavailable":"pending","observed":4,"required":10},"#
        + #""regions":{"left_cheek":{"bpm":72,"snr_db":3.1}},"agreement":0.123}"#)
  }

  /// A file's own words about how it is shown: only what is out of the ordinary.
  @Test func aMediumTellsWhatIsOutOfTheOrdinary() {
    #expect(OrderedJSON.medium(Presentation(format: "JPEG"), rate: 25).text == #"{"format":"JPEG"}"#)
    let odd = Presentation(
      format: "HEVC", orientation: .quarterClockwise, oddMatrix: "m",
      pixelAspect: PixelAspect(horizontal: 64, vertical: 45),
      oddPixelAspect: "1:99", transfer: .perceptualQuantizer, hasAlpha: true, isRateAssumed: true,
      isCover: true)
    #expect(
      OrderedJSON.medium(odd, rate: 25).text
        == #"{"format":"HEVC","orientation":6,"odd_matrix":"m","pixel_aspect":"64:45","odd_pixel_aspect":"1:99","#
        + #""transfer":"pq","alpha":"on_white","assumed_fps":25,"cover":true}"#)
    #expect(!OrderedJSON.medium(odd, rate: nil).text.contains("assumed_fps"))
    // 2:2 is square.
    let square = Presentation(format: "x", pixelAspect: PixelAspect(horizontal: 2, vertical: 2))
    #expect(OrderedJSON.medium(square, rate: nil).text == #"{"format":"x"}"#)
  }

  // MARK: Text

  /// What a terminal or a reader of lines would obey is escaped, and a parser reads it back.
  @Test func everyCharacterSurvivesAParserOnOneLine() throws {
    for code in Array(UInt32(0)...0x120) + Array(0x2020...0x2070) + [0xFEFF, 0x1F600] {
      guard let scalar = UnicodeScalar(code) else { continue }
      let text = "a\(Character(scalar))b"
      let json = OrderedJSON.array([.string(text)]).text
      let back = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String])
      #expect(back[0].unicodeScalars.elementsEqual(text.unicodeScalars), "\(code)")
      #expect(json.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
    #expect(OrderedJSON.string("\u{2028}\u{202E}\u{7F}\u{85}").text == #""\u2028\u202e\u007f\u0085""#)
  }

  @Test(
    arguments: [
      (0.00006, 4, "0.0001"), (-0.00004, 4, "0"), (1e15, 2, "1000000000000000"), (0.5, 0, "0"), (1.5, 0, "2"),
      (120, 0, "120"), (-2.50, 2, "-2.5"), (0.1 + 0.2, 3, "0.3"),
    ] as [(Double, Int, String)]) func numbersAreShort(number: Double, decimals: Int, text: String)
  {
    #expect(OrderedJSON.number(number, decimals: decimals).text == text)
  }

  @Test func membersKeepTheirOrder() {
    let value = OrderedJSON.object([
      ("b", .bool(true)), ("a", .array([])), ("b2", .raw("{\"x\":1}")), ("n", .integer(.min)),
    ])
    #expect(value.text == #"{"b":true,"a":[],"b2":{"x":1},"n":-9223372036854775808}"#)
  }
}

/// Which heat map is shown, and when.
@Suite struct ShownMapTests {
  private func report(_ forged: Double?, _ spoofed: Double?, maps: (Bool, Bool)) -> TrackReport {
    let now = MonotonicInstant(seconds: 1)
    func score(_ value: Double?) -> Evidence<TrackScore> {
      value.map {
        .measured(
          TrackScore(
            probability: Probability(clamping: $0), uncertainty: 0, framesScored: 1, newestFrame: 1,
            model: Sample.model),
          at: now)
      } ?? .unavailable(.noModel)
    }
    let map = AttentionMap(
      model: Sample.model, method: .occlusion, columns: 1, rows: 1, values: [1], toBox: .identity,
      strongest: .eyes,
      frame: 1)
    var scores = NetworkScores(forgery: score(forged), spoof: score(spoofed))
    if maps.0 { scores.forgeryMap = map }
    if maps.1 { scores.spoofMap = map }
    return Sample.track(.live, at: now, scores: scores)
  }

  @Test(
    arguments: [
      (0.9, 0.6, true, true, "forgery"), (0.6, 0.9, true, true, "spoof"), (0.7, 0.7, true, true, "forgery"),
      (0.9, 0.6, false, true, "spoof"), (0.6, 0.9, true, false, "forgery"), (0.9, 0.4, false, true, nil),
      (0.49, 0.49, true, true, nil), (0.5, nil, true, true, "forgery"), (nil, 0.5, true, true, "spoof"),
      (nil, nil, true, true, nil), (0.9, 0.9, false, false, nil),
    ] as [(Double?, Double?, Bool, Bool, String?)])
  func theMapOfTheQuestionThatIsMoreAgainst(
    forged: Double?, spoofed: Double?, hasForgery: Bool, hasSpoof: Bool, question: String?
  ) {
    #expect(report(forged, spoofed, maps: (hasForgery, hasSpoof)).shownMap?.question == question)
  }
}
