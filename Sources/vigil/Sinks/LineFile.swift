import Surroundings

/// A text file written line by line; its first line is given at the start.
final class LineFile {
  private let file: OutputFile

  /// Opens the file, whatever kind it is, and writes the first line.
  init(_ path: String, header: String? = nil) throws {
    do { file = try OutputFile(path) } catch { throw Failure(.usage, "\(error)") }
    if let header { try write(header) }
  }

  func write(_ line: String) throws { try file.write(line + "\n") }

  /// Closes the file; throws when not all of it has arrived.
  func close() throws { try file.close() }
}
