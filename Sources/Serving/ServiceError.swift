public import HTTPTypes
public import Hummingbird
public import JSON

/// A refusal sent to a client: status, a word for programs, a sentence for people.
public struct ServiceError: Error, HTTPResponseError, Sendable, Equatable {
  /// HTTP status.
  public let status: HTTPResponse.Status
  /// Stable word for programs, such as `queue_full`.
  public let code: String
  /// What was wrong and what to do.
  public let message: String
  /// Seconds after which the same request may succeed; sent as `Retry-After`.
  public let retryAfter: Int?

  /// A refusal.
  public init(_ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfter: Int? = nil) {
    (self.status, self.code, self.message, self.retryAfter) = (status, code, message, retryAfter)
  }

  /// The refusal as the API's error object.
  public var json: OrderedJSON {
    .object([("error", .object([("code", .string(code)), ("message", .string(message))]))])
  }

  /// The answer sent to the client.
  public func response(from request: Request, context: some RequestContext) throws -> Response {
    var response = Response.json(json, status: status)
    if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    return response
  }

  static func notFound(_ what: String) -> ServiceError {
    ServiceError(.notFound, "not_found", "\(what) does not exist, or belongs to somebody else")
  }

  static func badRequest(_ message: String) -> ServiceError {
    ServiceError(.badRequest, "bad_request", message)
  }
}

extension Response {
  /// A JSON answer.
  static func json(_ value: OrderedJSON, status: HTTPResponse.Status = .ok) -> Response {
    .text(value.text, type: "application/json", status: status)
  }

  /// Text of some media type, UTF-8.
  static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "\(type); charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
