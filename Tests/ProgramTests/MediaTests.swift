import Foundation
import Testing

/// Photos and recordings as people have them, through the whole program. Made from the public-domain portrait.
@Suite(
  .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
  .enabled(if: BackgroundProcess.has("ffmpeg"), "needs ffmpeg: scripts/install-packages.sh test"))
struct MediaTests {
  private let folder: TemporaryFolder
  private var portrait: String { Prerequisites.portrait.path }

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

  private func make(_ name: String, _ arguments: [String]) throws -> String {
    let process = try BackgroundProcess("ffmpeg", ["-v", "error", "-y"] + arguments + [path(name)])
    process.wait()
    return path(name)
  }

  private func results(_ arguments: [String], input: Data? = nil, status: Int32 = 0) throws -> [[String: Any]]
  {
    let run = try ProgramRun(["analyze"] + arguments, input: input)
    #expect(run.status == status, "\(run.errors)")
    return try run.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// A JPEG with EXIF's orientation put in behind its start.
  private func withOrientation(_ number: UInt8, _ filter: String) throws -> String {
    let plain = try make("plain\(number).jpg", ["-i", portrait, "-vf", filter, "-q:v", "2"])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: plain))
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0]
      + [number, 0, 0, 0, 0, 0, 0]
    let file = path("exif\(number).jpg")
    try (bytes.prefix(2) + Data(exif) + bytes.dropFirst(2)).write(to: URL(fileURLWithPath: file))
    return file
  }

  @Test func eightOrientationsGiveOneResult() throws {
    // How each is stored, so that EXIF's turn undoes it.
    let filters = [
      "null", "hflip", "hflip,vflip", "vflip", "transpose=0", "transpose=2", "transpose=3", "transpose=1",
    ]
    let files = try filters.enumerated().map { try withOrientation(UInt8($0 + 1), $1) }
    let points = path("points.csv")
    let found = try results(["--landmarks", points] + files)
    let rows = try String(contentsOfFile: points, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(found.count == 8 && rows.count == 9)
    let columns = rows[0].indices.filter { rows[0][$0].hasPrefix("x_") || rows[0][$0].hasPrefix("y_") }
    #expect(columns.count >= 136)
    for (number, result) in found.enumerated() {
      #expect(result["verdict"] as? String == found[0]["verdict"] as? String)
      #expect((result["tracks"] as? [Any])?.count == 1, "orientation \(number + 1)")
      guard rows.indices.contains(number + 1) else { continue }
      for column in columns {
        let (one, other) = (Double(rows[1][column]) ?? .nan, Double(rows[number + 1][column]) ?? .nan)
        #expect(abs(one - other) <= 1, "orientation \(number + 1), \(rows[0][column]): \(one) and \(other)")
      }
      let medium = try #require(result["medium"] as? [String: Any])
      #expect(medium["orientation"] as? Int == (number == 0 ? nil : number + 1))
    }
  }

  @Test func aCutPictureIsUndecidedAndSaysWhy() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: try make("w.jpg", ["-i", portrait, "-q:v", "2"])))
    let cut = path("cut.jpg")
    try whole.prefix(whole.count * 6 / 10).write(to: URL(fileURLWithPath: cut))
    let result = try #require(try results([cut]).first)
    #expect(result["verdict"] as? String == "undecided")
    #expect((result["risk"] as? [String: Any])?["unavailable"] as? String == "damaged")
    #expect((result["damage"] as? String)?.contains("cannot be decoded (1") == true)
    let reasons = try #require(result["reasons"] as? [[String: Any]])
    #expect(reasons.first?["cue"] as? String == "quality")
  }

  @Test func aFaceIsFoundInOneFrameOfAnyContainer() throws {
    let files = try [
      make("one.mp4", ["-i", portrait, "-frames:v", "1", "-pix_fmt", "yuv420p"]),
      make("one.gif", ["-i", portrait]), make("one.webp", ["-i", portrait]),
      make("thin.mkv", ["-i", portrait, "-vf", "scale=256:512,setsar=2", "-c:v", "ffv1"]),
    ]
    for result in try results(files) {
      #expect(result["kind"] as? String == "image")
      #expect((result["tracks"] as? [Any])?.count == 1, "\(result["path"] ?? "")")
    }
  }

  @Test func namesThatAreNoTextAndListsWithZeroBytes() throws {
    let made = try make("n.png", ["-i", portrait, "-vf", "scale=64:64"])
    // A name that Process cannot be given, through a list on standard input.
    let strange = Data("\(folder.url.path)/bad".utf8) + [0xFF, 0xFE] + Data(".png".utf8)
    let copied = try BackgroundProcess(
      "sh", ["-c", "cp \"$0\" \"$1/bad$(printf '\\377\\376').png\"", made, folder.url.path])
    copied.wait()
    let newline = path("new\nline.png")
    try FileManager.default.copyItem(atPath: made, toPath: newline)
    let list = strange + [0] + Data(newline.utf8) + [0]
    let found = try results(["--null", "-"], input: list)
    #expect(found.count == 2)
    #expect((found.first?["path"] as? String)?.hasSuffix(#"bad\xff\xfe.png"#) == true)
    #expect(found.first?["path_escaped"] as? Bool == true)
    #expect(found.last?["path"] as? String == newline && found.last?["path_escaped"] == nil)
    let asArgument = try BackgroundProcess(
      "sh",
      [
        "-c", "\"$0\" analyze \"$1/bad$(printf '\\377\\376').png\"",
        ProgramRun.products.appendingPathComponent("vigil").path, folder.url.path,
      ])
    #expect(asArgument.firstLine().contains(#"bad\\xff\\xfe.png","kind":"image""#))
    let refused = try ProgramRun(["analyze", "-"], input: list)
    #expect(refused.status == 3 && refused.errors.contains("--null"))
    #expect(try ProgramRun(["analyze", "--null", made]).status == 64)
  }

  /// Every second frame dark, as an infrared camera gives them: counted, not judged; the face stays one track.
  @Test func darkFramesBetweenLitOnesAreCounted() throws {
    let clip = try make(
      "ir.mkv",
      [
        "-loop", "1", "-framerate", "30", "-i", portrait, "-t", "2", "-vf",
        "scale=256:256,format=gray,geq=lum='p(X,Y)*(1-0.96*mod(N,2))'", "-c:v", "ffv1",
      ])
    let dark = try make(
      "dark.mkv",
      [
        "-loop", "1", "-framerate", "30", "-i", portrait, "-t", "1", "-vf",
        "scale=256:256,format=gray,geq=lum='p(X,Y)*0.05'",
        "-c:v", "ffv1",
      ])
    let found = try results([clip, dark])
    #expect(found[0]["frames"] as? Int == 30)
    #expect(found[0]["unlit_frames"] as? Int == 30)
    #expect(found[0]["illumination"] as? String == "flickering")
    #expect((found[0]["tracks"] as? [Any])?.count == 1)
    #expect(found[1]["frames"] as? Int == 30 && found[1]["unlit_frames"] == nil)
  }

  /// A Motion JPEG file on standard input: the last line says where each picture went.
  @Test func aFileOnStandardInputIsReadWhole() throws {
    let clip = try make(
      "c.mjpeg", ["-loop", "1", "-i", portrait, "-t", "1", "-r", "25", "-vf", "scale=160:160"])
    let events = path("events.jsonl")
    let run = try BackgroundProcess(
      "sh",
      [
        "-c", "\"$0\" monitor --headless --no-log --jsonl \"$1\" - < \"$2\"",
        ProgramRun.products.appendingPathComponent("vigil").path, events, clip,
      ])
    run.wait()
    let last = try #require(
      try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n").last)
    let end = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    #expect(end["event"] as? String == "end")
    #expect(end["delivered"] as? Int == 25 && end["dropped"] as? Int == 0, "\(last)")
  }

  /// A GIF has 256 colors; the networks take its dots for a screen's grid: live people became fake and suspect.
  @Test func aGIFIsShownAndNotJudged() throws {
    let moving = try make(
      "moving.gif", ["-loop", "1", "-i", portrait, "-t", "4", "-r", "15", "-vf", "scale=320:-2"])
    let same = try make(
      "moving.mkv",
      ["-loop", "1", "-i", portrait, "-t", "4", "-r", "15", "-vf", "scale=320:-2", "-c:v", "ffv1"])
    let still = try make("still.gif", ["-i", portrait, "-frames:v", "1"])
    let found = try results([moving, still, same])
    for result in found.dropLast() {
      #expect(result["verdict"] as? String == "undecided")
      let tracks = try #require(result["tracks"] as? [[String: Any]])
      #expect(tracks.count == 1 && tracks[0]["verdict"] as? String == "undecided")
      for network in ["forgery", "spoof"] {
        #expect((tracks[0][network] as? [String: String]) == ["unavailable": "few_colors"], "\(network)")
      }
      let first = try #require((tracks[0]["reasons"] as? [[String: Any]])?.first)
      #expect((first["value"] as? [String: String]) == ["unavailable": "few_colors"])
    }
    let judged = try #require((found[2]["tracks"] as? [[String: Any]])?.first)
    #expect((judged["spoof"] as? [String: String])?["unavailable"] != "few_colors")
  }
}
