import Foundation
import Testing

/// The puppet's clip: its truth is known, so every event must be found and none invented.
@Suite(.enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
struct DemoClipTests {
  private struct Interval: Decodable {
    let start_s: Double
    let end_s: Double
  }

  private struct Truth: Decodable {
    let blinks: [Interval]
    let mouth_events: [Interval]
    let frames: Int
  }

  private struct Result: Decodable {
    struct Track: Decodable {
      struct Liveness: Decodable {
        let blinks: [Interval]
        let mouth_events: [Interval]
      }

      let frames: Int
      let liveness: Liveness
    }

    let frames: Int
    let tracks: [Track]
  }

  @Test func everyEventIsFoundAndNoneInvented() throws {
    let folder = try TemporaryFolder()
    let clip = folder.url.appendingPathComponent("demo.mkv").path
    #expect(try ProgramRun(["demo", "--out", clip]).status == 0)
    let truth = try JSONDecoder().decode(
      Truth.self, from: Data(contentsOf: folder.url.appendingPathComponent("demo.json")))
    #expect(truth.blinks.count >= 3 && !truth.mouth_events.isEmpty)
    let first = try ProgramRun(["analyze", clip])
    #expect(first.status == 0, "\(first.errors)")
    let result = try JSONDecoder().decode(Result.self, from: Data(first.output.utf8))
    #expect(result.frames == truth.frames && result.tracks.count == 1)
    let track = try #require(result.tracks.first)
    #expect(track.frames == truth.frames)
    expectSame(track.liveness.blinks, truth.blinks, "blinks")
    expectSame(track.liveness.mouth_events, truth.mouth_events, "mouth events")
    // The same file gives the same result to the byte.
    #expect(try ProgramRun(["analyze", clip]).output == first.output)
  }

  /// One to one, each found interval overlapping its true one.
  private func expectSame(_ found: [Interval], _ truth: [Interval], _ what: String) {
    print("demo clip: \(found.count) \(what) found, \(truth.count) made")
    #expect(found.count == truth.count, "\(what)")
    for (one, other) in zip(found, truth) {
      #expect(one.start_s < other.end_s && other.start_s < one.end_s, "\(what) at \(other.start_s) s")
    }
  }
}
