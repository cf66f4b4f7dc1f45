import AuditLog
import Foundation
import LogProofs
import Reports
import Testing
import Wording

@Suite struct ReportTests {
  private func page(_ language: Language) throws -> String {
    let folder = try TestFolder()
    try Samples.session(folder, summaries: 60)
    let reader = try LogHistory(path: folder.log)
    let key = try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
    return try LogPage.html(
      reader, session: reader.session(nil), verification: reader.verify(key: key), language: language)
  }

  @Test(arguments: Language.allCases)
  func aPageIsWholeAndLoadsNothing(language: Language) throws {
    let page = try page(language)
    #expect(page.contains(language == .arabic ? "dir=\"rtl\"" : "dir=\"ltr\""))
    #expect(page.contains("<polyline class=\"risk\"") && page.contains("<circle class=\"blink\""))
    #expect(page.contains("prefers-color-scheme:dark") && page.contains("@media print"))
    for foreign in ["http:", "https:", "<script", "<img", "<link", "url("] {
      #expect(!page.contains(foreign))
    }
    // The camera's name keeps its own direction in an Arabic line.
    #expect(page.contains("\u{2068}") == (language == .arabic))
    #expect(!page.contains("<b>&") && page.contains("&lt;b&gt;&amp;&quot;"))
  }
}
