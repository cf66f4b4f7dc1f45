import Foundation
import Serving
import Testing
import VigilTesting

/// What every answer has, who gets one, and the small routes, over HTTP.
struct HTTPTests {
  @Test func everyAnswerIsFencedIn() async throws {
    let server = try await RunningServer.start()
    for (path, status) in [("/healthz", 200), ("/nothing", 404), ("/", 200), ("/api/v1/analyses/x", 404)] {
      let answer = try await server.ask("GET", path)
      #expect(answer.status == status, "\(path)")
      let policy = try #require(answer.fields["content-security-policy"])
      #expect(
        policy.hasPrefix("default-src 'none'; script-src 'self'") && policy.contains("frame-ancestors 'none'")
      )
      #expect(!policy.contains("unsafe"))
      #expect(
        answer.fields["x-content-type-options"] == "nosniff" && answer.fields["x-frame-options"] == "DENY")
      #expect(answer.fields["referrer-policy"] == "no-referrer")
      #expect(answer.fields["cache-control"] == (path == "/" ? "no-cache" : "no-store"))
      // Nothing is encrypted here, so nobody is sent to https.
      #expect(answer.fields["strict-transport-security"] == nil)
    }
    #expect(try await server.ask("GET", "/healthz").body == "ok\n")
    #expect(try await server.ask("HEAD", "/healthz").body == "")
  }

  @Test func errorsAreObjects() async throws {
    let server = try await RunningServer.start()
    let unknown = try await server.ask("GET", "/nothing")
    #expect(
      unknown.errorCode == "no_such_route"
        && unknown.fields["content-type"] == "application/json; charset=utf-8")
    let id = String(repeating: "0", count: 32)
    for (method, path, body, status, code) in [
      ("GET", "/api/v1/analyses/\(id)", nil, 404, "not_found"),
      ("DELETE", "/api/v1/analyses/..%2F..", nil, 404, "not_found"),
      ("GET", "/api/v1/analyses?limit=0", nil, 400, "bad_request"),
      ("GET", "/api/v1/analyses?limit=201", nil, 400, "bad_request"),
      ("GET", "/api/v1/analyses?limit=x", nil, 400, "bad_request"),
      ("GET", "/api/v1/analyses?before=yesterday", nil, 400, "bad_request"),
      ("POST", "/api/v1/analyses?pictures=61", "good", 400, "bad_request"),
      ("POST", "/api/v1/login", "{\"token\":\"x\"}", 409, "no_tokens"),
      ("POST", "/api/v1/login", "[]", 400, "bad_request"),
      ("POST", "/api/v1/login", String(repeating: "x", count: 5000), 413, "too_large"),
      ("POST", "/api/v1/analyses/\(id)/feedback", "{\"label\":\"fake\"}", 404, "not_found"),
      ("POST", "/api/v1/analyses/\(id)/feedback", "{\"label\":\"maybe\"}", 400, "bad_request"),
      ("POST", "/api/v1/analyses/x/feedback", "{\"label\":\"fake\"}", 404, "not_found"),
      ("GET", "/api/v1/sessions/1", nil, 404, "not_found"),
      ("GET", "/api/v1/sessions/abc/preview", nil, 404, "not_found"),
    ] as [(String, String, String?, Int, String)] {
      let answer = try await server.ask(method, path, body: body)
      #expect(answer.status == status && answer.errorCode == code, "\(method) \(path): \(answer)")
      #expect(answer.errorMessage?.isEmpty == false)
    }
  }

  @Test func anotherNameOrOriginIsRefused() async throws {
    let server = try await RunningServer.start { $0.names = ["kiosk.example"] }
    let evil = try await server.ask("GET", "/healthz", fields: ["Host": "evil.example"])
    #expect(
      evil.status == 421 && evil.errorCode == "unknown_host"
        && evil.errorMessage?.contains("evil.example") == true)
    #expect(try await server.ask("GET", "/healthz", fields: ["Host": "127.0.0.1:1"]).status == 421)
    #expect(try await server.ask("GET", "/healthz", fields: ["Host": "kiosk.example"]).status == 200)
    let foreign = ["Origin": "http://evil.example", "Content-Type": "video/mp4"]
    let answer = try await server.ask("POST", "/predict_video", fields: foreign, body: "good")
    #expect(answer.status == 403 && answer.errorCode == "foreign_origin")
  }

  @Test func thePageIsItsFilesAndNoOthers() async throws {
    let server = try await RunningServer.start()
    let index = try await server.ask("GET", "/")
    #expect(index.fields["content-type"] == "text/html; charset=utf-8" && index.body.contains("<html"))
    let tag = try #require(index.fields["etag"])
    let again = try await server.ask("GET", "/", fields: ["If-None-Match": tag])
    #expect(again.status == 304 && again.body == "")
    let script = try await server.ask("GET", "/page/app.js")
    #expect(script.fields["content-type"] == "text/javascript; charset=utf-8" && script.fields["etag"] != tag)
    for name in ["..", "..%2FREADME.md", "%2Fetc%2Fpasswd", "absent.js", ""] {
      #expect(try await server.ask("GET", "/page/\(name)").status == 404, "\(name)")
    }
    #expect(try await server.ask("GET", "/openapi.json").json["openapi"] is String)
  }

  @Test func modelsAndLimitsAreTold() async throws {
    let server = try await RunningServer.start { $0.limits.waiting = 7 }
    let models = try await server.ask("GET", "/api/v1/models")
    let list = try #require(models.json["models"] as? [[String: Any]])
    // A row with too few cells is none.
    #expect(list.count == 1 && list[0]["name"] as? String == "mesh" && list[0]["bytes"] as? Int == 42)
    #expect(list[0]["sha256"] as? String == "ab" && list[0]["licence"] as? String == "Apache-2.0")
    let limits = try await server.ask("GET", "/api/v1/limits")
    #expect(limits.json["waiting"] as? Int == 7 && limits.json["owner"] as? String == "local")
    #expect(limits.json["tokens"] as? Bool == false && limits.json["uploads_kept"] as? Bool == false)
  }

  @Test func metricsCountWhatHappened() async throws {
    let server = try await RunningServer.start()
    _ = try await server.ask("GET", "/nothing")
    _ = try await server.send("/predict_video", "good")
    _ = try await server.send("/predict_video", "broken")
    let text = try await server.ask("GET", "/metrics")
    #expect(text.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let lines = text.body.split(separator: "\n").map(String.init)
    for line in [
      "vigil_http_requests_total{method=\"GET\",status=\"404\"} 1",
      "vigil_http_requests_total{method=\"POST\",status=\"200\"} 1",
      "vigil_http_requests_total{method=\"POST\",status=\"422\"} 1",
      "vigil_analyses_total{outcome=\"done\"} 1",
      "vigil_analyses_total{outcome=\"failed\"} 1", "vigil_frames_total 2", "vigil_upload_bytes_total 10",
      "vigil_queue_waiting 0", "vigil_queue_running 0", "vigil_upload_bytes_held 0",
      "vigil_analysis_seconds_bucket{le=\"+Inf\"} 2", "vigil_analysis_seconds_count 2",
    ] { #expect(lines.contains(line), "\(line)") }
    let types = lines.filter { $0.hasPrefix("# TYPE") }
    #expect(Set(types).count == types.count && lines.filter { $0.hasPrefix("# HELP") }.count == types.count)
  }

  // MARK: Tokens

  @Test func withTokensEachSeesTheirOwn() async throws {
    let (ada, bob) = (try #require(TokenBook.make(owner: "ada")), try #require(TokenBook.make(owner: "bob")))
    let server = try await RunningServer.start { $0.tokens = try TokenBook(text: ada.line + "\n" + bob.line) }
    let bare = try await server.ask("GET", "/api/v1/analyses")
    #expect(bare.status == 401 && bare.fields["www-authenticate"] == "Bearer" && bare.errorCode == "token")
    for value in ["Bearer x", "Basic \(ada.token)", ada.token, "Bearer \(ada.token) x", "Bearer"] {
      let answer = try await server.ask("GET", "/api/v1/analyses", fields: ["Authorization": value])
      #expect(answer.status == 401, "\(value)")
    }
    // What belongs to nobody is open.
    for path in ["/healthz", "/openapi.json", "/", "/page/app.js"] {
      #expect(try await server.ask("GET", path).status == 200, "\(path)")
    }
    #expect(try await server.ask("GET", "/metrics").status == 401)
    let mine = ["Authorization": "bearer \(ada.token)"]
    let answer = try await server.send("/predict_video", "good", fields: mine)
    let address = try #require(answer.json["analysis"] as? String)
    #expect(try await server.ask("GET", address, fields: mine).status == 200)
    for (method, path) in [("GET", address), ("DELETE", address), ("GET", address + "/timeline")] {
      let other = try await server.ask(method, path, fields: ["Authorization": "Bearer \(bob.token)"])
      #expect(other.status == 404, "\(method) \(path)")
    }
    #expect(try await server.ask("GET", address, fields: mine).status == 200)
  }

  @Test func aSignInIsACookieThatScriptsCannotRead() async throws {
    let ada = try #require(TokenBook.make(owner: "ada"))
    let server = try await RunningServer.start { $0.tokens = try TokenBook(text: ada.line) }
    #expect(try await server.ask("POST", "/api/v1/login", body: "{\"token\":\"no\"}").status == 401)
    let login = try await server.ask("POST", "/api/v1/login", body: "{\"token\":\"\(ada.token)\"}")
    let cookie = try #require(login.fields["set-cookie"])
    #expect(
      cookie.hasPrefix("vigil_sign_in=")
        && cookie.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
    #expect(!cookie.contains(ada.token) && login.json["owner"] as? String == "ada")
    let value = String(cookie.prefix { $0 != ";" })
    #expect(
      try await server.ask("GET", "/api/v1/limits", fields: ["Cookie": value]).json["owner"] as? String
        == "ada")
    #expect(try await server.ask("GET", "/api/v1/limits", fields: ["Cookie": value + "0"]).status == 401)
    let logout = try await server.ask("POST", "/api/v1/logout", fields: ["Cookie": value], body: "")
    #expect(logout.status == 204 && logout.fields["set-cookie"]?.contains("Max-Age=0") == true)
    #expect(try await server.ask("GET", "/api/v1/limits", fields: ["Cookie": value]).status == 401)
  }

  // MARK: Feedback

  @Test func anOwnersWordIsKeptAndExported() async throws {
    let server = try await RunningServer.start()
    let answer = try await server.send("/predict_video?name=%3D1%2B1.mp4", "good")
    let address = try #require(answer.json["analysis"] as? String)
    let long = "{\"label\":\"fake\",\"remark\":\"\(String(repeating: "x", count: 2001))\"}"
    #expect(try await server.ask("POST", address + "/feedback", body: long).status == 400)
    let told = try await server.ask(
      "POST", address + "/feedback", body: #"{"label":"attack","remark":"a mask"}"#)
    let feedback = try #require(told.json["feedback"] as? [String: String])
    #expect(feedback == ["label": "attack", "remark": "a mask"])
    let table = try await server.ask("GET", "/api/v1/feedback.tsv")
    #expect(table.fields["content-type"] == "text/tab-separated-values; charset=utf-8")
    let rows = table.body.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(rows.count == 2 && rows[0].first == "path" && rows[1][1] == "attack")
    // A spreadsheet would run a name that begins with an equals sign.
    #expect(rows[1].last == "'=1+1.mp4" && rows[1][0].hasPrefix("deleted/"))
  }

  // MARK: History

  @Test func theHistoryIsNewestFirst() async throws {
    let server = try await RunningServer.start()
    for name in ["one", "two", "three"] { _ = try await server.send("/predict_video?name=\(name)", "good") }
    func names(_ query: String) async throws -> [String] {
      let answer = try await server.ask("GET", "/api/v1/analyses?\(query)")
      return (answer.json["analyses"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
    }
    #expect(try await names("") == ["three", "two", "one"])
    #expect(try await names("limit=1") == ["three"])
    #expect(try await names("before=2020-01-01T00:00:00Z") == [])
    #expect(try await names("before=2999-01-01T00:00:00Z") == ["three", "two", "one"])
  }
}
