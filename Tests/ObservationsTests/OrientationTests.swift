import Observations
import Testing

/// EXIF's orientation (CIPA DC-008, tag 274): where row 0 and column 0 of the stored picture are seen.
@Suite struct PictureOrientationTests {
  /// The standard's table: which side of the picture as seen the stored row 0 and column 0 are.
  private static let table: [(Int, row: String, column: String)] = [
    (1, "top", "left"), (2, "top", "right"), (3, "bottom", "right"), (4, "bottom", "left"),
    (5, "left", "top"), (6, "right", "top"), (7, "right", "bottom"), (8, "left", "bottom"),
  ]

  /// A picture of numbers as rows, after the steps of an orientation.
  private func seen(_ picture: [[Int]], _ orientation: PictureOrientation) -> [[Int]] {
    var rows = picture
    if orientation.transposes { rows = rows[0].indices.map { column in rows.map { $0[column] } } }
    if orientation.mirrorsColumns { rows = rows.map { $0.reversed() } }
    if orientation.mirrorsRows { rows.reverse() }
    return rows
  }

  private func side(_ name: String, of picture: [[Int]]) -> Set<Int> {
    switch name {
    case "top": Set(picture[0])
    case "bottom": Set(picture[picture.count - 1])
    case "left": Set(picture.map { $0[0] })
    default: Set(picture.map { $0[$0.count - 1] })
    }
  }

  @Test func theEightMeanWhatTheStandardSays() throws {
    let stored = [[1, 2, 3], [4, 5, 6]]
    #expect(PictureOrientation.allCases.map(\.rawValue) == Array(1...8))
    for (number, row, column) in Self.table {
      let orientation = try #require(PictureOrientation(rawValue: number))
      let picture = seen(stored, orientation)
      #expect(side(row, of: picture) == [1, 2, 3], "\(orientation)")
      #expect(side(column, of: picture) == [1, 4], "\(orientation)")
    }
    #expect(PictureOrientation(rawValue: 0) == nil && PictureOrientation(rawValue: 9) == nil)
  }

  @Test func theNamesSayWhatIsSeen() {
    let stored = [[1, 2], [3, 4]]
    #expect(seen(stored, .quarterClockwise) == [[3, 1], [4, 2]])
    #expect(seen(stored, .quarterCounterclockwise) == [[2, 4], [1, 3]])
    #expect(seen(stored, .halfTurn) == [[4, 3], [2, 1]] && seen(stored, .mirrored) == [[2, 1], [4, 3]])
    #expect(seen(stored, .flipped) == [[3, 4], [1, 2]] && seen(stored, .transposed) == [[1, 3], [2, 4]])
    #expect(seen(stored, .transversed) == [[4, 2], [3, 1]])
  }

  /// One after the other is the same as the two joined, for all 64 pairs.
  @Test func orientationsJoinAsTheirPicturesDo() {
    let stored = [[1, 2, 3], [4, 5, 6]]
    for one in PictureOrientation.allCases {
      for other in PictureOrientation.allCases {
        #expect(seen(stored, one.then(other)) == seen(seen(stored, one), other), "\(one) then \(other)")
      }
      #expect(
        PictureOrientation(
          transposes: one.transposes, mirrorsColumns: one.mirrorsColumns, mirrorsRows: one.mirrorsRows) == one
      )
      #expect(one.then(.upright) == one && PictureOrientation.upright.then(one) == one)
    }
  }

  @Test func aPixelsShapeHasPartsOfAtLeastOne() {
    #expect(PixelAspect(horizontal: 64, vertical: 45).description == "64:45")
    #expect(PixelAspect(horizontal: 3, vertical: 2).ratio == 1.5)
    #expect(PixelAspect(horizontal: 0, vertical: -3) == .square)
  }
}
