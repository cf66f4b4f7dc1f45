import Foundation

/// MediaPipe's canonical head: where the mesh points lie on an average head that looks at the camera.
///
/// In centimetres: x to the right of the screen, y up, z towards the camera.
package struct CanonicalHead: Sendable {
  /// 468 points.
  package let points: [SIMD3<Float>]
  /// Mesh points that a pose is fitted to, with their weights: those that expressions move least.
  package let basis: [(index: Int, weight: Float)]

  /// Reads the file `geometry_pipeline_metadata_landmarks.binarypb` of MediaPipe's face landmarker.
  package init(path: String) throws(LandmarkError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .canonicalHead(file: path, problem: "cannot be read; fetch it with: make models")
    }
    try self.init(bytes: [UInt8](data), file: path)
  }

  /// Reads the bytes of such a file; `file` is named in errors.
  ///
  /// The message (`face_geometry/protos/geometry_pipeline_metadata.proto`, `mesh_3d.proto`): field 1 is the mesh,
  /// whose field 3 repeats vertex floats, five a vertex (x, y, z, u, v); field 2 repeats the basis, whose field 1
  /// is the vertex and field 2 the weight.
  package init(bytes: [UInt8], file: String) throws(LandmarkError) {
    var vertices: [Float] = []
    var basis: [(index: Int, weight: Float)] = []
    do {
      var message = WireReader(bytes[...])
      while let field = try message.next() {
        switch (field.number, field.value) {
        case (1, .bytes(let mesh)): vertices = try Self.vertices(mesh)
        case (2, .bytes(let entry)): basis.append(try Self.basisEntry(entry))
        default: break
        }
      }
    } catch { throw .canonicalHead(file: file, problem: "not a protocol buffer message: \(error.problem)") }
    let count = vertices.count / 5
    guard vertices.count == 5 * 468, vertices.allSatisfy(\.isFinite) else {
      throw .canonicalHead(
        file: file, problem: "holds \(vertices.count) numbers; expected 5 for each of 468 points")
    }
    guard basis.count >= 4, basis.allSatisfy({ $0.index < count && $0.weight >= 0 && $0.weight.isFinite })
    else {
      throw .canonicalHead(file: file, problem: "its pose basis is empty or names a point that is not there")
    }
    points = (0..<count).map { SIMD3(vertices[5 * $0], vertices[5 * $0 + 1], vertices[5 * $0 + 2]) }
    self.basis = basis
  }

  private static func vertices(_ mesh: ArraySlice<UInt8>) throws(WireReader.Failure) -> [Float] {
    var vertices: [Float] = []
    var message = WireReader(mesh)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (3, .fixed32(let bits)): vertices.append(Float(bitPattern: bits))
      case (3, .bytes(let packed)):
        var numbers = WireReader(packed)
        while !numbers.isAtEnd { vertices.append(Float(bitPattern: try numbers.fixed32())) }
      default: break
      }
    }
    return vertices
  }

  private static func basisEntry(_ entry: ArraySlice<UInt8>) throws(WireReader.Failure) -> (
    index: Int, weight: Float
  ) {
    var result: (index: Int, weight: Float) = (0, 0)
    var message = WireReader(entry)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (1, .varint(let index)): result.index = Int(clamping: index)
      case (2, .fixed32(let bits)): result.weight = Float(bitPattern: bits)
      default: break
      }
    }
    return result
  }
}
