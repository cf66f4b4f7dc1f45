import Foundation
import Observations
import Wording

/// The signs of a face as HTML: those that decide in a table of their own, those only reported folded away, each value in
/// its own unit; and the sentence that says what decided.
struct RecordingPageSigns {
  let words: Words
  let text: RecordingPageWords
  let isPicture: Bool

  /// Why a verdict is what it is, in one sentence without markup.
  func because(_ verdict: Verdict?) -> String {
    guard let verdict else { return text.becauseNoFace }
    let deciding = verdict.reasons.filter(\.counts)
    switch verdict.label {
    case .fake, .suspect:
      guard let reason = deciding.first(where: \.against) else { return text.becauseTogether }
      return text.against(words.cue(reason.cue), plain(reason), reason.limit.map { percent($0) })
    case .live:
      func value(_ cue: Cue) -> String {
        deciding.first { $0.cue == cue }.map { plain($0) } ?? words.unavailable(.noModel)
      }
      return text.live(value(.liveness), forgery: value(.forgery), spoof: value(.spoof))
    case .undecided:
      if isPicture { return text.becausePicture }
      let open = deciding.filter { $0.value.value == nil }.prefix(3)
        .map { "\(words.cue($0.cue)) (\(missing($0.value)))" }
      return open.isEmpty
        ? text.becauseWeak : "\(text.becauseMissing): \(open.joined(separator: text.comma))."
    }
  }

  /// Both tables.
  func tables(_ reasons: [Reason]) -> String {
    let reported = reasons.filter { !$0.counts }
    let head =
      "<thead><tr><th>\(text.cue)</th><th>\(text.value)</th><th>\(text.limit)</th><th>\(text.side)</th></tr></thead>"
    let deciding = reasons.filter(\.counts).map { row($0) }.joined(separator: "\n")
    var out = "<h4>\(text.deciding)</h4><table>\(head)<tbody>\(deciding)</tbody></table>\n"
    if !reported.isEmpty {
      let rows = reported.map {
        "<tr><th scope=\"row\">\(words.cue($0.cue))</th><td><bdi>\(escaped($0))</bdi></td></tr>"
      }
      out +=
        "<details><summary>\(text.reported)</summary><table class=\"two\"><tbody>\(rows.joined(separator: "\n"))</tbody></table></details>\n"
    }
    return out
  }

  private func row(_ reason: Reason) -> String {
    let limit = reason.limit.map { value in
      let shown = plain(value, reason.cue)
      return [.liveness, .lips].contains(reason.cue) ? text.atLeast(shown) : text.from(shown)
    }
    let side =
      reason.against
      ? "<td class=\"against\">\(text.speaksAgainst)</td>"
      : "<td>\(reason.value.value == nil ? text.notMeasured : text.nothingAgainst)</td>"
    return
      "<tr><th scope=\"row\">\(words.cue(reason.cue))</th><td><bdi>\(escaped(reason))</bdi></td><td>\(limit ?? "")</td>\(side)</tr>"
  }

  private func escaped(_ reason: Reason) -> String { HTMLPage.escaped(plain(reason)) }

  /// A reason's value in its unit, or why there is none.
  func plain(_ reason: Reason) -> String {
    guard let value = reason.value.value else { return missing(reason.value) }
    return plain(value, reason.cue)
  }

  private func plain(_ value: Double, _ cue: Cue) -> String {
    switch cue {
    case .blink: return String(Int(value.rounded()))
    case .motion, .unrest: return text.ofEyeDistance(number(value * 100, 1))
    case .parallax: return text.depth(number(value, 2))
    case .pulse: return text.aMinute(number(value, 0))
    case .lips: return number(value, 1)
    case .lipDelay: return "\(number(value, 0)) ms"
    default: return percent(value)
    }
  }

  func percent(_ value: Double) -> String {
    if value < 0.01 { return text.under("1") }
    if value > 0.99 { return text.over("99") }
    return "\(number(value * 100, 0)) %"
  }

  func missing<Value>(_ evidence: Evidence<Value>) -> String {
    switch evidence {
    case .measured: ""
    case .unavailable(let reason): words.unavailable(reason)
    case .pending(let observed, let required):
      words.pending(observed: number(observed, 1), required: number(required, 1))
    }
  }

  private func number(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }
}
