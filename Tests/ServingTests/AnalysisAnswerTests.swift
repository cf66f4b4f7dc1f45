import Foundation
import Serving
import Testing
import VigilTesting

/// Uploads from the first byte to the answer, over HTTP.
struct AnalysisAnswerTests {
  @Test func aRecordingIsJudgedAndItsUploadDeleted() async throws {
    let server = try await RunningServer.start()
    let answer = try await server.send("/predict_video?name=a%2Fclip.mp4", "good")
    #expect(answer.status == 200, "\(answer)")
    #expect(answer.json["result"] as? String == "REAL" && answer.json["probability"] as? Double == 0.25)
    #expect(server.uploads == [])
    let address = try #require(answer.json["analysis"] as? String)
    let whole = try await server.ask("GET", address)
    #expect(whole.json["state"] as? String == "done" && whole.json["name"] as? String == "clip.mp4")
    #expect(whole.json["bytes"] as? Int == 4 && whole.json["upload_kept"] as? Bool == false)
    // SHA-256 of "good".
    #expect(
      whole.json["sha256"] as? String == "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c")
    let result = try #require(whole.json["result"] as? [String: Any])
    #expect(result["verdict"] as? String == "live" && result["path"] == nil && !whole.body.contains("secret"))
    let timeline = try await server.ask("GET", address + "/timeline")
    #expect(timeline.body == "{\"frame\":0,\"n\":1}\n{\"frame\":1}\n")
    #expect(timeline.fields["content-type"] == "application/jsonl")
    #expect(try await server.ask("GET", address + "/pictures").body == "{\"pictures\":[]}")
    #expect(try await server.ask("GET", address + "/pictures/0").status == 404)
    let events = try await server.ask("GET", address + "/events")
    #expect(events.body.hasPrefix("event: end\ndata: {") && events.body.hasSuffix("\n\n"))
    #expect(events.fields["content-type"] == "text/event-stream")
    #expect(try await server.ask("DELETE", address).status == 204)
    #expect(try await server.ask("GET", address).errorCode == "not_found")
    #expect(try await server.ask("GET", address + "/timeline").status == 404)
  }

  @Test func aPictureHasNoRiskAndSaysWhy() async throws {
    let server = try await RunningServer.start()
    let answer = try await server.send("/predict_image", "picture", fields: ["Content-Type": "image/png"])
    #expect(answer.json["result"] as? String == "UNDECIDED" && answer.json["probability"] is NSNull)
  }

  /// What each ending of the analysing program means, in words.
  @Test(arguments: [
    ("video", "broken", "the file cannot be read: no picture in it"),
    ("image", "good", "the file is a video, and a picture was asked for"),
    ("video", "picture", "the file is a picture, and a video was asked for"),
    ("video", "liar", "the analysing program gave no result, or one too long to be one"),
    ("video", "silent", "the analysing program gave no result, or one too long to be one"),
    (
      "video", "twice",
      "the analysing program wrote a line after the result, so nothing of it is believed; the file may be hostile"
    ),
    (
      "video", "noise",
      "the analysing program wrote a line that is no JSON object, so nothing of it is believed; the file may be hostile"
    ),
    (
      "video", "crash",
      "the analysis ended without a result (status -11): the file asks for more than an analysis may use, or is "
        + "damaged in a way that broke the decoder"
    ),
    ("video", "fails", "the analysing program failed; the server's log says why"),
  ]) func whatWentWrongIsSaid(kind: String, file: String, message: String) async throws {
    let server = try await RunningServer.start()
    let answer = try await server.send("/predict_\(kind)", file)
    #expect(answer.status == 422 && answer.errorCode == "not_analysed")
    #expect(answer.errorMessage == message)
    #expect(server.uploads == [])
    let history = try await server.ask("GET", "/api/v1/analyses")
    let records = try #require(history.json["analyses"] as? [[String: Any]])
    #expect(records.count == 1 && records[0]["state"] as? String == "failed")
    #expect(records[0]["error"] as? String == message)
  }

  // MARK: Uploads

  private func form(_ parts: [(head: String, body: String)]) -> (fields: [String: String], body: String) {
    let body = parts.map { "--xyz\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.body)\r\n" }
      .joined()
    return (["Content-Type": "multipart/form-data; boundary=xyz"], body + "--xyz--\r\n")
  }

  @Test func aFormsFileIsTaken() async throws {
    let server = try await RunningServer.start()
    let (fields, body) = form([
      ("name=\"note\"", "noise"), ("name=\"file\"; filename=\"C:\\\\x\\\\a\u{7}b.mp4\"", "good"),
    ])
    let answer = try await server.ask("POST", "/api/v1/analyses", fields: fields, body: body)
    #expect(answer.status == 202 && answer.json["name"] as? String == "ab.mp4", "\(answer)")
    let location = try #require(answer.fields["location"])
    #expect(location == "/api/v1/analyses/\(answer.json["id"] as? String ?? "")")
    // The stream of events ends when the analysis does.
    let events = try await server.ask("GET", location + "/events")
    #expect(events.body.contains("event: end\ndata: {") && events.body.contains("\"verdict\":\"live\""))
  }

  @Test func uploadsThatAreNoneAreRefusedAndLeaveNothing() async throws {
    let server = try await RunningServer.start { $0.limits.uploadBytes = 100 }
    let (multipart, none) = form([("name=\"note\"", "good")])
    let twice = form([("name=\"file\"", "good"), ("name=\"file\"", "good")]).body
    let long = String(repeating: "x", count: 101)
    let cases: [([String: String], String, Int, String)] = [
      (["Content-Type": "text/plain"], "good", 415, "media_type"), ([:], "good", 415, "media_type"),
      (["Content-Type": "video/mp4"], "", 400, "bad_request"), (multipart, none, 400, "bad_request"),
      (multipart, twice, 400, "bad_request"), (multipart, String(twice.dropLast(30)), 400, "bad_request"),
      (multipart, "--abc\r\n", 400, "bad_request"),
      (["Content-Type": "multipart/form-data"], "good", 400, "bad_request"),
      (["Content-Type": "multipart/form-data; boundary=xyz"], "--xyz?", 400, "bad_request"),
      (["Content-Type": "image/png"], long, 413, "too_large"),
      (multipart, form([("name=file", long)]).body, 413, "too_large"),
      (["Content-Type": "image/png", "Content-Length": "99999999"], "x", 413, "too_large"),
    ]
    for (fields, body, status, code) in cases {
      let answer = try await server.ask("POST", "/api/v1/analyses", fields: fields, body: body)
      #expect(answer.status == status && answer.errorCode == code, "\(fields) \(body.prefix(40)): \(answer)")
    }
    #expect(server.uploads == [])
    // No place in the queue was lost.
    for _ in 0..<3 { #expect(try await server.send("/predict_video", "good").status == 200) }
  }

  @Test func anUploadIsKeptWhereTheOperatorWantsIt() async throws {
    let server = try await RunningServer.start { $0.keepsUploads = true }
    let answer = try await server.send("/predict_video", "good")
    let id = try #require(answer.json["id"] as? String)
    let kept = server.folder.url.appendingPathComponent("work/kept/\(id)").path
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == "good")
    #expect(try await server.ask("DELETE", "/api/v1/analyses/\(id)").status == 204)
    #expect(!FileManager.default.fileExists(atPath: kept))
    // What could not be judged is not kept.
    _ = try await server.send("/predict_video", "broken")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: (kept as NSString).deletingLastPathComponent) == [])
  }

  // MARK: The queue

  @Test func aFullQueueRefusesBeforeAnythingIsSent() async throws {
    let server = try await RunningServer.start { ($0.limits.workers, $0.limits.waiting) = (1, 1) }
    try #require(mkfifo(server.folder.url.appendingPathComponent("gate").path, 0o600) == 0)
    var addresses: [String] = []
    for place in 0..<2 {
      let answer = try await server.send("/api/v1/analyses", "waits")
      #expect(answer.status == 202, "\(place) \(answer)")
      addresses.append(answer.fields["location"] ?? "")
    }
    let refused = try await server.send("/api/v1/analyses", "waits")
    #expect(
      refused.status == 429 && refused.errorCode == "queue_full" && refused.fields["retry-after"] == "10")
    #expect(refused.fields["connection"] == "close")
    // Nobody wants the one that waits: its place is free, and its upload gone.
    #expect(try await server.ask("DELETE", addresses[1]).status == 204)
    #expect(server.uploads.count == 1)
    let next = try await server.send("/api/v1/analyses", "waits")
    #expect(next.status == 202)
    for address in [addresses[0], next.fields["location"] ?? ""] {
      _ = try await server.ask("DELETE", address)
    }
  }

  @Test func aSampleIsJudgedAndStays() async throws {
    let samples = try ServerFolder()
    for (name, text) in [("a.png", "picture"), ("b.mp4", "good"), ("notes.txt", "good")] {
      try Data(text.utf8).write(to: samples.url.appendingPathComponent(name))
    }
    let server = try await RunningServer.start { $0.samples = samples.url }
    let list = try await server.ask("GET", "/api/v1/samples")
    #expect(
      list.body
        == #"{"samples":[{"name":"a.png","kind":"image","bytes":7},{"name":"b.mp4","kind":"video","bytes":4}]}"#
    )
    let answer = try await server.ask("POST", "/api/v1/analyses?sample=b.mp4", body: "")
    #expect(answer.status == 202)
    _ = try await server.ask("GET", (answer.fields["location"] ?? "") + "/events")
    #expect(FileManager.default.fileExists(atPath: samples.url.appendingPathComponent("b.mp4").path))
    for name in ["notes.txt", "../vigil", "absent.png", ""] {
      #expect(
        try await server.ask("POST", "/api/v1/analyses?sample=\(name)", body: "").status == 404, "\(name)")
    }
  }
}
