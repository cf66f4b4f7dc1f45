import Foundation

/// The font files used: one regular and one bold for Latin and for Arabic letters.
///
/// Looked for by file name in the folders that distributions and users put fonts in; a scan through fontconfig
/// would cost up to 100 ms of the time to the first picture where hundreds of fonts are installed.
public struct FontFiles: Sendable, Hashable {
  /// Paths of the four files.
  public let latin, latinBold, arabic, arabicBold: String

  /// Fonts of one's own choice; each of them may serve several purposes.
  public init(latin: String, latinBold: String, arabic: String, arabicBold: String) {
    (self.latin, self.latinBold) = (latin, latinBold)
    (self.arabic, self.arabicBold) = (arabic, arabicBold)
  }

  /// Folders searched, in order.
  public static var standardFolders: [String] {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"].map { ["\($0)/.local/share/fonts", "\($0)/.fonts"] } ?? []
    return ["/usr/share/fonts/truetype/noto", "/usr/share/fonts/truetype/dejavu"] + home
      + ["/usr/local/share/fonts", "/usr/share/fonts"]
  }

  private static let latinNames = [
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"), ("FreeSans.ttf", "FreeSansBold.ttf"),
  ]
  private static let arabicNames = [
    ("NotoSansArabic-Regular.ttf", "NotoSansArabic-Bold.ttf"),
    ("NotoKufiArabic-Regular.ttf", "NotoKufiArabic-Bold.ttf"),
    ("NotoNaskhArabic-Regular.ttf", "NotoNaskhArabic-Bold.ttf"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
  ]

  /// Finds the fonts; throws when no font with Latin or with Arabic letters is there.
  public static func find(in folders: [String] = standardFolders) throws(DisplayError) -> FontFiles {
    var index: [String: String]?
    func path(_ name: String) -> String? {
      for folder in folders where access("\(folder)/\(name)", R_OK) == 0 { return "\(folder)/\(name)" }
      let all = index ?? Self.walk(folders)
      index = all
      return all[name]
    }
    func pair(_ names: [(String, String)], _ script: String) throws(DisplayError) -> (String, String) {
      for (regular, bold) in names {
        if let regular = path(regular) { return (regular, path(bold) ?? regular) }
      }
      throw DisplayError.fontMissing(script: script, looked: folders)
    }
    let latin = try pair(latinNames, "Latin")
    let arabic = try pair(arabicNames, "Arabic")
    return FontFiles(latin: latin.0, latinBold: latin.1, arabic: arabic.0, arabicBold: arabic.1)
  }

  /// Every font file below the folders by its name; the first of a name wins. Only run when a direct look failed.
  private static func walk(_ folders: [String]) -> [String: String] {
    var found: [String: String] = [:]
    for folder in folders {
      for case let file as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
        let name = String(file.split(separator: "/").last ?? "")
        if found[name] == nil { found[name] = "\(folder)/\(file)" }
      }
    }
    return found
  }
}
