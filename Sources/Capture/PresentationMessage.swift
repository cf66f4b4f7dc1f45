import Foundation
import Geometry
package import Observations

/// A source's ``Presentation`` on its way from the decoder process: numbers behind the four of an `opened` message, and
/// the words of its text, one a line. Everything is checked by the reader.
extension DecoderMessage {
  /// Where the numbers of the presentation begin.
  private static let place = 4
  private static let ranges = DynamicRange.allCases

  /// The message of a source that is open.
  package init(opened kind: Int64, width: Int, height: Int, rate: Double, _ presentation: Presentation) {
    let numbers: [Int64] = [
      kind, Int64(width), Int64(height), Int64(rate * 1e6), Int64(presentation.orientation.rawValue),
      Int64(presentation.pixelAspect.horizontal), Int64(presentation.pixelAspect.vertical),
      Int64(Self.ranges.firstIndex(of: presentation.transfer) ?? 0), presentation.hasAlpha ? 1 : 0,
      presentation.isRateAssumed ? 1 : 0, presentation.isCover ? 1 : 0,
    ]
    let words = [presentation.format, presentation.oddMatrix ?? "", presentation.oddPixelAspect ?? ""]
    self.init(.opened, numbers: numbers, text: words.joined(separator: "\t"))
  }

  /// The presentation in an `opened` message; nil when its numbers are none.
  package var presentation: Presentation? {
    let found = Array(numbers.dropFirst(Self.place))
    guard kind == .opened, found.count >= 7, let number = Int(exactly: found[0]),
      let orientation = PictureOrientation(rawValue: number), (1...1 << 30).contains(found[1]),
      (1...1 << 30).contains(found[2]), Self.ranges.indices.contains(Int(clamping: found[3]))
    else { return nil }
    let words = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    func word(_ place: Int) -> String? {
      words.indices.contains(place) && !words[place].isEmpty ? String(words[place].prefix(100)) : nil
    }
    return Presentation(
      format: word(0) ?? "", orientation: orientation, oddMatrix: word(1),
      pixelAspect: PixelAspect(horizontal: Int(found[1]), vertical: Int(found[2])), oddPixelAspect: word(2),
      transfer: Self.ranges[Int(found[3])], hasAlpha: found[4] != 0, isRateAssumed: found[5] != 0,
      isCover: found[6] != 0)
  }
}
