import Capture
import Display
import Observations
import Pipeline
import Surroundings
import Testing
import VigilTesting

/// An error keeps its type from where it happens to the exit code.
@Suite struct ExitClassTests {
  private struct NetworkFault: Error {}

  /// The exit code of a session that is driven to its end.
  private func code(_ steps: [ScriptedSource.Step], _ analyzer: ScriptedAnalyzer, isLive: Bool) -> Int32 {
    let source = ScriptedSource(steps, kind: isLive ? .live : .recording)
    let session: any FrameSession =
      isLive
      ? LiveSession(source: source, analyzer: analyzer) : InlineSession(source: source, analyzer: analyzer)
    do {
      try SessionDriver(session, [RecordingSink()], sleep: { _ in }).run()
      return ExitClass.done.code
    } catch { return ExitClass(of: error).code }
  }

  @Test(arguments: [true, false])
  func aFaultInTheNetworksIsNoMissingInput(isLive: Bool) {
    let broken = ScriptedAnalyzer { _ in throw NetworkFault() }
    #expect(code([.frames(3)], broken, isLive: isLive) == 70)
  }

  @Test(arguments: [true, false])
  func aSourceThatFailsIsAMissingInput(isLive: Bool) {
    let gone = CaptureError(.lost, "script", "the camera is gone")
    #expect(code([.frames(1), .failure(gone)], ScriptedAnalyzer(), isLive: isLive) == 3)
    #expect(code([.frames(1)], ScriptedAnalyzer(), isLive: isLive) == 0)
  }

  @Test func aMissingScreenIsTheUsersSideAndAMissingFontIsNot() {
    #expect(ExitClass(of: DisplayError.noScreen).code == 3)
    #expect(ExitClass(of: DisplayError.fontMissing(script: "Arabic", looked: [])).code == 70)
    #expect(ExitClass(of: OutputFailure("a.json", code: 28)).code == 70)
  }
}
