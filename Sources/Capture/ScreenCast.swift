import CDBus
import Foundation
import Quantities
import Surroundings

/// A session of the desktop's ScreenCast portal: what the person lets this program see, as a node of PipeWire.
///
/// With a token of an earlier session the desktop does not ask again, so that a monitor that the system starts is asked
/// about once. Each session gives a new token, which takes the old one's place.
final class ScreenCast {
  private static let interface = "org.freedesktop.portal.ScreenCast"
  /// A person has to find the dialog, read it and choose.
  private static let longestChoice = Duration.seconds(180)

  /// What may be chosen, as the portal numbers it.
  enum Kind: UInt32 {
    case monitor = 1
    case window = 2
  }

  private enum Cursor {
    static let hidden: UInt32 = 1
  }

  private let portal: Portal
  private let session: String
  /// The node with the pictures.
  let node: UInt32
  /// PipeWire's descriptor for this node alone; the caller's.
  let descriptor: Int32

  /// Asks the desktop. `token` is the file that keeps this program from being asked about again.
  init(_ kind: Kind, source: String, token: ScreenToken?) throws(CaptureError) {
    portal = try Portal(source: source)
    guard let version = portal.property(Self.interface, "version") else {
      throw CaptureError(
        .missing, source,
        "this desktop has no ScreenCast portal; install xdg-desktop-portal and the one of your desktop "
          + "(-gnome, -kde, -wlr)")
    }
    let kinds = portal.property(Self.interface, "AvailableSourceTypes") ?? 1
    guard kinds & kind.rawValue != 0 else {
      let words =
        kind == .window
        ? "this desktop's portal shares screens only, no windows; give screen"
        : "this desktop's portal shares no screens"
      throw CaptureError(.missing, source, words)
    }
    let begun = try portal.request(
      Self.interface, "CreateSession", [("session_handle_token", .text("vigil"))], patience: .seconds(30))
    let session = Self.text(begun.session)
    guard !session.isEmpty else { throw CaptureError(.refused, source, "the desktop names no session") }
    self.session = session
    var options: [(String, Portal.Option)] = [("types", .number(kind.rawValue))]
    // A mode that is not offered is refused, so it is asked for only where it is.
    if portal.property(Self.interface, "AvailableCursorModes").map({ $0 & Cursor.hidden != 0 }) == true {
      options.append(("cursor_mode", .number(Cursor.hidden)))
    }
    if version >= 4, let token {
      options.append(("persist_mode", .number(2)))
      if let old = token.read() { options.append(("restore_token", .text(old))) }
    }
    _ = try portal.request(
      Self.interface, "SelectSources", session: session, options, patience: .seconds(30))
    let started = try portal.request(
      Self.interface, "Start", session: session, hasParent: true, [], patience: Self.longestChoice)
    guard started.has_stream != 0 else { throw CaptureError(.refused, source, "the desktop gives no stream") }
    node = started.node
    let new = Self.text(started.token)
    if version >= 4, !new.isEmpty { try token?.write(new) }
    descriptor = try portal.pipeWire(Self.interface, session: session)
  }

  /// Whether the desktop has ended the session: the person stopped it there, or the desktop is gone.
  var hasClosed: Bool { portal.hasClosed(session: session) }

  private static func text<T>(_ bytes: T) -> String {
    withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

/// The file with the token that keeps the desktop from asking again; readable by its owner only.
package struct ScreenToken {
  let path: String

  /// The token in the file at `path`.
  package init(path: String) { self.path = path }

  /// The kept token; nil when there is none, or the file holds anything else.
  package func read() -> String? {
    guard let data = FileManager.default.contents(atPath: path), (1...200).contains(data.count) else {
      return nil
    }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty || text.unicodeScalars.contains { !(33..<127).contains($0.value) } ? nil : text
  }

  /// Keeps a token, whole or not at all.
  package func write(_ token: String) throws(CaptureError) {
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      try StateFile.replace(path, with: Data((token + "\n").utf8))
    } catch {
      throw CaptureError(
        .forbidden, path, "the desktop's permission cannot be kept; set XDG_STATE_HOME to a folder of yours")
    }
  }
}
