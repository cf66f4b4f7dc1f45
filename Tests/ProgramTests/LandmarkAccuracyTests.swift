import Foundation
import Testing

/// The 43 hand-checked faces of dlib's example, against what `vigil analyze --landmarks` writes.
@Suite struct LandmarkAccuracyTests {
  private struct Labelled {
    let picture: String
    let points: [SIMD2<Double>]
  }

  @Test(
    .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)),
    .enabled(if: Prerequisites.data != nil, .init(rawValue: Prerequisites.noData)))
  func allAreFoundAndTheInnerPointsAreNear() throws {
    let folder = try #require(Prerequisites.data).appendingPathComponent("landmarks/dlib")
    let faces = try ["training", "testing"].flatMap {
      try labelled(folder.appendingPathComponent("\($0)_with_face_landmarks.xml"))
    }
    #expect(faces.count == 43)
    let temporary = try TemporaryFolder()
    var errors: [Double] = []
    for picture in Set(faces.map(\.picture)) {
      let table = temporary.url.appendingPathComponent("\(picture).csv").path
      let run = try ProgramRun(
        ["analyze", "--landmarks", table, folder.appendingPathComponent(picture).path])
      #expect(run.status == 0, "\(run.errors)")
      let found = try points(table)
      for face in faces where face.picture == picture {
        let unit = distance(face.points[36], face.points[45])
        let error = found.map { candidate in
          (17..<68).map { distance(candidate[$0], face.points[$0]) }.reduce(0, +) / 51 / unit
        }.min()
        if let error, error < 0.25 { errors.append(error) }
      }
    }
    let mean = errors.reduce(0, +) / Double(max(1, errors.count))
    print(
      "landmarks: \(errors.count) of \(faces.count) faces found, inner 51 points \(mean) of the eye distance")
    #expect(errors.count == 43)
    // The goal is 0.040; measured 0.0419 with all 43 found. What is checked is that it gets no worse.
    #expect(mean < 0.0425)
  }

  private func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    ((a - b) * (a - b)).sum().squareRoot()
  }

  /// Faces of the XML; its whole pixels are taken at their centres.
  private func labelled(_ file: URL) throws -> [Labelled] {
    var faces: [Labelled] = []
    var picture = ""
    var points: [SIMD2<Double>] = []
    for line in try String(contentsOf: file, encoding: .isoLatin1).split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
      if line.contains("<image ") { picture = fields[1] }
      if line.contains("<box ") { points = [] }
      if line.contains("<part "), let x = Double(fields[3]), let y = Double(fields[5]) {
        points.append(SIMD2(x + 0.5, y + 0.5))
      }
      if line.contains("</box>"), points.count == 68 {
        faces.append(Labelled(picture: picture, points: points))
      }
    }
    return faces
  }

  private func points(_ table: String) throws -> [[SIMD2<Double>]] {
    let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
    let columns = try #require(lines.first).split(separator: ",")
    let x = try #require(columns.firstIndex(of: "x_0")), y = try #require(columns.firstIndex(of: "y_0"))
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return (0..<68).map { SIMD2(Double(cells[x + $0]) ?? 0, Double(cells[y + $0]) ?? 0) }
    }
  }
}
