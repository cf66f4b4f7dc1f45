import Capture
import Foundation
import Imaging
import Observations
import Quantities
import Testing
import VigilTesting

/// The sound of files, against sound that was made for them: a beep of 100 ms at each whole second.
@Suite(.enabled(if: MadeMedia.hasFFmpeg, "needs ffmpeg: scripts/install-packages.sh test"))
struct SoundTrackTests {
  private static let program = BuiltPrograms.vigil

  /// `seconds` of black pictures with the beeps: arguments of ffmpeg.
  private static func beeps(_ rate: Int, _ channels: String, seconds: Int = 4, before: [String] = [])
    -> [String]
  {
    ["-f", "lavfi", "-i", "color=black:s=64x48:r=25:d=\(seconds)"] + before + [
      "-f", "lavfi", "-i",
      "aevalsrc=exprs=\(channels):s=\(rate):d=\(seconds)", "-shortest",
    ]
  }
  private static let beep = "0.5*sin(2*PI*440*t)*lt(mod(t\\,1)\\,0.1)"

  private func heard(_ path: String, decoder: String? = nil) throws -> (sound: String?, blocks: [SoundBlock])
  {
    var options = SourceOptions(decoder: decoder)
    (options.sound, options.log) = (true, .silent())
    let source = try SourceSpecification.file(path).open(options: options)
    var blocks: [SoundBlock] = []
    while true {
      let event = try source.next()
      blocks += source.takeSound()
      if case .ended(let damage) = event {
        #expect(damage == nil)
        return (source.description.sound, blocks)
      }
    }
  }

  /// Milliseconds at which the sound becomes loud, at least 300 ms apart.
  private func onsets(_ blocks: [SoundBlock]) -> [Double] {
    var found: [Double] = []
    for block in blocks {
      for (place, sample) in block.samples.enumerated() where abs(sample) > 0.1 {
        let time = (block.start + SoundBlock.length(place)).seconds * 1e3
        if time - (found.last ?? -1e9) > 300 { found.append(time) }
      }
    }
    return found
  }

