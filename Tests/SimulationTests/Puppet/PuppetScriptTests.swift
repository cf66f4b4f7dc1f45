import Foundation
import Simulation
import Testing

struct PuppetScriptTests {
  @Test func sameSeedSameScript() {
    #expect(PuppetScript(seconds: 20, seed: 7) == PuppetScript(seconds: 20, seed: 7))
    #expect(PuppetScript(seconds: 20, seed: 7) != PuppetScript(seconds: 20, seed: 8))
  }

  @Test(arguments: [1, 2, 3, 99] as [UInt64])
  func eventsNeverOverlapAndEndInTime(seed: UInt64) {
    let script = PuppetScript(seconds: 30, seed: seed)
    #expect(script.events.contains { $0.kind == .blink })
    #expect(script.events.contains { $0.kind == .mouth })
    for (earlier, later) in zip(script.events, script.events.dropFirst()) {
      #expect(later.start - earlier.end >= 0.8)
    }
    #expect(script.events.allSatisfy { $0.start < $0.end && $0.end < 30 })
    #expect((script.events.first?.start ?? 0) >= 1.5)
  }

  @Test func tooShortForAnyEvent() { #expect(PuppetScript(seconds: 1, seed: 1).events.isEmpty) }

  @Test func anEventRisesHoldsAndFalls() throws {
    let event = try #require(PuppetScript(seconds: 20, seed: 1).events.first)
    let length = event.end - event.start
    #expect(event.extent(at: event.start - 0.01) == 0)
    #expect(event.extent(at: event.end + 0.01) == 0)
    #expect(event.extent(at: event.start + 0.4 * length) == 1)
    let rising = event.extent(at: event.start + 0.1 * length)
    #expect(rising > 0 && rising < 1)
  }

  @Test func everyBlinkIsShutInSomeFrame() {
    let script = PuppetScript(seconds: 60, seed: 5)
    for blink in script.events where blink.kind == .blink {
      let frames = (0..<1500).filter { script.pose(at: Double($0) / 25).eyesShut > 0.97 }
      #expect(frames.contains { (blink.start...blink.end).contains(Double($0) / 25) })
    }
  }

  @Test func truthNamesEveryEvent() throws {
    let script = PuppetScript(seconds: 20, seed: 3)
    let truth = PuppetTruth(script: script, seed: 3, frames: 600, framesPerSecond: 30)
    #expect(truth.blinks.count + truth.mouth_events.count == script.events.count)
    let back = try JSONDecoder().decode(PuppetTruth.self, from: truth.json())
    #expect(back == truth)
  }
}
