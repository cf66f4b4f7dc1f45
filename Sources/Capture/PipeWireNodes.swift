import CPipeWire
import Foundation
import Quantities
import Surroundings

/// A node that gives video, as the daemon lists it.
package struct PipeWireNode: Equatable {
  /// Its number while it exists; never used for another node of the same daemon.
  package let serial: String
  package let name: String
  let description: String
  /// Which part of PipeWire makes it: `v4l2`, `libcamera`, or nil for a node that a program made.
  let device: String?
  /// Its place as that part says, `v4l2:/dev/video0`.
  let path: String
  /// The process that made it, as the daemon knows it, in words.
  let maker: String

  /// A node as the daemon lists it.
  package init(
    serial: String, name: String, description: String, device: String?, path: String, maker: String
  ) {
    (self.serial, self.name, self.description) = (serial, name, description)
    (self.device, self.path, self.maker) = (device, path, maker)
  }
}

/// The video sources of this session's PipeWire.
package enum PipeWireNodes {
  /// Beginning of the names of these sources.
  static let prefix = "pipewire"

  /// What a person named behind `pipewire:`; nil for the first node that looks like a camera.
  package static func target(_ path: String) -> String? {
    let rest = path.dropFirst(prefix.count)
    return rest.hasPrefix(":") && rest.count > 1 ? String(rest.dropFirst()) : nil
  }

  /// Whether a source's name is one of these.
  static func isNamed(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + ":") }

  /// The nodes as devices, in the order in which they came; empty where PipeWire does not run.
  static func entries() -> [CameraEntry] { all()?.map(entry) ?? [] }

  /// The node that `path` names; nil when there is none or several.
  static func entry(_ path: String) -> CameraEntry? {
    guard let nodes = all() else { return nil }
    return (try? find(target(path), in: nodes, path)).map(entry)
  }

  /// The node with this name or serial number; without one the first that nothing speaks against.
  package static func find(
    _ target: String?, in nodes: [PipeWireNode], _ path: String
  ) throws(CaptureError) -> PipeWireNode {
    guard let target else {
      if let real = nodes.first(where: { entry($0).findings.isEmpty }) { return real }
      throw CaptureError(.missing, path, noneWords(nodes))
    }
    let named = nodes.filter { $0.name == target }
    guard named.count < 2 else {
      let serials = named.map(\.serial).joined(separator: ", ")
      throw CaptureError(
        .missing, path, "\(named.count) nodes have this name; name one by its serial number: \(serials)")
    }
    guard let node = named.first ?? nodes.first(where: { $0.serial == target }) else {
      throw CaptureError(.missing, path, "no such video source; vigil devices lists those there are")
    }
    return node
  }

  /// Opens the node that `path` names.
  static func open(
    _ path: String, _ wish: CameraWish, mostPixels: Int
  ) throws(CaptureError) -> PipeWireDevice {
    guard let nodes = all() else {
      throw CaptureError(
        .missing, path, "PipeWire does not run in this session; start it, or log in to a desktop")
    }
    let node = try find(target(path), in: nodes, path)
    return try PipeWireDevice(
      path: path, entry: entry(node), target: .node(serial: node.serial), wish: wish, mostPixels: mostPixels)
  }

  /// Where a source is now that was there before: by its serial number, because names are free.
  static func place(of camera: CameraEntry) -> String? {
    entries().first { $0.isSameCamera(as: camera) }?.stableNames.first
  }

  private static func noneWords(_ nodes: [PipeWireNode]) -> String {
    guard !nodes.isEmpty else { return "PipeWire has no video source; plug a camera in, or start its driver" }
    let names = nodes.map { "\(prefix):\(ShownText.line($0.name))" }.joined(separator: ", ")
    return
      "PipeWire has no source that looks like a camera; those of programs are used only when named: \(names)"
  }

  /// What the system says of a node, in the words that cameras have.
  package static func entry(_ node: PipeWireNode) -> CameraEntry {
    let file = node.path.hasPrefix("v4l2:") ? String(node.path.dropFirst("v4l2:".count)) : nil
    let kernel = file.flatMap { CameraList.entry($0) }
    let isMade = node.device == nil
    return CameraEntry(
      path: "\(prefix):\(node.name)", card: node.description,
      driver: kernel?.driver ?? node.device.map { "PipeWire's \($0)" } ?? "a program",
      bus: kernel?.bus ?? node.name, systemPath: kernel?.systemPath ?? node.path,
      stableNames: ["\(prefix):\(node.serial)"], maker: isMade ? node.maker : nil)
  }
}

