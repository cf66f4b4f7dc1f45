import Foundation
import IdentityCheck
import Overlay
import Testing

@Suite struct LightSequenceTests {
  private let sequences = (0..<400).map { seed -> LightSequence in
    var generator = ChaChaGenerator(seed: UInt64(seed))
    return LightSequence(using: &generator)
  }

  /// WCAG 2.1, 2.3.1: no more than three flashes a second; here at most three changes, from grey and to grey as well.
  @Test func noSecondHasMoreThanThreeChanges() {
    for sequence in sequences {
      var changes = [0.0]
      for segment in sequence.segments { changes.append((changes.last ?? 0) + segment.seconds) }
      for start in changes { #expect(changes.count { $0 >= start && $0 < start + 1 } <= 3) }
    }
  }

  /// A saturated red is one whose red is at least four fifths of the light.
  @Test func noColourIsASaturatedRed() {
    for sequence in sequences {
      for zones in sequence.segments.map(\.zones) + [.rest] {
        for color in [zones.top, zones.left, zones.right] {
          let share = color.red / (color.red + color.green + color.blue)
          #expect(share < 0.65, "\(color.name)")
          #expect(color.name != "grey" || zones == .rest)
        }
      }
    }
  }

  @Test func everySideIsLitAloneAndNoPictureFollowsItself() {
    for sequence in sequences {
      let zones = sequence.segments.map(\.zones)
      #expect(zones.count == 8)
      #expect(zip(zones, zones.dropFirst()).allSatisfy { $0 != $1 })
      #expect(zones.contains { $0.top != $0.left && $0.left == $0.right })
      #expect(zones.contains { $0.left != $0.top && $0.top == $0.right })
      #expect(zones.contains { $0.right != $0.top && $0.top == $0.left })
      #expect(zones.count { $0.top == $0.left && $0.left == $0.right } == 4)
    }
  }

  @Test func theAddedTimeIsUnderFourSeconds() {
    let seconds = sequences.map { LightChallenge.lead + $0.seconds + LightChallenge.tail }.sorted()
    #expect(seconds[seconds.count / 2] < 4)
    #expect(seconds[seconds.count - 1] < 4.1)
  }

  @Test func anotherSeedIsAnotherPattern() {
    #expect(Set(sequences.map { $0.segments.map(\.zones.name).joined() }).count == sequences.count)
    #expect(sequences[0].zones(at: -0.1) == .rest && sequences[0].zones(at: 60) == .rest)
  }
}
