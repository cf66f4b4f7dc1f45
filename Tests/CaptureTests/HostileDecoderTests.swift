import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing

/// The program that stands in for a decoder, and what it needs.
private enum StandIn {
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Hostile/decoder-stand-in").path
  static let hasPython = ["/usr/bin/python3", "/usr/local/bin/python3"].contains {
    FileManager.default.isExecutableFile(atPath: $0)
  }
}

/// Decoders that their medium has taken over. The stand-in is a program that says what the medium tells it to say, so
/// what is tested is the parent: it must give an error with the field's name, and go on with other files.
@Suite(.enabled(if: StandIn.hasPython, "needs python3: scripts/install-packages.sh test"))
struct HostileDecoderTests {
  /// What came of a medium: frames until the end or an error.
  private struct Outcome {
    var times: [Int64] = []
    var ended = false
    var damage: String?
    var error: CaptureError?
    var notes: [String] = []
    var sound: [SoundBlock] = []
  }

  private func outcome(
    _ steps: String, mostPixels: Int = 8192 * 8192, sound: Bool = false
  ) throws -> Outcome {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString)-hostile.mkv")
    try Data(steps.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var options = SourceOptions(decoder: StandIn.path)
    (options.mostPixels, options.sound) = (mostPixels, sound)
    let lines = Lines()
    options.log = CaptureLog { lines.all.append($0) }
    var outcome = Outcome()
    do throws(CaptureError) {
      let source = try SourceSpecification.file(file.path).open(options: options)
      while !outcome.ended {
        switch try source.next() {
        case .frame(let frame): outcome.times.append(frame.captured.nanoseconds)
        case .ended(let damage): (outcome.ended, outcome.damage) = (true, damage)
        case .timeout, .dropped, .lost: break
        }
        outcome.sound += source.takeSound()
      }
    } catch { outcome.error = error }
    outcome.notes = lines.all
    return outcome
  }

  private final class Lines { var all: [String] = [] }