  @Test(arguments: [
    ("a.mp4", ["-c:v", "libx264", "-c:a", "aac"], 48_000, 1),
    ("a.mkv", ["-c:v", "libx264", "-c:a", "mp3"], 44_100, 1),
    ("a.webm", ["-c:v", "libvpx", "-c:a", "libopus"], 48_000, 1),
    ("a.avi", ["-c:v", "mjpeg", "-c:a", "pcm_s16le"], 8_000, 1),
    ("a.mov", ["-c:v", "mjpeg", "-c:a", "pcm_f32le"], 96_000, 1),
    ("a.mkv", ["-c:v", "mjpeg", "-c:a", "flac"], 44_100, 6),
    ("a.mpg", ["-c:v", "mpeg1video", "-c:a", "mp2"], 44_100, 2),
    ("a.ts", ["-c:v", "libx264", "-c:a", "aac"], 32_000, 2),
  ])
  func beepsLieWhereTheyWereMade(name: String, coding: [String], rate: Int, channels: Int) throws {
    let expressions = Array(repeating: Self.beep, count: channels).joined(separator: "|")
    let path = try MadeMedia.ffmpeg(name, Self.beeps(rate, expressions) + coding)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (sound, blocks) = try heard(path)
    #expect(sound?.contains("\(rate) Hz") == true)
    // The container's clock may begin anywhere (MPEG at half a second or more): the pictures' does too.
    let file = try MediaFile(path: path)
    guard case .frame(let first) = try file.next() else { throw CaptureError(.unreadable, path, "no frame") }
    let found = onsets(blocks).map { $0 - first.captured.seconds * 1e3 }
    #expect(found.count == 4, "\(found)")
    for (number, onset) in found.enumerated() { #expect(abs(onset - 1000 * Double(number)) < 12, "\(found)") }
    #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.end <= $1.start })
  }

  /// Sound that the container places 200 ms later is heard 200 ms later, through the fenced process as in this one.
  @Test(.enabled(if: program != nil, "vigil is not built beside the tests"))
  func anOffsetOfTheContainerIsKept() throws {
    let path = try MadeMedia.ffmpeg(
      "late.mp4",
      Self.beeps(48_000, Self.beep, before: ["-itsoffset", "0.2"]) + ["-c:v", "libx264", "-c:a", "aac"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let inside = try heard(path)
    let fenced = try heard(path, decoder: Self.program)
    #expect(inside.blocks == fenced.blocks && inside.sound == fenced.sound)
    let found = onsets(fenced.blocks)
    #expect(found.first.map { abs($0 - 200) < 6 } == true, "\(found)")
  }

  /// A hole of a second in the packets is a hole of a second in the blocks, and what follows is not moved.
  @Test func aHoleIsAGap() throws {
    let path = try MadeMedia.ffmpeg(
      "hole.mkv",
      Self.beeps(48_000, Self.beep, seconds: 5) + [
        "-af", "aselect='not(between(t,1.5,2.5))'", "-c:v", "mjpeg", "-c:a", "pcm_s16le",
      ])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let blocks = try heard(path).blocks
    let gaps = zip(blocks, blocks.dropFirst()).map { ($1.start - $0.end).inSeconds }.filter { $0 > 0.01 }
    let found = onsets(blocks)
    #expect(gaps.count == 1 && gaps.allSatisfy { abs($0 - 1) < 0.1 }, "\(gaps)")
    #expect(found.count == 4 && found.last.map { abs($0 - 4000) < 6 } == true, "\(found)")
  }

  /// One voice in one of two channels is heard; without being asked nothing is decoded; a picture has no sound.
  @Test func channelsCountAlike() throws {
    let path = try MadeMedia.ffmpeg(
      "left.mp4", Self.beeps(48_000, "\(Self.beep)|0") + ["-c:v", "libx264", "-c:a", "aac"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(onsets(try heard(path).blocks).count == 4)
    let silent = try MediaFile(path: path)
    while true { if case .ended = try silent.next() { break } }
    #expect(silent.description.sound == nil && silent.takeSound().isEmpty)
  }

  /// Samples that are no numbers, as a broken recorder writes them, become silence.
  @Test func samplesThatAreNoNumbersAreSilence() throws {
    let path = try MadeMedia.ffmpeg(
      "nan.mkv",
      Self.beeps(16_000, "if(lt(t\\,1)\\,0/0\\,1e30)") + ["-c:v", "mjpeg", "-c:a", "pcm_f32le"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try heard(path).blocks.allSatisfy { $0.samples.allSatisfy { $0.isFinite && abs($0) <= 4 } })
  }

  /// Damaged bytes give sound, gaps or an error, never a crash or a block out of order.
  @Test(arguments: 1...6) func damagedSound(seed: UInt64) throws {
    let path = try MadeMedia.ffmpeg(
      "fuzz.mkv",
      Self.beeps(44_100, "\(Self.beep)|\(Self.beep)", seconds: 2) + ["-c:v", "mjpeg", "-c:a", "mp3"])
    var bytes = try MadeMedia.bytes(path)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      bytes[Int.random(in: 400..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    let damaged = try MadeMedia.write("damaged.mkv", bytes)
    defer { for file in [path, damaged] { try? FileManager.default.removeItem(atPath: file) } }
    do throws(CaptureError) {
      let file = try MediaFile(path: damaged, sound: true)
      var blocks: [SoundBlock] = []
      while true {
        let event = try file.next()
        blocks += file.takeSound()
        if case .ended = event { break }
      }
      #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.end <= $1.start })
      #expect(blocks.allSatisfy { $0.samples.allSatisfy(\.isFinite) })
    } catch { #expect(!error.problem.isEmpty) }
  }
}
