import Foundation

/// The lines that an analysis may write, in the order in which it may write them: frames, then one result, then nothing.
///
/// Every line is read before it is passed on: what becomes part of an answer or of an event stream is one JSON object
/// without a control character, and no line of a broken or taken-over process counts.
package struct ResultLines {
  /// Why the lines make no sense; nil while they do.
  package private(set) var fault: String?
  private var result: String?
  private var hasError = false

  /// No line yet.
  package init() {}

  /// Takes the next line; gives it back when it is a frame's.
  package mutating func take(_ line: String) -> String? {
    guard fault == nil else { return nil }
    guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
      let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    else {
      fault = "a line that is no JSON object"
      return nil
    }
    guard result == nil else {
      fault = "a line after the result"
      return nil
    }
    if object["frame"] is Int { return line }
    guard object["schema"] is Int, object["error"] is String || object["verdict"] is String else {
      fault = "a line that is neither a frame nor a result"
      return nil
    }
    (result, hasError) = (line, object["error"] is String)
    return nil
  }

  /// The result of a process that ended with `status`; nil when it cannot be believed. 0: judged; 3: the file could not
  /// be read, and the result says why.
  package func result(status: Int32) -> String? {
    guard fault == nil, status == (hasError ? 3 : 0) else { return nil }
    return result
  }
}
