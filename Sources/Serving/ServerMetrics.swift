import Foundation
import HTTPTypes
import NIOConcurrencyHelpers

/// Counters for Prometheus.
public final class ServerMetrics: Sendable {
  private struct Counters {
    var requests: [String: Int] = [:]
    var refused = 0
    var analyses = ["done": 0, "failed": 0]
    var frames = 0
    var received = 0
    var seconds = Histogram([0.5, 1, 2, 5, 10, 20, 60, 120, 300, 900])
    var latency = Histogram([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5])
  }

  private let counters = NIOLockedValueBox(Counters())

  /// All zero.
  public init() {}

  func answered(_ method: HTTPRequest.Method, _ status: HTTPResponse.Status, took: Duration) {
    counters.withLockedValue {
      $0.requests["method=\"\(Self.known(method))\",status=\"\(status.code)\"", default: 0] += 1
      $0.latency.add(took.seconds)
    }
  }

  func refused() { counters.withLockedValue { $0.refused += 1 } }

  func received(bytes: Int) { counters.withLockedValue { $0.received += bytes } }

  func analysed(_ succeeded: Bool, took: Duration, frames: Int) {
    counters.withLockedValue {
      $0.analyses[succeeded ? "done" : "failed", default: 0] += 1
      $0.frames += frames
      $0.seconds.add(took.seconds)
    }
  }

  /// The text exposition format, version 0.0.4.
  func text(_ gauges: [(name: String, help: String, value: Int)]) -> String {
    let now = counters.withLockedValue { $0 }
    var lines: [String] = []
    func metric(_ name: String, _ type: String, _ help: String, _ samples: [(String, Int)]) {
      lines.append("# HELP \(name) \(help)")
      lines.append("# TYPE \(name) \(type)")
      lines += samples.map { $0.0.isEmpty ? "\(name) \($0.1)" : "\(name){\($0.0)} \($0.1)" }
    }
    metric(
      "vigil_http_requests_total", "counter", "Requests answered.",
      now.requests.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    metric(
      "vigil_analyses_total", "counter", "Analyses ended.",
      now.analyses.sorted { $0.key < $1.key }.map { ("outcome=\"\($0.key)\"", $0.value) })
    metric(
      "vigil_uploads_refused_total", "counter", "Uploads refused because of the queue.", [("", now.refused)])
    metric("vigil_upload_bytes_total", "counter", "Bytes of uploads received.", [("", now.received)])
    metric("vigil_frames_total", "counter", "Frames analysed.", [("", now.frames)])
    for gauge in gauges { metric(gauge.name, "gauge", gauge.help, [("", gauge.value)]) }
    metric("process_resident_memory_bytes", "gauge", "Memory of the server.", [("", Self.residentBytes)])
    lines += now.seconds.lines("vigil_analysis_seconds", "Wall time of an analysis.")
    lines += now.latency.lines("vigil_http_request_seconds", "Time to the head of the answer.")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Methods of our own; anything a client invents counts as one, or the table would grow without end.
  private static func known(_ method: HTTPRequest.Method) -> String {
    let name = method.rawValue
    return ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"].contains(name) ? name : "other"
  }

  private static var residentBytes: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// Counts by upper bound, and their sum.
struct Histogram: Sendable {
  private let bounds: [Double]
  private var counts: [Int]
  private var sum = 0.0
  private var total = 0

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count)
  }

  mutating func add(_ value: Double) {
    for (index, bound) in bounds.enumerated() where value <= bound { counts[index] += 1 }
    sum += value
    total += 1
  }

  func lines(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) histogram"]
      + zip(bounds, counts).map { "\(name)_bucket{le=\"\($0)\"} \($1)" }
      + ["\(name)_bucket{le=\"+Inf\"} \(total)", "\(name)_sum \(sum)", "\(name)_count \(total)"]
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
