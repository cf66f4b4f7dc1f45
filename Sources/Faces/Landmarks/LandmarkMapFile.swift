import Foundation

/// The landmark map as `Training/landmark_map/fit.py` writes it.
private struct LandmarkMapFile: Decodable {
  struct Row: Decodable {
    let points: [Int]
    let weights: [Float]
  }

  let schema: Int
  let rows: [Row]
}

extension LandmarkMap {
  /// Reads a fitted map.
  ///
  /// Throws `LandmarkError.map` when the file cannot be read, is not of schema 1, or is not a map of 68 rows whose
  /// weights sum to 1. Cost: about a millisecond.
  public init(path: String) throws(LandmarkError) {
    let file: LandmarkMapFile
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      guard data.count < 1 << 20 else { throw LandmarkError.map(file: path, problem: "larger than 1 MiB") }
      file = try JSONDecoder().decode(LandmarkMapFile.self, from: data)
    } catch let error as LandmarkError {
      throw error
    } catch is DecodingError {
      throw .map(file: path, problem: "not the JSON that Training/landmark_map/fit.py writes")
    } catch {
      throw .map(file: path, problem: "cannot be read")
    }
    guard file.schema == 1 else {
      throw .map(file: path, problem: "schema \(file.schema), this version reads schema 1")
    }
    guard let map = LandmarkMap(rows: file.rows.map { Row(indices: $0.points, weights: $0.weights) }) else {
      throw .map(
        file: path, problem: "not 68 rows of mesh points 0 to 477 with weights that sum to 1")
    }
    self = map
  }
}
