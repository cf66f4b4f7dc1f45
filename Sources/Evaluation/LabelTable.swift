/// A line of a label table.
public struct LabelledFile: Sendable, Equatable {
  /// Path as the table has it, relative to the table's folder.
  public let path: String
  /// What it is: `real`, `fake`, `attack` or a word that no question asks about.
  public let label: String
  /// Kind of forgery, attack or genuine picture.
  public let kind: String
  /// Person, driver or generator; the path when the table has none.
  public let group: String
  /// Data set or generator.
  public let source: String
  /// Numbers given with the line: columns called `probability` or beginning with `logit:`; empty cells are left out.
  public var given: [String: Double] = [:]

  /// A line by its cells.
  public init(path: String, label: String, kind: String, group: String, source: String) {
    (self.path, self.label, self.kind, self.group, self.source) = (path, label, kind, group, source)
  }
}

/// What is wrong with a label table.
public struct LabelTableError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line, counted from 1.
  public let line: Int
  /// What was expected and found.
  public let problem: String
  /// One line for a person.
  public var description: String { "line \(line): \(problem)" }
}

/// Reads tab-separated label tables: a header with `path` and `label`, optionally `kind`, `group`, `source`.
public enum LabelTable {
  /// Most lines accepted.
  package static let mostLines = 1_000_000

  /// The labelled files of `text`. Throws at the first line that is not sound. Paths may not leave the folder.
  public static func read(_ text: String) throws(LabelTableError) -> [LabelledFile] {
    let lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }
    let header = cells(lines.first ?? "")
    guard let path = header.firstIndex(of: "path"), let label = header.firstIndex(of: "label") else {
      throw LabelTableError(line: 1, problem: "expected a header with the columns path and label")
    }
    guard lines.count <= mostLines else {
      throw LabelTableError(line: mostLines, problem: "expected at most \(mostLines) lines")
    }
    let places = ["kind", "group", "source"].map(header.firstIndex(of:))
    let numbers = header.indices.filter { header[$0] == "probability" || header[$0].hasPrefix("logit:") }
    var files: [LabelledFile] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let row = cells(line)
      guard row.count > max(path, label), !row[path].isEmpty, !row[label].isEmpty else {
        throw LabelTableError(
          line: index + 1, problem: "expected a path and a label, found \(row.count) cells")
      }
      guard !row[path].hasPrefix("/"), !row[path].split(separator: "/").contains("..") else {
        throw LabelTableError(line: index + 1, problem: "expected a path below the table's folder")
      }
      let others = places.map { place in place.flatMap { $0 < row.count ? row[$0] : nil } ?? "" }
      var file = LabelledFile(
        path: row[path], label: row[label], kind: others[0],
        group: others[1].isEmpty ? row[path] : others[1], source: others[2])
      for column in numbers where column < row.count && !row[column].isEmpty {
        guard let number = Double(row[column]), number.isFinite else {
          throw LabelTableError(
            line: index + 1, problem: "\(header[column]): expected a finite number, found \(row[column])")
        }
        file.given[header[column]] = number
      }
      files.append(file)
    }
    return files
  }

  private static func cells(_ line: Substring) -> [String] {
    line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }
}