extension PipeWireNodes {
  /// The daemon's objects as they are announced.
  private final class Catalogue {
    struct Object {
      let kind: String
      let values: [String: String]
    }
    /// More than any session has: a program that makes nodes without end must not fill the memory.
    static let most = 4096
    var objects: [(id: UInt32, object: Object)] = []

    func add(_ id: UInt32, _ type: UnsafePointer<CChar>?, _ values: UnsafePointer<spa_dict>?) {
      guard objects.count < Self.most, let type else { return }
      var found: [String: String] = [:]
      for key in PipeWireNodes.keys { found[key] = vp_value(values, key).map { String(cString: $0) } }
      objects.append((id, Object(kind: String(cString: type), values: found)))
    }
  }

  private static let keys = [
    "object.serial", "object.path", "node.name", "node.description", "node.nick", "media.class", "device.id",
    "client.id", "device.api", "application.name", "pipewire.sec.pid",
  ]

  /// The nodes that give video; nil where PipeWire does not run.
  static func all() -> [PipeWireNode]? {
    guard let connection = PipeWireConnection(), let registry = vp_registry(connection.core) else {
      return nil
    }
    let catalogue = Catalogue()
    var (hook, events) = (spa_hook(), pw_registry_events())
    events.version = UInt32(PW_VERSION_REGISTRY_EVENTS)
    events.global = { data, id, _, type, _, values in
      guard let data else { return }
      Unmanaged<Catalogue>.fromOpaque(data).takeUnretainedValue().add(id, type, values)
    }
    return withUnsafeMutablePointer(to: &hook) { hook in
      withUnsafePointer(to: &events) { events in
        vp_listen_registry(registry, hook, events, Unmanaged.passUnretained(catalogue).toOpaque())
        defer {
          spa_hook_remove(hook)
          vp_free_registry(registry)
        }
        return connection.settle() ? nodes(catalogue) : nil
      }
    }
  }

  private static func nodes(_ catalogue: Catalogue) -> [PipeWireNode] {
    func object(_ id: String?) -> Catalogue.Object? {
      id.flatMap { UInt32($0) }.flatMap { id in catalogue.objects.first { $0.id == id }?.object }
    }
    return catalogue.objects.compactMap { id, node in
      guard node.kind.hasSuffix(":Node"), node.values["media.class"] == "Video/Source" else { return nil }
      let client = object(node.values["client.id"])
      let device = object(node.values["device.id"])
      // A program can write any device's number on its node; those of a driver are made by the session manager.
      let manager = ["wireplumber", "pipewire", "pipewire-media-"]
      let process = client?.values["pipewire.sec.pid"].flatMap { processName($0) }
      let isDriven = node.values["client.id"] == nil || process.map { manager.contains($0) } ?? false
      let name = node.values["node.name"] ?? "node \(id)"
      return PipeWireNode(
        serial: node.values["object.serial"] ?? "\(id)", name: name,
        description: node.values["node.description"] ?? node.values["node.nick"] ?? name,
        device: isDriven ? device?.values["device.api"] : nil, path: node.values["object.path"] ?? "",
        maker: words(client, process, isMade: node.values["client.id"] != nil))
    }
  }

  private static func processName(_ number: String) -> String? {
    guard let process = Int32(number), process > 0 else { return nil }
    return FileManager.default.contents(atPath: "/proc/\(process)/comm").map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  private static func words(_ client: Catalogue.Object?, _ process: String?, isMade: Bool) -> String {
    guard let client else { return isMade ? "a program that PipeWire does not name" : "PipeWire itself" }
    let called = client.values["application.name"].map { " that calls itself \"\($0)\"" } ?? ""
    let number = client.values["pipewire.sec.pid"] ?? "?"
    return "\(process ?? "a program") (process \(number))\(called)"
  }
}
