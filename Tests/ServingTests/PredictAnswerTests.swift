import Foundation
import JSON
import Serving
import Testing

/// Every short answer says why.
struct PredictAnswerTests {
  private func answer(_ verdict: String?, _ result: String) -> PredictAnswer {
    var record = AnalysisRecord(
      id: String(repeating: "0", count: 32), owner: "local", name: "clip.mp4", bytes: 1, sha256: "0",
      created: 0,
      state: .done)
    (record.verdict, record.result) = (verdict, result)
    return PredictAnswer(record)
  }

  private static let forgery =
    #"{"cue":"forgery","value":0.98,"limit":0.5,"against":true}"#
  private static let pending =
    #"{"cue":"blink","value":{"unavailable":"pending","observed":1,"required":8},"against":false}"#
  private static let unused =
    #"{"cue":"pulse","value":{"unavailable":"not_validated"},"against":false,"used":false}"#

  @Test func aDamagedFileSaysSo() throws {
    let answer = answer(
      "live",
      #"{"kind":"video","tracks":[{"id":1}],"reasons":[],"damage":"the last 40 of 228 frames are missing"}"#)
    #expect(answer.word == "REAL")
    #expect(answer.sentence.contains("The file is damaged: the last 40 of 228 frames are missing."))
    let json = try members(answer)
    #expect(json["damage"] as? String == "the last 40 of 228 frames are missing")
  }

  private func members(_ answer: PredictAnswer) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(answer.json(address: "/a").text.utf8)) as? [String: Any])
  }

  @Test func anUndecidedAnswerHasAReason() throws {
    for (result, words) in [
      (#"{"kind":"video","tracks":[],"reasons":[]}"#, "No face was found"),
      (#"{"kind":"image","tracks":[{}],"reasons":[]}"#, "one picture"),
      (
        #"{"kind":"video","tracks":[{}],"reasons":[\#(Self.pending),\#(Self.unused)]}"#,
        "Too little could be measured: blinks (pending)."
      ),
      (#"{"kind":"video","tracks":[{}],"reasons":[]}"#, "too weak"),
    ] {
      let answer = answer("undecided", result)
      #expect(answer.word == "UNDECIDED" && answer.sentence.contains(words), "\(answer.sentence)")
    }
    let json = try members(
      answer("undecided", #"{"kind":"video","tracks":[{}],"reasons":[\#(Self.pending)]}"#))
    #expect(json["damage"] is NSNull && json["probability"] is NSNull)
    #expect((json["reasons"] as? [[String: Any]])?.first?["cue"] as? String == "blink")
  }

  @Test func aFakeOneNamesWhatSpeaksAgainstIt() {
    let answer = answer(
      "fake", #"{"kind":"video","tracks":[{}],"reasons":[\#(Self.forgery),\#(Self.pending)]}"#)
    #expect(answer.sentence == "What speaks against it: forgery network (0.98, limit 0.50).")
  }

  @Test func aRealOneNamesWhatWasSeen() {
    let blink = #"{"cue":"blink","value":2,"against":false}"#
    let none = #"{"cue":"blink","value":0,"against":false}"#
    let still = answer("live", #"{"kind":"video","tracks":[{}],"reasons":[\#(none)]}"#)
    #expect(still.sentence == "No sign passed its limit.")
    let answer = answer("live", #"{"kind":"video","tracks":[{}],"reasons":[\#(blink),\#(Self.unused)]}"#)
    #expect(answer.sentence.hasSuffix("no sign passed its limit: blinks."))
  }
}
