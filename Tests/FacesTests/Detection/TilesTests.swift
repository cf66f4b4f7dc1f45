import Faces
import Observations
import Quantities
import Testing

@Suite struct DetectionTilesTests {
  @Test func squaresCoverTheFrameAndOverlap() {
    let tiles = DetectionTiles(PixelSize(width: 500, height: 400)).squares
    #expect(tiles.count == 4)
    for y in stride(from: Float(0.5), to: 400, by: 9) {
      for x in stride(from: Float(0.5), to: 500, by: 9) {
        #expect(
          tiles.contains {
            x > $0.area.x && x < $0.area.maxX && y > $0.area.y && y < $0.area.maxY
          })
      }
    }
    #expect(tiles[0].area.maxX > tiles[1].area.x && tiles[0].area.maxY > tiles[2].area.y)
    #expect(DetectionTiles(PixelSize(width: 500, height: 100)).squares.count == 2)
    #expect(DetectionTiles(PixelSize(width: 0, height: 0)).squares.isEmpty)
  }

  @Test func facesCutByAnInnerEdgeAreLeftToTheNeighbour() throws {
    let tile = try #require(DetectionTiles(PixelSize(width: 500, height: 400)).squares.first)
    func found(_ x: Float, _ y: Float) -> Bool {
      tile.holds(
        Detection(
          box: PixelRect(x: x, y: y, width: 40, height: 40), confidence: Confidence(0.9), keypoints: [],
          model: ModelIdentity(name: "test", sha256: "")))
    }
    #expect(found(100, 100))
    #expect(found(-5, 0))  // the frame's own edge cuts nothing that another square could see whole
    #expect(!found(tile.area.maxX - 30, 100))
    #expect(!found(100, tile.area.maxY - 30))
  }
}
