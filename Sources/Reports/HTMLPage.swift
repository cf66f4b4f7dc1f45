package import Wording

/// The skeleton that all pages share: no script, nothing loaded from elsewhere.
package enum HTMLPage {
  /// Everything before the body's content. `showsPictures`: the page carries pictures in itself.
  package static func head(
    _ title: String, _ language: Language, style: String, showsPictures: Bool = false
  ) -> String {
    """
    <!DOCTYPE html>
    <html lang="\(language.rawValue)" dir="\(language.direction)">
    <head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'\(showsPictures ? "; img-src data:" : "")">
    <title>\(title)</title><style>\(style)</style></head>
    """
  }

  /// Text from outside (names of cameras and files, operators' words) as HTML text.
  package static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }
}
