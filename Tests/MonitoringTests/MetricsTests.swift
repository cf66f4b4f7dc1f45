import Foundation
import Monitoring
import Observations
import Quantities
import Testing
import VigilTesting

private func ask(_ port: UInt16, _ request: String) throws -> String {
  String(decoding: try LoopbackClient.exchangeNow(port, Array(request.utf8)), as: UTF8.self)
}

@Suite struct MetricsServerTests {
  private func server(_ body: @escaping @Sendable () -> String = { "vigil_up 1\n" }) throws -> MetricsServer {
    try MetricsServer(MetricsAddress("127.0.0.1:0"), body: body)
  }

  @Test func theMetricsAreAnsweredAndNothingElse() throws {
    let server = try server()
    for (request, status) in [
      ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", "200 OK"),
      ("GET /metrics?x=1 HTTP/1.0\r\n\r\n", "200 OK"),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 OK"),
      ("HEAD /metrics HTTP/1.1\r\n\r\n", "200 OK"),
      ("GET / HTTP/1.1\r\n\r\n", "404"), ("POST /metrics HTTP/1.1\r\n\r\n", "405"), ("hello\r\n\r\n", "400"),
      ("GET /metrics HTTP/1.1\r\nHost: attacker.example\r\n\r\n", "421"),
      ("GET /metrics HTTP/1.1\r\nX: \(String(repeating: "x", count: 5000))", "431"),
    ] {
      let answer = try ask(server.port, request)
      #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(request.prefix(40)): \(answer.prefix(60))")
      #expect(answer.hasSuffix("vigil_up 1\n") == (status == "200 OK" && !request.hasPrefix("HEAD")))
    }
  }

  @Test func aLongAnswerArrivesWhole() throws {
    let body = String(repeating: "vigil_frames_delivered_total 1\n", count: 100_000)
    let server = try server { body }
    #expect(try ask(server.port, "GET /metrics HTTP/1.1\r\n\r\n").hasSuffix("\r\n\r\n" + body))
  }

  /// Silent clients fill the places, and are let go: the next scrape is answered.
  @Test func silentClientsDoNotKeepOthersOut() throws {
    let server = try server()
    let silent = (0..<MetricsServer.mostClients + 4).compactMap { _ in
      try? LoopbackClient.connected(server.port)
    }
    defer { for descriptor in silent { close(descriptor) } }
    // Comes back when the server closes: at once for those above the bound, after its patience for the others.
    for descriptor in silent {
      var byte: UInt8 = 0
      #expect(recv(descriptor, &byte, 1, 0) <= 0)
    }
    #expect(try ask(server.port, "GET /metrics HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 200"))
  }

  @Test func addressesAreNumbersAndThisMachineUnlessWritten() throws {
    #expect(try MetricsAddress("9110") == MetricsAddress("127.0.0.1:9110"))
    #expect(try MetricsAddress(":9110").isLoopback && !MetricsAddress("0.0.0.0:9110").isLoopback)
    #expect(try MetricsAddress("[::1]:9110").host == "::1")
    for text in ["", "x", "127.0.0.1", "127.0.0.1:70000", "kiosk.example:9110", "127.0.0.1:-1", "::1:9110x"] {
      #expect(throws: MetricsError.self, "\(text)") { _ = try MetricsAddress(text) }
    }
    let first = try server()
    #expect(throws: MetricsError.self) { _ = try MetricsServer(MetricsAddress("\(first.port)")) { "" } }
  }
}

@Suite struct SessionMetricsTests {
  private func report(_ frame: UInt64, at seconds: Double, scoring: Duration = .zero) -> FrameReport {
    var timings = StageTimings()
    (timings.detection, timings.scoring) = (.milliseconds(4), scoring)
    var counters = FrameCounters()
    (counters.delivered, counters.lost, counters.dropped) = (frame + 1, 2, 3)
    return FrameReport(
      FrameArrival(
        index: frame, captured: MonotonicInstant(nanoseconds: Int64(seconds * 1e9)),
        size: PixelSize(width: 640, height: 360), camera: "camera", counters: counters),
      tracks: [], timings: timings)
  }

  private func metrics(isLive: Bool) -> SessionMetrics {
    SessionMetrics(
      SessionMetrics.Session(
        version: "1", source: "rtsp://h/\"live\\\n", isLive: isLive, started: 1_700_000_000),
      log: { SessionMetrics.Log(records: 7, isSound: true) },
      now: { MonotonicInstant(nanoseconds: 12_500_000_000) })
  }

  @Test func numbersOfASessionAreThere() {
    let metrics = metrics(isLive: true)
    metrics.take(report(0, at: 10, scoring: .milliseconds(40)))
    metrics.take(report(1, at: 10.5, scoring: .milliseconds(40)))
    metrics.note(isAway: true)
    let lines = metrics.text.split(separator: "\n").map(String.init)
    for line in [
      "vigil_frames_delivered_total 2", "vigil_frames_not_judged_total{reason=\"lost\"} 2",
      "vigil_frames_not_judged_total{reason=\"dropped\"} 3", "vigil_picture_age_seconds 2",
      "vigil_source_up 0",
      "vigil_source_losses_total 1", "vigil_faces 0", "vigil_log_records_total 7", "vigil_log_up 1",
      "vigil_stage_duration_seconds_bucket{stage=\"detection\",le=\"0.0025\"} 0",
      "vigil_stage_duration_seconds_bucket{stage=\"detection\",le=\"0.005\"} 2",
      "vigil_stage_duration_seconds_count{stage=\"scoring\"} 1",
      "vigil_verdict_changes_total{verdict=\"fake\"} 0",
    ] { #expect(lines.contains(line), "\(line)") }
    // One line a sample, whatever a source is called; each family begins once.
    #expect(lines.contains { $0.hasPrefix("vigil_source_info{source=\"rtsp://h/\\\"live") })
    #expect(
      Set(lines.filter { $0.hasPrefix("# TYPE") }).count == lines.filter { $0.hasPrefix("# TYPE") }.count)
    #expect(lines.allSatisfy { $0.hasPrefix("#") || $0.split(separator: " ").count >= 2 })
  }

  @Test func aRecordingsClockMakesNoAge() {
    let metrics = metrics(isLive: false)
    metrics.take(report(0, at: 9000))
    #expect(metrics.text.contains("\nvigil_picture_age_seconds 0\n"))
  }
}
