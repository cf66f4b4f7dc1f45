import Display
import Foundation
import Imaging
import Overlay
import Quantities
import Testing
import Wording

@Suite struct TextTests {
  private func run(_ text: String, _ isArabic: Bool) -> DirectionalRun {
    DirectionalRun(text: text, isArabic: isArabic)
  }

  @Test func latinLinesAreOneRun() {
    #expect(visualRuns("#1  LIVE  88%", rightToLeft: false) == [run("#1  LIVE  88%", false)])
    #expect(visualRuns("", rightToLeft: true).isEmpty)
  }

  @Test func numbersInArabicKeepTheirDirection() {
    #expect(visualRuns("مفقود 12", rightToLeft: true) == [run("12", false), run("مفقود ", true)])
    #expect(
      visualRuns("#1  حي  88%", rightToLeft: true) == [
        run("88%", false), run("  حي  ", true), run("#1", false),
      ])
    #expect(visualRuns("0.12 دون 0.50", rightToLeft: true).map(\.text) == ["0.50", " دون ", "0.12"])
  }

  @Test func signsBetweenArabicWordsAreLatinGlyphsInArabicOrder() {
    #expect(visualRuns("إطار/ث", rightToLeft: true) == [run("ث", true), run("/", false), run("إطار", true)])
    #expect(visualRuns("(ملف)", rightToLeft: true) == [run("(", false), run("ملف", true), run(")", false)])
  }

  @Test func arabicInALatinLine() {
    #expect(visualRuns("Cam كاميرا 2", rightToLeft: false).map(\.text) == ["Cam ", "كاميرا", " 2"])
  }

  @Test func arabicLettersJoin() throws {
    let setter = try Typesetter(FontFiles.find())
    let style = TextStyle(size: 40)
    let word = setter.width(of: "حيوية", style: style, rightToLeft: true)
    let alone = "حيوية".map { setter.width(of: String($0), style: style, rightToLeft: true) }.reduce(0, +)
    // Joined forms are narrower than letters standing alone; without shaping the sums would be equal.
    #expect(word > 0 && word < alone * 0.95, "\(word) of \(alone)")
  }

  @Test func everyLetterOfTheTablesHasAGlyph() throws {
    let setter = try Typesetter(FontFiles.find())
    func picture(_ text: String, rightToLeft: Bool) -> [UInt8]? {
      setter.bitmap(
        TextRun(
          text: text, origin: PixelPoint(0, 0), anchor: .left, style: TextStyle(size: 24),
          color: DrawColor(0),
          rightToLeft: rightToLeft))?.coverage
    }
    for language in Language.allCases {
      let isRight = language.isRightToLeft
      let missing = picture("\u{10FFFD}", rightToLeft: isRight)
      let words = Words(language)
      let all = Word.allCases.map(words.word) + words.keys.map(\.does) + ["#%°…,.:0123456789"]
      for letter in Set(all.joined()) where letter != " " {
        let drawn = picture(String(letter), rightToLeft: isRight)
        #expect(drawn != nil && drawn != missing, "\(letter)")
      }
    }
  }

  @Test func aMissingFontSaysWhatToInstall() throws {
    let error = #expect(throws: DisplayError.self) { try FontFiles.find(in: ["/nonexistent"]) }
    #expect(error?.description.contains("fonts-dejavu-core") == true)
    let found = try FontFiles.find()
    let bad = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-\(UUID()).ttf").path
    try Data("not a font".utf8).write(to: URL(fileURLWithPath: bad))
    defer { try? FileManager.default.removeItem(atPath: bad) }
    let files = FontFiles(latin: bad, latinBold: bad, arabic: found.arabic, arabicBold: found.arabicBold)
    #expect(throws: DisplayError.self) { try Typesetter(files) }
  }

  @Test func picturesAreWrittenWholeOrNotAtAll() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let picture = RGBImage(size: PixelSize(width: 3, height: 2)) { $0[0] = 200 }
    let path = folder.appendingPathComponent("a.png").path
    try picture.writePNG(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(bytes[16..<24] == [0, 0, 0, 3, 0, 0, 0, 2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
    let error = #expect(throws: PictureWriteError.self) { try picture.writePNG(to: "/nonexistent/a.png") }
    #expect(error?.description.contains("No such file") == true)
    let full = #expect(throws: PictureWriteError.self) { try picture.writePNG(to: folder.path) }
    #expect(full?.path == folder.path)
  }
}
