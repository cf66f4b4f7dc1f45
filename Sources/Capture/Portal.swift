import CDBus
import Foundation
import Quantities
import Surroundings

/// A connection to the desktop's portals, which ask the person what a program may see. One thread at a time.
///
/// What a portal grants lasts as long as this connection.
final class Portal {
  private let bus: OpaquePointer
  private let source: String
  private var requests = 0

  /// One option of a call.
  enum Option {
    case text(String)
    case number(UInt32)
  }

  init(source: String) throws(CaptureError) {
    guard let bus = vd_open() else {
      throw CaptureError(
        .missing, source,
        "there is no session bus to ask the desktop through; run it inside the desktop's session")
    }
    (self.bus, self.source) = (bus, source)
  }

  deinit { vd_close(bus) }

  /// A number that the portal offers; nil when the desktop has no such portal.
  func property(_ interface: String, _ name: String) -> UInt32? {
    UInt32(exactly: vd_property(bus, interface, name))
  }

  /// Makes a request and waits for its response, which may depend on a person; throws when it is refused.
  func request(
    _ interface: String, _ member: String, session: String? = nil, hasParent: Bool = false,
    _ options: [(String, Option)], patience: Duration
  ) throws(CaptureError) -> vd_response {
    requests += 1
    let token = "vigil\(requests)"
    let own = dbus_bus_get_unique_name(bus).map { String(cString: $0) } ?? ":"
    let sender = own.dropFirst().replacingOccurrences(of: ".", with: "_")
    let path = "\(VD_PATH)/request/\(sender)/\(token)"
    let reply = try send(
      interface, member, session: session, hasParent: hasParent, options + [("handle_token", .text(token))])
    dbus_message_unref(reply)
    var response = vd_response()
    let deadline = MonotonicInstant.now() + patience
    while MonotonicInstant.now() < deadline, vd_is_connected(bus) != 0 {
      guard vd_wait(bus, path, nil, 100, &response) == VD_RESPONSE else { continue }
      switch response.code {
      case 0: return response
      case 1:
        throw CaptureError(
          .forbidden, source, "the person at the desktop did not allow it; ask again and allow it")
      default:
        throw CaptureError(
          .refused, source, "the desktop ended the request (\(member)); see the portal's own log")
      }
    }
    throw CaptureError(.refused, source, "the desktop did not answer \(member) within \(patience)")
  }

  /// Asks for the descriptor of PipeWire that the portal grants; owned by the caller.
  func pipeWire(_ interface: String, session: String?) throws(CaptureError) -> Int32 {
    let reply = try send(interface, "OpenPipeWireRemote", session: session, hasParent: false, [])
    defer { dbus_message_unref(reply) }
    let descriptor = vd_descriptor(reply)
    guard descriptor >= 0 else {
      throw CaptureError(.refused, source, "the desktop gives no connection to PipeWire")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  /// Whether the desktop has ended the session, or is gone itself.
  func hasClosed(session: String) -> Bool {
    var response = vd_response()
    return vd_wait(bus, nil, session, 0, &response) == VD_CLOSED || vd_is_connected(bus) == 0
  }

  private func send(
    _ interface: String, _ member: String, session: String?, hasParent: Bool, _ options: [(String, Option)]
  ) throws(CaptureError) -> OpaquePointer {
    var strings: [UnsafeMutablePointer<CChar>?] = []
    defer { for string in strings { free(string) } }
    func kept(_ text: String) -> UnsafePointer<CChar>? {
      strings.append(strdup(text))
      return UnsafePointer(strings[strings.count - 1])
    }
    var call = vd_call()
    call.interface = kept(interface)
    call.member = kept(member)
    call.session = session.flatMap { kept($0) }
    call.has_parent = hasParent ? 1 : 0
    call.option_count = UInt32(options.count)
    withUnsafeMutableBytes(of: &call.options) { bytes in
      let places = bytes.bindMemory(to: vd_option.self)
      for (number, (key, option)) in options.prefix(places.count).enumerated() {
        places[number].key = kept(key)
        switch option {
        case .text(let text): places[number].text = kept(text)
        case .number(let value): places[number].number = value
        }
      }
    }
    var problem = [CChar](repeating: 0, count: Int(VD_TEXT))
    guard let reply = vd_send(bus, &call, &problem) else {
      let words = ShownText.line(
        String(decoding: problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      throw CaptureError(.refused, source, "the desktop's portal refuses \(member): \(words)")
    }
    return reply
  }
}
