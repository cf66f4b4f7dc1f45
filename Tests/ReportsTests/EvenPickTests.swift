import Foundation
import JSON
import Observations
import Quantities
import Reports
import Testing

struct EvenPickTests {
  private func taken(of count: Int, most: Int) -> [Int] {
    var pick = EvenPick(most: most)
    var taken: Set<Int> = []
    for index in 0..<count {
      let action = pick.handle(index)
      for dropped in action.drops { #expect(taken.remove(dropped) != nil, "\(dropped) was never taken") }
      if action.takes { taken.insert(index) }
      #expect(taken.count <= most, "at \(index) of \(count)")
    }
    return taken.sorted()
  }

  @Test func fewAreAllTaken() { #expect(taken(of: 5, most: 8) == [0, 1, 2, 3, 4]) }

  @Test(arguments: [1, 2, 3, 7, 40])
  func manyAreEvenlySpread(_ most: Int) {
    for count in [most, most + 1, 2 * most, 100, 1001] {
      let taken = taken(of: count, most: most)
      #expect(taken.first == 0 && taken.count >= min(count, (most + 1) / 2), "\(taken.count) of \(count)")
      let gaps = Set(zip(taken.dropFirst(), taken).map { $0 - $1 })
      #expect(gaps.count <= 1, "\(taken)")
    }
  }

  @Test func aFramesLineIsOneLineOfJSONWithItsFaces() throws {
    let report = Sample.frame(3) { [Sample.track(id: 7, .suspect, at: $0)] }
    let origin = Sample.frame(0) { _ in [] }.captured
    let text = FrameLine.json(report, from: origin).text
    #expect(text.hasPrefix("{\"frame\":3,") && !text.contains("\n"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["time_s"] as? Double == 0.12)
    let track = try #require((object["tracks"] as? [[String: Any]])?.first)
    #expect(track["id"] as? Int == 7 && track["verdict"] as? String == "suspect")
    #expect((track["box"] as? [Double])?.count == 4)
    #expect((track["forgery"] as? [String: Any])?["unavailable"] as? String == "no_model")
  }

  @Test func aFramesLineNamesTheHeatMapThatItsPictureShows() {
    func line(_ spoof: Double) -> String {
      let report = Sample.frame(3) { at in
        let plain = Sample.track(id: 7, .suspect, at: at)
        var scores = plain.scores
        scores.spoof = .measured(
          TrackScore(
            probability: Probability(clamping: spoof), uncertainty: 0.1, framesScored: 1, newestFrame: 3,
            model: Sample.model), at: at)
        scores.spoofMap = AttentionMap(
          model: Sample.model, method: .occlusion, columns: 1, rows: 1, values: [1], toBox: .identity,
          strongest: .nose, frame: 3)
        return [
          TrackReport(track: plain.track, liveness: plain.liveness, scores: scores, verdict: plain.verdict)
        ]
      }
      return FrameLine.json(report, from: report.captured).text
    }
    #expect(line(0.9).contains("\"heat_map\":\"spoof\""))
    #expect(!line(0.4).contains("heat_map"))
  }
}
