import Serving
import Testing

/// What of an analysing process is believed.
@Suite struct ResultLinesTests {
  private let frame = #"{"frame":0,"time_s":0,"faces":[]}"#
  private let verdict = #"{"schema":1,"path":"a","kind":"video","verdict":"live","risk":0.1}"#
  private let unreadable = #"{"schema":1,"path":"a","error":"the file is empty"}"#

  private func read(_ lines: [String], status: Int32 = 0) -> (
    frames: [String], result: String?, fault: String?
  ) {
    var reader = ResultLines()
    let frames = lines.compactMap { reader.take($0) }
    return (frames, reader.result(status: status), reader.fault)
  }

  @Test func framesAndThenAResult() {
    let read = read([frame, frame, verdict])
    #expect(read.frames == [frame, frame] && read.result == verdict && read.fault == nil)
    #expect(self.read([unreadable], status: 3).result == unreadable)
  }

  /// A result counts only with the status that belongs to it.
  @Test(arguments: [1, 2, 3, 64, 70, -6, -9, -11] as [Int32]) func statusesAreDemanded(status: Int32) {
    #expect(read([verdict], status: status).result == nil)
    #expect(read([unreadable], status: status).result == (status == 3 ? unreadable : nil))
  }

  @Test func anErrorWithStatusZeroIsNoResult() { #expect(read([unreadable]).result == nil) }

  @Test(arguments: [
    ["words", #"{"schema":1,"verdict":"live"}"#],
    [#"{"schema":1,"verdict":"live"}"#, #"{"schema":1,"verdict":"fake"}"#],
    [#"{"schema":1,"verdict":"live"}"#, #"{"frame":1}"#], ["[1]"], ["{}"], [#"{"schema":1}"#],
    [#"{"schema":"1","verdict":"live"}"#],
    ["{\"frame\":0}\rdata: forged", #"{"schema":1,"verdict":"live"}"#], ["{\"frame\":0,\r\"a\":1}"],
    ["{\"frame\":0}\u{0}"],
    [String(repeating: "[", count: 100_000)], [#"{"frame":"0"}"#], [#"{"frame":0} {"frame":1}"#], [""],
  ])
  func anyOtherLineSpoilsTheWhole(lines: [String]) {
    let read = read(lines)
    #expect(read.fault != nil && read.result == nil)
    #expect(read.frames.allSatisfy { !$0.contains("\r") })
  }
}
