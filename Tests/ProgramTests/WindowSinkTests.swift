import Capture
import Display
import Foundation
import Imaging
import Observations
import Overlay
import Pipeline
import Quantities
import Testing
import VigilTesting
import Wording
import vigil

/// The window's logic without a screen: what it shows, what it says, what it asks for.
@Suite struct WindowSinkTests {
  private final class Screen: PictureScreen {
    var events: [WindowEvent] = []
    private(set) var shown: [(frame: Frame?, list: DrawList)] = []

    func pollEvents() -> [WindowEvent] {
      defer { events = [] }
      return events
    }
    func viewport(for frame: PixelSize) -> Viewport { Viewport(picture: PixelSize(width: 640, height: 360)) }
    func show(_ frame: Frame?, _ list: DrawList) { shown.append((frame, list)) }
    var newest: (frame: Frame?, list: DrawList)? { shown.last }
  }

  private struct EvenMetrics: TextMetrics {
    func width(of text: String, style: TextStyle, rightToLeft: Bool) -> Float {
      Float(text.count * style.size) * 0.5
    }
  }

  private struct DiskFull: Error {}

  private let screen = Screen()
  private let clock = ManualClock(seconds: 10)

  private func window(
    kind: SourceKind = .live, isWatched: Bool = false,
    write: @escaping (String) throws -> Void = { _ in }
  ) throws -> WindowSink {
    let sink = try WindowSink(
      WindowSink.Place(
        screen: screen, metrics: EvenMetrics(), now: { [clock] in clock.now },
        write: { _, _, path in try write(path) }, isWatched: isWatched),
      options: OverlayOptions(), snapshots: "/pictures")
    sink.begin(
      SourceDescription(
        name: "script", kind: kind, size: PixelSize(width: 4, height: 4), framesPerSecond: 30))
    return sink
  }

  /// A frame captured `age` before now.
  private func frame(_ index: Int, age: Duration = .milliseconds(10)) -> SessionEvent {
    let captured = clock.now - age
    let stamp = FrameStamp(index: UInt64(index), captured: captured, camera: "script")
    let picture = Frame(layout: .gray(PixelSize(width: 4, height: 4)), stamp: stamp) { _ in }
    let arrival = FrameArrival(
      index: stamp.index, captured: captured, size: picture.size, camera: stamp.camera)
    return .frame(JudgedFrame(picture, FrameReport(arrival, tracks: [])))
  }

  private var words: Words { Words(.english) }

  @Test func anEmptyWindowIsThereBeforeTheFirstFrame() throws {
    _ = try window()
    #expect(screen.shown.count == 1 && screen.newest?.frame == nil)
  }

  @Test func eachFrameIsShownWithItsReport() throws {
    let sink = try window()
    try sink.take(frame(3))
    #expect(screen.newest?.frame?.index == 3)
    #expect(screen.newest?.list.texts.contains { $0.contains("script") } == true)
  }

  @Test func keysBecomeRequests() throws {
    let sink = try window()
    screen.events = [.togglePause, .togglePause, .quit]
    #expect(try sink.requests() == [.pause(true), .pause(false), .quit(reason: "closed by the user")])
    screen.events = [.step]
    #expect(try sink.requests() == [.pause(true), .step])
    screen.events = [.step]
    #expect(try sink.requests() == [.step])
    #expect(try sink.requests().isEmpty)
  }

  @Test func keysOfTheOverlayAskForNothingAndDrawAgain() throws {
    let sink = try window()
    try sink.take(frame(0))
    let before = screen.shown.count
    screen.events = [.toggleHelp]
    #expect(try sink.requests().isEmpty)
    #expect(screen.shown.count == before + 1)
    #expect(screen.newest?.list.items != screen.shown[before - 1].list.items)
  }

  /// Somebody else may hold the recording too: the window shows what is, not what its own key did.
  @Test func aHeldRecordingIsShownAsHeld() throws {
    let sink = try window(kind: .recording)
    try sink.take(.asked(.pause(true)))
    screen.events = [.togglePause]
    #expect(try sink.requests() == [.pause(false)])
  }

  @Test func nothingStaleStaysWhenTheCameraIsLost() throws {
    let sink = try window()
    try sink.take(frame(0))
    try sink.take(.cameraLost(reason: "the cable is out"))
    #expect(screen.newest?.frame == nil)
    #expect(screen.newest?.list.texts.contains { $0.contains("the cable is out") } == true)
    try sink.take(frame(1))
    #expect(screen.newest?.frame?.index == 1)
    #expect(screen.newest?.list.texts.contains { $0.contains("the cable is out") } == false)
  }

  @Test func aFailureIsShownInItsOwnWords() throws {
    let sink = try window()
    try sink.take(frame(0))
    try sink.take(.failed(CaptureError(.lost, "script", "the disk is full")))
    #expect(screen.newest?.frame == nil)
    #expect(screen.newest?.list.texts.contains { $0.contains("the disk is full") } == true)
  }

  @Test func aPictureThatNoneFollowsIsMarkedOldOnce() throws {
    let sink = try window()
    try sink.take(frame(0, age: .milliseconds(10)))
    let count = screen.shown.count
    clock.advance(by: .milliseconds(60))
    try sink.take(.waiting)
    #expect(screen.shown.count == count)
    clock.advance(by: .milliseconds(20))
    try sink.take(.waiting)
    #expect(screen.shown.count == count + 1)
    #expect(screen.newest?.frame?.index == 0)
    #expect(screen.newest?.list.texts.contains(words.noNewPicture) == true)
    try sink.take(.waiting)
    #expect(screen.shown.count == count + 1)
  }

  @Test func aLatePictureIsCalledLate() throws {
    let sink = try window()
    try sink.take(frame(0, age: .milliseconds(150)))
    #expect(screen.newest?.list.texts.contains(words.latePicture(150)) == true)
  }

  @Test func aRecordingsPicturesAreNeverOld() throws {
    let sink = try window(kind: .recording)
    try sink.take(frame(0, age: .seconds(9)))
    clock.advance(by: .seconds(5))
    try sink.take(.waiting)
    #expect(screen.newest?.list.texts.contains(words.noNewPicture) == false)
    #expect(screen.newest?.list.texts.contains(words.latePicture(9000)) == false)
  }

  @Test func aSnapshotIsWrittenAndReportedWithItsPlace() throws {
    var written: [String] = []
    let sink = try window { written.append($0) }
    screen.events = [.snapshot]
    #expect(try sink.requests().isEmpty && written.isEmpty)
    try sink.take(frame(7))
    screen.events = [.snapshot]
    let requests = try sink.requests()
    let path = try #require(written.first)
    #expect(requests == [.snapshot(path: path)])
    #expect(path.hasPrefix("/pictures/vigil-") && path.hasSuffix("-7.png"))
    #expect(screen.newest?.list.texts.contains { $0.contains("vigil-") } == true)
  }

  @Test func aSnapshotThatFailsIsSaidAndReportedToNobody() throws {
    let sink = try window { _ in throw DiskFull() }
    try sink.take(frame(7))
    screen.events = [.snapshot]
    #expect(try sink.requests().isEmpty)
    #expect(screen.newest?.list.texts.contains { $0.contains("DiskFull") } == true)
  }

  @Test func onlyAWatchedWindowHoldsTheEnd() throws {
    #expect(try window(isWatched: true).holdsEnd)
    #expect(try !window(isWatched: false).holdsEnd)
  }
}