  private static let opened = #"{"say": {"kind": "opened"}}, {"await": 1}"#
  private static let ended = #"{"say": {"kind": "ended"}}"#
  private static func frame(_ fields: String) -> String { #"{"say": {"# + fields + #"}}, {"await": 1}"# }

  /// The stand-in speaks the language of this build, and an honest one of its kind is believed.
  @Test func theStandInIsUnderstood() throws {
    let frames = (0..<3).map { Self.frame(#""index": \#($0), "captured_ns": \#($0 * 40_000_000)"#) }
    let outcome = try outcome("[\(([Self.opened] + frames + [Self.ended]).joined(separator: ","))]")
    #expect(outcome.error == nil && outcome.ended && outcome.damage == nil)
    #expect(outcome.times == [0, 40_000_000, 80_000_000])
  }

  @Test(arguments: [
    ("magic", #""magic": 7"#), ("version", #""version": 3"#), ("kind", #""kind": 99"#),
    ("text_bytes", #""text_bytes": 601"#), ("text_bytes", #""text_bytes": 4294967295"#),
    ("source_kind", #""kind": "opened", "source_kind": 3"#),
    ("rate_microhertz", #""kind": "opened", "rate_microhertz": -1"#),
    ("rate_microhertz", #""kind": "opened", "rate_microhertz": 9223372036854775807"#),
    ("width", #""kind": "opened", "width": 0"#),
    ("width", #""width": -64"#), ("height", #""height": 9223372036854775807"#),
    ("width * height", #""width": 16384, "height": 16384"#),
    ("index", #""index": -1"#), ("index", #""index": 9223372036854775807"#),
    ("captured_ns", #""captured_ns": 9223372036854775807"#),
    ("captured_ns", #""captured_ns": -9223372036854775808"#), ("captured_ns", #""captured_ns": -1000000001"#),
    ("byte_count", #""byte_count": 0"#), ("byte_count", #""byte_count": 12289"#),
    ("byte_count", #""byte_count": 9223372036854775807"#),
    ("orientation", #""kind": "opened", "orientation": 9"#),
    ("aspect_vertical", #""kind": "opened", "aspect_vertical": 0"#),
    ("transfer", #""kind": "opened", "transfer": 3"#), ("has_alpha", #""kind": "opened", "has_alpha": -1"#),
    ("is_rate_assumed", #""kind": "opened", "is_rate_assumed": 2"#),
    ("is_cover", #""kind": "opened", "is_cover": 2"#), ("damaged", #""damaged": -1"#),
    ("color", #""color": 8"#), ("color", #""color": -1"#),
    ("plane_count", #""plane_count": 2"#), ("plane_count", #""color": 1, "plane_count": 1"#),
    ("undecodable", #""undecodable": -1"#), ("undecodable", #""undecodable": 9223372036854775807"#),
    ("planes[0].offset", #""planes": [{"offset": 4096, "row_stride": 64, "pixel_stride": 1}]"#),
    ("planes[0].offset", #""planes": [{"offset": -9223372036854775808}]"#),
    ("planes[0].row_stride", #""planes": [{"row_stride": 9223372036854775807, "pixel_stride": 1}]"#),
    ("planes[0].pixel_stride", #""planes": [{"row_stride": 64, "pixel_stride": -9223372036854775808}]"#),
    ("planes[0].last sample", #""planes": [{"row_stride": 65, "pixel_stride": 1}]"#),
    ("planes[0].first sample", #""planes": [{"row_stride": -1, "pixel_stride": 1}]"#),
    ("planes[0].horizontal_shift", #""planes": [{"horizontal_shift": 64}]"#),
    ("planes[0].vertical_shift", #""planes": [{"vertical_shift": -1}]"#),
    ("is_damaged", #""kind": "ended", "is_damaged": 2"#), ("failure", #""kind": "failed", "failure": 7"#),
    ("answer", #""kind": "tried", "answer": -1"#),
  ])
  func aNumberOutsideItsRangeIsNamed(field: String, message: String) throws {
    let isOpening = message.contains(#""opened""#)
    let outcome = try outcome("[\(isOpening ? "" : Self.opened + ",")\(Self.frame(message))]")
    let error = try #require(outcome.error)
    #expect(error.kind == .unreadable && error.problem.contains("has \(field) = "), "\(error)")
    #expect(outcome.times.isEmpty && !outcome.ended)
  }

  /// Numbers that are fine by themselves and not after the frame before.
  @Test(arguments: [
    ("index", #""index": 5, "captured_ns": 41"#), ("captured_ns", #""index": 6, "captured_ns": 40"#),
    ("captured_ns", #""index": 6, "captured_ns": -5"#),
    ("undecodable", #""index": 6, "captured_ns": 41, "undecodable": 1, "damaged": 1"#),
    ("undecodable", #""kind": "dropped", "undecodable": 1"#),
    ("damaged", #""index": 6, "captured_ns": 41, "undecodable": 2, "damaged": 0"#),
  ])
  func numbersThatRunBackwardsAreNamed(field: String, second: String) throws {
    let first = Self.frame(#""index": 5, "captured_ns": 40, "undecodable": 2, "damaged": 1"#)
    let outcome = try outcome("[\(Self.opened),\(first),\(Self.frame(second))]")
    #expect(outcome.times == [40])
    #expect(outcome.error?.problem.contains("has \(field) = ") == true, "\(outcome)")
  }

  /// A frame after a change of size, above what is allowed: refused before memory is taken for it.
  @Test func aLaterFrameOfTooManyPixelsIsRefused() throws {
    let large =
      #""index": 1, "captured_ns": 1, "width": 65, "height": 64, "byte_count": 4160, "#
      + #""planes": [{"row_stride": 65, "pixel_stride": 1}]"#
    let outcome = try outcome("[\(Self.opened),\(Self.frame("")),\(Self.frame(large))]", mostPixels: 64 * 64)
    #expect(outcome.times == [0])
    #expect(outcome.error?.problem.contains("width * height = 4160, outside 1...4096") == true, "\(outcome)")
  }

  /// Only a clean end makes a result: what a decoder showed before it broke is not the whole medium.
  @Test(arguments: [
    (#"{"exit": 1}"#, "ended with code 1"), (#"{"signal": 11}"#, "was ended by signal 11"),
    (#"{"say": {"index": 1}}"#, "speaks after the end"),
    (#"{"close": 3}, {"hang": 1}"#, "was ended by signal 9"),
  ])
  func anUncleanEndIsAnError(step: String, words: String) throws {
    let outcome = try outcome("[\(Self.opened),\(Self.frame("")),\(Self.ended),\(step)]")
    #expect(outcome.times == [0] && !outcome.ended)
    #expect(outcome.error?.problem.contains(words) == true, "\(outcome)")
  }

  /// A death at any other moment, bytes that are no message, words out of turn, chatter without end.
  @Test(arguments: [
    (#"{"exit": 0}"#, "ended with code 0"), (#"{"signal": 11}"#, "was ended by signal 11"),
    (#"{"say": {}, "as": "00"}"#, "has size = 1"), (#"{"say": {"kind": "opened"}}"#, "out of turn"),
    (#"{"say": {"kind": "tried"}}"#, "out of turn"),
    (
      Array(repeating: #"{"say": {"kind": "note", "text": "x"}}"#, count: 40).joined(separator: ","),
      "without end"
    ),
    (
      Array(repeating: #"{"say": {"kind": "resolve", "text": "-"}}"#, count: 40).joined(separator: ","),
      "without end"
    ),
  ])
  func otherMisbehaviourIsAnError(step: String, words: String) throws {
    let outcome = try outcome("[\(Self.opened),\(step),{\"hang\": 1}]")
    #expect(outcome.error?.problem.contains(words) == true, "\(outcome)")
  }

  private static func sound(_ fields: String) -> String {
    #"{"say": {"kind": "sound", \#(fields)}}"#
  }

  /// Sound that was asked for comes with its times; what is no sample is silence.
  @Test func soundOfAnHonestDecoderIsHeard() throws {
    let blocks = [
      Self.sound(#""start_ns": 0, "samples": [0.5, 1e30, -0.25]"#), Self.sound(#""start_ns": 187500"#),
      Self.sound(#""start_ns": 50000000, "samples": [NaN]"#),
    ].joined(separator: ",")
    let outcome = try outcome("[\(Self.opened),\(blocks),\(Self.frame("")),\(Self.ended)]", sound: true)
    #expect(outcome.error == nil && outcome.ended)
    #expect(outcome.sound.map(\.start.nanoseconds) == [0, 187_500, 50_000_000])
    #expect(outcome.sound.first?.samples == [0.5, 0, -0.25] && outcome.sound.last?.samples == [0])
  }

  @Test(arguments: [
    ("sample_count", #""sample_count": 2049"#), ("sample_count", #""sample_count": 0"#),
    ("sample_count", #""sample_count": 4294967295"#), ("start_ns", #""start_ns": 9223372036854775807"#),
    ("start_ns", #""start_ns": -9223372036854775808"#), ("version", #""version": 1"#),
    ("magic", #""magic": 7"#),
  ])
  func aNumberOfSoundOutsideItsRangeIsNamed(field: String, fields: String) throws {
    let outcome = try outcome("[\(Self.opened),\(Self.sound(fields)),\(Self.frame(""))]", sound: true)
    #expect(outcome.error?.problem.contains("has \(field) = ") == true, "\(outcome)")
    #expect(outcome.sound.isEmpty)
  }

  /// Sound that nobody asked for, more of it than one answer holds, and sound whose time runs back.
  @Test(arguments: [
    ("blocks of sound = 1", false, [0]), ("blocks of sound = 33", true, (0..<33).map { $0 * 10_000_000 }),
    ("start_ns = 5", true, [100, 5]),
  ])
  func soundOutOfTurnEndsTheDecoder(words: String, isWanted: Bool, starts: [Int]) throws {
    let blocks = starts.map { Self.sound("\"start_ns\": \($0)") }.joined(separator: ",")
    let outcome = try outcome("[\(Self.opened),\(blocks),\(Self.frame(""))]", sound: isWanted)
    #expect(outcome.error?.problem.contains("has \(words)") == true, "\(outcome)")
  }

  /// Words of a decoder are shown to people: they stay one line and cannot steer a terminal.
  @Test func wordsCannotSteerATerminal() throws {
    let nasty = #""text": "one\r\ntwo\u001b[2Jthree\u009b1m\u202efour\u2028""#
    let outcome = try outcome(
      "[\(Self.opened),{\"say\": {\"kind\": \"note\", \(nasty)}},"
        + "{\"say\": {\"kind\": \"failed\", \"failure\": 3, \(nasty)}}]")
    #expect(outcome.error?.problem == "onetwo[2Jthree1mfour")
    #expect(outcome.notes.count == 1 && outcome.notes[0].hasSuffix("onetwo[2Jthree1mfour"))
  }
}
