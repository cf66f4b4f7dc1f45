public import JSON

/// Result lines of `vigil check` held against the log that they name.
public enum ResultLines {
  /// What is to be said of one line, and whether it is good.
  public typealias Said = (text: String, isGood: Bool)

  /// What is to be said of each result line of `text`, in its order; empty when there is none.
  ///
  /// A good one is signed by one of `keys`, and the log has a record of the number it names that says the same.
  /// `records`: what the records of kind `check_result` say, by number; a number is a place in a file, and a log may
  /// have several files.
  public static func check(
    _ text: String, keys: [NotePublicKey], records: [Int64: [JSONValue]]
  ) -> [Said] {
    text.split(whereSeparator: \.isNewline).filter { $0.contains("\"result\"") }.map { line in
      var reason: NoteError?
      for key in keys {
        do throws(NoteError) { return held(try ResultNote.check(String(line), key), records) } catch {
          // That another key did not sign it says less than that this one's signature is wrong.
          if case .notSigned? = reason { reason = error } else { reason = reason ?? error }
        }
      }
      return ("result: \(reason.map(String.init(describing:)) ?? "no key is trusted")", false)
    }
  }

  /// Puts one record of a log into `records`, when it is one of a check's result.
  public static func note(number: Int64, body: [UInt8]?, in records: inout [Int64: [JSONValue]]) {
    guard let body, let value = try? JSONParser.parse(body), value["kind"]?.text == "check_result",
      let data = value["data"]
    else { return }
    records[number, default: []].append(data)
  }

  private static func held(_ members: [String: JSONValue], _ records: [Int64: [JSONValue]]) -> Said {
    let number = members["record"]?.int ?? -1
    let isHere = records[number]?.contains(ResultNote.recorded(members)) ?? false
    let said = "result \(members["decision"]?.text ?? "") of \(members["time"]?.text ?? "")"
    return (isHere ? "\(said): signed, record \(number)" : "\(said): NOT THE LOG'S record \(number)", isHere)
  }
}
